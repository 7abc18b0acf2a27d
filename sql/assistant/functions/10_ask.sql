-- What the front end calls for a question: check, remember, enqueue, in one
-- transaction and one round trip.

-- A course by UUID, slug or name; either case, and with - or _ for blanks.
CREATE OR REPLACE FUNCTION campus.resolve_course(key text) RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT course_id FROM campus.course
    WHERE course_id::text = lower(key) OR slug = lower(key)
       OR lower(name) = lower(key)
       OR lower(name) = translate(lower(key), '-_', '  ')
    ORDER BY course_id::text = lower(key) DESC, slug = lower(key) DESC,
        course_id
    LIMIT 1
$$;

-- The active children of a suggestion, as the client reads them.
CREATE OR REPLACE FUNCTION campus.next_suggestions(parent uuid) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('id', suggestion_id,
        'promptText', prompt_text, 'answer', answer)
        ORDER BY display_order, suggestion_id), '[]')
    FROM campus.suggestion
    WHERE parent_suggestion_id = parent AND is_active
      AND course_id = (SELECT course_id FROM campus.suggestion
        WHERE suggestion_id = parent)
$$;

-- Locks the requests of a key until the transaction ends; returns them.
CREATE OR REPLACE FUNCTION campus.hold_rate(p_key text) RETURNS timestamptz[]
LANGUAGE sql AS $$
    INSERT INTO campus.request_rate AS r (key) VALUES (p_key)
    ON CONFLICT (key) DO UPDATE SET recent = r.recent
    RETURNING recent
$$;

-- Takes one of p_per_minute requests in any 60 s. Returns 0 if it is taken,
-- else how many milliseconds to wait for one; nothing is taken then. No limit
-- is 0.
CREATE OR REPLACE FUNCTION campus.take_rate(p_key text, p_per_minute integer)
RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    held timestamptz[];
    now_ timestamptz;
BEGIN
    IF coalesce(p_per_minute, 0) <= 0 THEN
        RETURN 0;
    END IF;
    held := campus.hold_rate(p_key);
    now_ := clock_timestamp(); -- after the wait for the lock
    held := ARRAY(SELECT t FROM unnest(held) t
        WHERE t > now_ - interval '1 minute' ORDER BY t);
    IF cardinality(held) >= p_per_minute THEN
        RETURN greatest(1, ceil(1000 * extract(epoch FROM interval '1 minute'
            + held[cardinality(held) - p_per_minute + 1] - now_)));
    END IF;
    UPDATE campus.request_rate SET recent = held || now_ WHERE key = p_key;
    RETURN 0;
END $$;

-- Adds a question to a conversation, as a turn of its own.
CREATE OR REPLACE FUNCTION campus.add_question(
    p_session uuid, p_job uuid, p_question text)
RETURNS void
LANGUAGE sql AS $$
    INSERT INTO campus.chat_message (message_id, turn, session_id, job_id,
        role, content) OVERRIDING SYSTEM VALUE
    SELECT id, id, p_session, p_job, 'user', p_question
    FROM nextval('campus.chat_message_message_id_seq') id
$$;

-- Adds an answer to the turn of its question; without one it is its own.
CREATE OR REPLACE FUNCTION campus.add_answer(
    p_session uuid, p_job uuid, p_answer text)
RETURNS void
LANGUAGE sql AS $$
    INSERT INTO campus.chat_message (message_id, turn, session_id, job_id,
        role, content) OVERRIDING SYSTEM VALUE
    SELECT id, coalesce((SELECT turn FROM campus.chat_message
        WHERE job_id = p_job AND role = 'user'), id),
        p_session, p_job, 'assistant', p_answer
    FROM nextval('campus.chat_message_message_id_seq') id
$$;

-- A learner's question.
--   p_job         id for the job, minted by the caller so that it can look
--                 whether a broken connection had committed; a repeat under
--                 the same id stores and counts nothing
--   p_course      UUID, slug or name
--   p_suggestion  NULL for a typed question; the prompt's text takes the place
--                 of p_question. It may be of another topic of the course, as
--                 what follows a prompt often is
--   p_module      what a typed question counts for, as the client says: it is
--                 not compared with the course
--   p_per_module  typed questions of a learner in a module of a course
--   p_per_minute  requests of a user to any assistant; 0 is no limit for both
-- One row. outcome is
--   queued        the job is stored
--   answered      a suggestion with a stored answer: answer and
--                 next_suggestions hold it, and no job is made
--   course_not_found, topic_not_found, suggestion_not_found
--   quota_exceeded
--   rate_limited  retry_after_ms says when there is room
-- What is refused takes nothing from the limits. All of a user's questions
-- wait for one another here, so parallel ones cannot pass a limit together.
-- Whoever holds the user or the conversation is waited for 3 s, then it fails
-- with 55P03 and nothing is stored: a person waits for the answer.
DROP FUNCTION IF EXISTS campus.ask_course(
    uuid, uuid, text, uuid, text, uuid, integer);
