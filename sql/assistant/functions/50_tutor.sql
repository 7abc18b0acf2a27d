-- A tutor's question: who may ask, what is queued, and what the worker is told
-- of the course. What a learner is to a tutor is in tutor_reach() alone: every
-- look-up reads it, so none can leave the course or the cohort.

-- Does the user teach this course now?
CREATE OR REPLACE FUNCTION campus.tutor_is_assigned(p_user uuid, p_course uuid)
RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM campus.course_tutor
        WHERE course_id = p_course AND user_id = p_user AND is_active)
$$;

-- A tutor's question.
--   p_role        of the caller's token
--   p_course      UUID, slug or name
--   p_cohort      NULL, or UUID or name of a cohort of that course
--   p_history     [{"role","content"}], already checked
--   p_per_minute  requests of this user in 60 s; 0 = no limit
-- outcome is queued, not_tutor, course_not_found, not_assigned,
-- cohort_not_found or rate_limited, and then retry_after_ms says for how long.
-- A repeat with the id of a job that is stored changes nothing.
CREATE OR REPLACE FUNCTION campus.ask_tutor(
    p_job uuid, p_user uuid, p_role text, p_course text, p_question text,
    p_cohort text, p_history jsonb, p_per_minute integer)
RETURNS TABLE (outcome text, retry_after_ms integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s' AS $$
#variable_conflict use_column
DECLARE
    course  uuid := campus.resolve_course(p_course);
    cohorts uuid[];
BEGIN
    retry_after_ms := 0;
    IF p_cohort IS NOT NULL THEN
        cohorts := ARRAY(SELECT h.cohort_id
            FROM campus.tutor_cohorts(course, p_cohort) h);
    END IF;
    outcome := CASE
        WHEN p_role IS DISTINCT FROM 'tutor' THEN 'not_tutor'
        WHEN course IS NULL THEN 'course_not_found'
        WHEN NOT campus.tutor_is_assigned(p_user, course) THEN 'not_assigned'
        WHEN cardinality(cohorts) <> 1 THEN 'cohort_not_found'
        ELSE 'queued' END;
    IF outcome = 'queued' THEN
        PERFORM campus.hold_rate('user:' || p_user);
        IF EXISTS (SELECT FROM coatcheck.job
            WHERE job_id = p_job AND user_id = p_user) THEN
            RETURN NEXT;
            RETURN;
        END IF;
        retry_after_ms := campus.take_rate('user:' || p_user, p_per_minute);
        outcome := CASE WHEN retry_after_ms > 0 THEN 'rate_limited'
            ELSE 'queued' END;
    END IF;
    IF outcome <> 'queued' THEN
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM coatcheck.enqueue('TUTOR_COPILOT', jsonb_build_object(
            'courseId', course, 'cohortId', cohorts[1],
            'question', p_question, 'history', coalesce(p_history, '[]')),
        user_id => p_user, job_id => p_job, notify => false);
    RETURN NEXT;
END $$;

-- Every learner of a course, or of one cohort of it, and how far each is.
-- Modules are those that the course has topics in; percent is of them, rounded
-- down, so that only all of them are 100.
CREATE OR REPLACE FUNCTION campus.tutor_reach(p_course uuid, p_cohort uuid)
RETURNS TABLE (user_id uuid, name text, email text, cohort_id uuid,
    cohort text, enrolled_at timestamptz, last_active_at timestamptz,
    modules integer, passed integer, attempts integer, score integer,
    percent integer)
LANGUAGE sql STABLE AS $$
    WITH module AS (
        SELECT DISTINCT module_no FROM campus.topic
        WHERE course_id = p_course AND module_no > 0
    ), done AS (
        SELECT g.user_id, count(g.passed_at)::integer AS passed,
            sum(g.attempts)::integer AS attempts,
            round(avg(g.best_score))::integer AS score
        FROM campus.module_progress g JOIN module USING (module_no)
        WHERE g.course_id = p_course
        GROUP BY g.user_id
    )
    SELECT e.user_id, p.name, p.email, h.cohort_id, h.name, e.enrolled_at,
        e.last_active_at, m.count, coalesce(d.passed, 0),
        coalesce(d.attempts, 0), d.score,
        coalesce(100 * d.passed / nullif(m.count, 0), 0)
    FROM campus.enrolment e
    JOIN campus.person p USING (user_id)
    LEFT JOIN campus.cohort h
        ON h.cohort_id = e.cohort_id AND h.course_id = p_course
    LEFT JOIN done d USING (user_id)
    CROSS JOIN (SELECT count(*)::integer FROM module) m
    WHERE e.course_id = p_course
      AND (p_cohort IS NULL OR h.cohort_id = p_cohort)
$$;

