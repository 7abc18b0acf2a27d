-- What kind of learner somebody is in a course: asked for once, by answers to a
-- few questions, and kept with the version of what told it.

-- Answers to classify. One row: queued, course_not_found, or rate_limited with
-- retry_after_ms. Locks, limits and a repeat under the same id are as in
-- ask_course.
--   p_responses  [{"questionId","prompt","answer"}, …]
CREATE OR REPLACE FUNCTION campus.ask_persona(
    p_job uuid, p_user uuid, p_course text, p_responses jsonb,
    p_per_minute integer)
RETURNS TABLE (outcome text, retry_after_ms integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s' AS $$
#variable_conflict use_column
DECLARE
    course  uuid := campus.resolve_course(p_course);
    key     text := 'user:' || p_user;
    wait_ms integer;
BEGIN
    IF course IS NULL THEN
        outcome := 'course_not_found';
        RETURN NEXT;
        RETURN;
    END IF;
    outcome := 'queued';
    PERFORM campus.hold_rate(key);
    PERFORM FROM coatcheck.job WHERE job_id = p_job AND user_id = p_user;
    IF NOT FOUND THEN
        wait_ms := campus.take_rate(key, p_per_minute);
        IF wait_ms > 0 THEN
            outcome := 'rate_limited';
            retry_after_ms := wait_ms;
        ELSE
            PERFORM coatcheck.enqueue('PERSONA_CLASSIFY', jsonb_build_object(
                    'courseId', course, 'responses', p_responses),
                user_id => p_user, job_id => p_job, notify => false);
        END IF;
    END IF;
    RETURN NEXT;
END $$;

-- outcome is found or course_not_found; body {"hasProfile","updatedAt"}.
CREATE OR REPLACE FUNCTION campus.persona_status(p_user uuid, p_course text)
RETURNS TABLE (outcome text, body json)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN c.id IS NULL THEN 'course_not_found' ELSE 'found' END,
        CASE WHEN c.id IS NOT NULL THEN json_build_object(
            'hasProfile', p.user_id IS NOT NULL,
            'updatedAt', to_char(p.updated_at AT TIME ZONE 'UTC',
                'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) END
    FROM campus.resolve_course(p_course) c(id)
    LEFT JOIN campus.persona_profile p
        ON p.course_id = c.id AND p.user_id = p_user
$$;

-- The end hook of PERSONA_CLASSIFY. effects is
--   {"personaKey", "summary", "version", "usage"?}
-- A course that was dropped meanwhile has no profiles.
CREATE OR REPLACE FUNCTION campus.end_persona(
    job uuid, status text, user_id uuid, session uuid, payload jsonb,
    effects jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF status = 'COMPLETED' THEN
        INSERT INTO campus.persona_profile AS p (user_id, course_id,
            persona_key, summary, version)
        SELECT end_persona.user_id, c.course_id, effects ->> 'personaKey',
            effects ->> 'summary', effects ->> 'version'
        FROM campus.course c
        WHERE c.course_id = (payload ->> 'courseId')::uuid
        FOR KEY SHARE
        ON CONFLICT ON CONSTRAINT persona_profile_pkey DO UPDATE SET
            persona_key = excluded.persona_key, summary = excluded.summary,
            version = excluded.version, updated_at = clock_timestamp();
    END IF;
    PERFORM llm.record(job, effects -> 'usage');
END $$;