-- A front end of the first release knows no limits, and goes on without.
CREATE OR REPLACE FUNCTION campus.ask_course(
    p_job uuid, p_user uuid, p_course text, p_topic uuid, p_question text,
    p_suggestion uuid, p_module integer, p_per_module integer DEFAULT 0,
    p_per_minute integer DEFAULT 0)
RETURNS TABLE (outcome text, session_id uuid, answer text,
    next_suggestions jsonb, retry_after_ms integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s' AS $$
#variable_conflict use_column
DECLARE
    course     uuid := campus.resolve_course(p_course);
    question   text := p_question;
    is_typed   boolean := p_suggestion IS NULL AND p_module IS NOT NULL;
    key        text := 'user:' || p_user;
    s          campus.suggestion;
    wait_ms    integer;
BEGIN
    next_suggestions := '[]';
    outcome := CASE WHEN course IS NULL THEN 'course_not_found'
        WHEN NOT EXISTS (SELECT FROM campus.topic
            WHERE topic_id = p_topic AND course_id = course)
            THEN 'topic_not_found' END;
    IF outcome IS NULL AND p_suggestion IS NOT NULL THEN
        SELECT * INTO s FROM campus.suggestion
        WHERE suggestion_id = p_suggestion AND course_id = course
          AND is_active;
        IF NOT FOUND THEN
            outcome := 'suggestion_not_found';
        END IF;
        question := s.prompt_text;
    END IF;
    IF outcome IS NOT NULL THEN
        RETURN NEXT;
        RETURN;
    END IF;

    PERFORM campus.hold_rate(key);
    SELECT m.session_id INTO session_id
    FROM campus.chat_message m JOIN campus.chat_session c USING (session_id)
    WHERE m.job_id = p_job AND m.role = 'user' AND c.user_id = p_user;
    IF NOT FOUND THEN
        IF is_typed AND p_per_module > 0 AND p_per_module <= (
            SELECT count(*) FROM campus.typed_question
            WHERE user_id = p_user AND course_id = course
              AND module_no = p_module) THEN
            outcome := 'quota_exceeded';
            RETURN NEXT;
            RETURN;
        END IF;
        wait_ms := campus.take_rate(key, p_per_minute);
        IF wait_ms > 0 THEN
            outcome := 'rate_limited';
            retry_after_ms := wait_ms;
            RETURN NEXT;
            RETURN;
        END IF;
        INSERT INTO campus.chat_session AS c (user_id, course_id, topic_id)
        VALUES (p_user, course, p_topic)
        ON CONFLICT (user_id, course_id, topic_id)
        DO UPDATE SET last_message_at = clock_timestamp()
        RETURNING c.session_id INTO session_id;
        PERFORM campus.add_question(ask_course.session_id, p_job, question);
        IF s.answer IS NOT NULL THEN
            -- There is no such job: the id only marks a repeat.
            PERFORM campus.add_answer(ask_course.session_id, p_job, s.answer);
        ELSE
            PERFORM coatcheck.enqueue('AI_QUERY', jsonb_build_object(
                    'courseId', course, 'topicId', p_topic,
                    'question', question, 'moduleNo', p_module,
                    'suggestionId', p_suggestion, 'nextSuggestions',
                    campus.next_suggestions(p_suggestion)),
                user_id => p_user, session_id => ask_course.session_id,
                job_id => p_job, notify => false);
            IF is_typed THEN
                INSERT INTO campus.typed_question (job_id, user_id, course_id,
                    module_no)
                VALUES (p_job, p_user, course, p_module);
            END IF;
        END IF;
    END IF;
    next_suggestions := campus.next_suggestions(p_suggestion);
    outcome := CASE WHEN s.answer IS NULL THEN 'queued' ELSE 'answered' END;
    answer := s.answer;
    RETURN NEXT;
END $$;

-- A visitor's question. Returns the job id. Waits for locks as ask_course does.
CREATE OR REPLACE FUNCTION campus.ask_landing(
    p_job uuid, p_question text, p_turn_count integer)
RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s' AS $$
BEGIN
    RETURN coatcheck.enqueue('LANDING_QUERY', jsonb_build_object(
            'question', p_question, 'turnCount', p_turn_count),
        job_id => p_job, notify => false);
END $$;
