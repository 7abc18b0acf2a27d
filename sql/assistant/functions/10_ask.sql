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
$$;

-- A learner's question.
--   p_job         id for the job, minted by the caller so that it can look
--                 whether a broken connection had committed
--   p_course      UUID, slug or name
--   p_suggestion  NULL for a typed question; the prompt's text takes the place
--                 of p_question. It may be of another topic of the course, as
--                 what follows a prompt often is
-- One row. outcome is
--   queued        the job is stored
--   answered      a suggestion with a stored answer: answer and
--                 next_suggestions hold it, and no job is made
--   course_not_found, topic_not_found, suggestion_not_found
-- Whoever holds the conversation is waited for 3 s, then it fails with 55P03
-- and nothing is stored: a person waits for the answer.
CREATE OR REPLACE FUNCTION campus.ask_course(
    p_job uuid, p_user uuid, p_course text, p_topic uuid, p_question text,
    p_suggestion uuid, p_module integer)
RETURNS TABLE (outcome text, session_id uuid, answer text,
    next_suggestions jsonb)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET lock_timeout = '3s' AS $$
#variable_conflict use_column
DECLARE
    course   uuid := campus.resolve_course(p_course);
    question text := p_question;
    s        campus.suggestion;
BEGIN
    next_suggestions := '[]';
    IF course IS NULL THEN
        outcome := 'course_not_found';
        RETURN NEXT;
        RETURN;
    END IF;
    PERFORM FROM campus.topic WHERE topic_id = p_topic AND course_id = course;
    IF NOT FOUND THEN
        outcome := 'topic_not_found';
        RETURN NEXT;
        RETURN;
    END IF;
    IF p_suggestion IS NOT NULL THEN
        SELECT * INTO s FROM campus.suggestion
        WHERE suggestion_id = p_suggestion AND course_id = course
          AND is_active;
        IF NOT FOUND THEN
            outcome := 'suggestion_not_found';
            RETURN NEXT;
            RETURN;
        END IF;
        question := s.prompt_text;
        next_suggestions := campus.next_suggestions(p_suggestion);
    END IF;
    INSERT INTO campus.chat_session AS c (user_id, course_id, topic_id)
    VALUES (p_user, course, p_topic)
    ON CONFLICT (user_id, course_id, topic_id)
    DO UPDATE SET last_message_at = clock_timestamp()
    RETURNING c.session_id INTO session_id;
    IF s.answer IS NOT NULL THEN
        outcome := 'answered';
        answer := s.answer;
        -- There is no such job: the id only keeps a repeat, sent because the
        -- first reply was lost, from storing both sides again.
        INSERT INTO campus.chat_message (session_id, job_id, role, content)
        VALUES (ask_course.session_id, p_job, 'user', question),
            (ask_course.session_id, p_job, 'assistant', s.answer)
        ON CONFLICT (job_id, role) DO NOTHING;
        RETURN NEXT;
        RETURN;
    END IF;
    outcome := 'queued';
    PERFORM coatcheck.enqueue('AI_QUERY', jsonb_build_object(
            'courseId', course, 'topicId', p_topic, 'question', question,
            'moduleNo', p_module, 'suggestionId', p_suggestion,
            'nextSuggestions', next_suggestions),
        user_id => p_user, session_id => ask_course.session_id,
        job_id => p_job, notify => false);
    INSERT INTO campus.chat_message (session_id, job_id, role, content)
    VALUES (ask_course.session_id, p_job, 'user', question);
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

-- The end hook of AI_QUERY: the answer enters the conversation in the
-- transaction that completes the job. effects is {"answer": text}. A job
-- without a conversation, or whose course was dropped while it ran, completes
-- without.
CREATE OR REPLACE FUNCTION campus.end_course_question(
    job uuid, status text, user_id uuid, session uuid, payload jsonb,
    effects jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF status = 'COMPLETED' THEN
        UPDATE campus.chat_session SET last_message_at = clock_timestamp()
        WHERE session_id = session;
        IF FOUND THEN
            INSERT INTO campus.chat_message (session_id, job_id, role, content)
            VALUES (session, job, 'assistant', effects ->> 'answer');
        END IF;
    END IF;
END $$;
