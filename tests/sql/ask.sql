-- Questions: what is checked, what is remembered, what is queued.
BEGIN;
\ir helpers.psql
SELECT plan(74);

INSERT INTO campus.course (course_id, slug, name) VALUES
    (pg_temp.id(1), 't-course-one', 'T Course One'),
    (pg_temp.id(2), 't-course-two', 'T-Course-Two!');
INSERT INTO campus.topic (topic_id, course_id, title) VALUES
    (pg_temp.id(11), pg_temp.id(1), 'A'), (pg_temp.id(12), pg_temp.id(1), 'B'),
    (pg_temp.id(21), pg_temp.id(2), 'C');
INSERT INTO campus.suggestion (suggestion_id, course_id, topic_id,
    parent_suggestion_id, prompt_text, answer, display_order, is_active) VALUES
    (pg_temp.id(31), pg_temp.id(1), NULL, NULL, 'Why?', 'Because.', 0, true),
    (pg_temp.id(32), pg_temp.id(1), NULL, pg_temp.id(31), 'B?', NULL, 2, true),
    (pg_temp.id(33), pg_temp.id(1), NULL, pg_temp.id(31), 'A?', 'a', 1, true),
    (pg_temp.id(34), pg_temp.id(1), NULL, pg_temp.id(31), 'C?', 'c', 0, false),
    (pg_temp.id(35), pg_temp.id(1), pg_temp.id(12), NULL, 'T?', 't', 0, true),
    (pg_temp.id(36), pg_temp.id(2), NULL, NULL, 'X?', 'x', 0, true);

-- The names of a course
SELECT is(campus.resolve_course(key), pg_temp.id(n),
    format('%s is course %s', coalesce(quote_literal(key), 'NULL'), n))
FROM (VALUES (pg_temp.id(1)::text, 1), ('t-course-one', 1),
    ('T-COURSE-ONE', 1), ('T Course One', 1), ('t course one', 1),
    ('T_Course_One', 1), ('T-Course-Two!', 2), ('t-course-two', 2),
    ('t course', NULL), ('', NULL), (NULL, NULL), ('%', NULL),
    (''' OR true --', NULL)) v(key, n);
INSERT INTO campus.course (course_id, slug, name)
VALUES (pg_temp.id(3), 'other', 't-course-one');
SELECT is(campus.resolve_course('t-course-one'), pg_temp.id(1),
    'a slug goes before a name');
INSERT INTO campus.course (course_id, slug, name)
VALUES (pg_temp.id(4), 'third', pg_temp.id(1)::text);
SELECT is(campus.resolve_course(upper(pg_temp.id(1)::text)), pg_temp.id(1),
    'an id goes before both');

-- Typed questions
CREATE FUNCTION pg_temp.ask(n integer, course text DEFAULT 't-course-one',
    topic integer DEFAULT 11, suggestion integer DEFAULT NULL,
    who integer DEFAULT 50)
RETURNS TABLE (outcome text, session_id uuid, answer text,
    next_suggestions jsonb, retry_after_ms integer) LANGUAGE sql AS $$
    SELECT * FROM campus.ask_course(pg_temp.id(n), pg_temp.id(who), course,
        pg_temp.id(topic), 'What?', pg_temp.id(suggestion), 4, 0, 0)
$$;
CREATE TEMP TABLE a AS SELECT * FROM pg_temp.ask(100);
SELECT row_eq('SELECT outcome, answer, next_suggestions FROM a',
    ROW('queued'::text, NULL::text, '[]'::jsonb), 'a question is queued');
SELECT row_eq('SELECT j.user_id, j.session_id, j.payload FROM coatcheck.job j
    WHERE job_id = pg_temp.id(100)', (SELECT ROW(pg_temp.id(50), session_id,
    jsonb_build_object('courseId', pg_temp.id(1), 'topicId', pg_temp.id(11),
        'question', 'What?', 'moduleNo', 4, 'suggestionId', NULL,
        'nextSuggestions', '[]'::jsonb)) FROM a),
    'for its owner, with the id of the course and not its name as given');
SELECT is(pg_temp.place(100), 'ready 0', 'and is ready');
SELECT results_eq('SELECT role, content, job_id FROM campus.chat_message
        JOIN a USING (session_id)',
    $$VALUES ('user', 'What?', pg_temp.id(100))$$,
    'the question is remembered');
SELECT row_eq('SELECT outcome, session_id FROM pg_temp.ask(100)',
    (SELECT ROW('queued'::text, session_id) FROM a),
    'the same job again, as after a lost reply, is the same');
SELECT is((SELECT count(*) FROM campus.chat_message
        JOIN a USING (session_id)), 1::bigint, 'and remembered once');
SELECT throws_ok('SELECT * FROM pg_temp.ask(100, who => 51)', '23505', NULL,
    'another learner''s job is refused');
SELECT is((SELECT turn FROM campus.chat_message
        WHERE job_id = pg_temp.id(100)), (SELECT message_id
        FROM campus.chat_message WHERE job_id = pg_temp.id(100)),
    'a question begins a turn');
SELECT is((SELECT session_id FROM pg_temp.ask(101)), (SELECT session_id FROM a),
    'one conversation for a learner, course and topic');
SELECT isnt((SELECT session_id FROM pg_temp.ask(102, topic => 12)),
    (SELECT session_id FROM a), 'another for another topic');
SELECT isnt((SELECT session_id FROM pg_temp.ask(103, who => 51)),
    (SELECT session_id FROM a), 'and for another learner');

-- What is not found changes nothing
CREATE TEMP TABLE counts AS SELECT (SELECT count(*) FROM coatcheck.job) AS jobs,
    (SELECT count(*) FROM campus.chat_message) AS messages,
    (SELECT count(*) FROM campus.chat_session) AS sessions;
SELECT row_eq(format('SELECT outcome, session_id, answer
    FROM pg_temp.ask(110, %L, %s, %L, 52)', course, topic, suggestion),
    ROW(want, NULL::uuid, NULL::text), format('%s: %s', want, why))
FROM (VALUES ('nowhere', 11, NULL, 'course_not_found', 'unknown'),
    (NULL, 11, NULL, 'course_not_found', 'no name'),
    ('t-course-one', 99, NULL, 'topic_not_found', 'unknown'),
    ('t-course-one', 21, NULL, 'topic_not_found', 'of another course'),
    ('t-course-one', 11, 99, 'suggestion_not_found', 'unknown'),
    ('t-course-one', 11, 36, 'suggestion_not_found', 'of another course'),
    ('t-course-one', 11, 34, 'suggestion_not_found', 'not active'))
    v(course, topic, suggestion, want, why);
SELECT row_eq('SELECT (SELECT count(*) FROM coatcheck.job),
    (SELECT count(*) FROM campus.chat_message),
    (SELECT count(*) FROM campus.chat_session)',
    (SELECT ROW(jobs, messages, sessions) FROM counts), 'none left a trace');

-- Suggestions
CREATE TEMP TABLE s AS SELECT * FROM pg_temp.ask(120, suggestion => 31,
    who => 53);
SELECT row_eq('SELECT outcome, answer, next_suggestions FROM s',
    ROW('answered'::text, 'Because.'::text, jsonb_build_array(
        jsonb_build_object('id', pg_temp.id(33), 'promptText', 'A?',
            'answer', 'a'),
        jsonb_build_object('id', pg_temp.id(32), 'promptText', 'B?',
            'answer', NULL))),
    'a stored answer comes at once, with its active children in order');
SELECT is(pg_temp.place(120), 'nowhere', 'and without a job');
SELECT results_eq('SELECT role, content FROM campus.chat_message
        JOIN s USING (session_id) ORDER BY message_id',
    $$VALUES ('user', 'Why?'), ('assistant', 'Because.')$$,
    'both sides are remembered');
SELECT is((SELECT outcome FROM pg_temp.ask(120, suggestion => 31, who => 53)),
    'answered', 'asked again under its id, as after a lost reply,');
SELECT is((SELECT count(*) FROM campus.chat_message
        JOIN s USING (session_id)), 2::bigint, 'it is remembered once');
SELECT is((SELECT outcome FROM pg_temp.ask(124, suggestion => 31, who => 53)),
    'answered', 'under another id');
SELECT is((SELECT count(*) FROM campus.chat_message
        JOIN s USING (session_id)), 4::bigint, 'it is another question');
SELECT is((SELECT outcome FROM pg_temp.ask(122, suggestion => 35)), 'answered',
    'one of another topic of the course, too');
SELECT is((SELECT outcome FROM pg_temp.ask(121, suggestion => 32)), 'queued',
    'one without an answer is queued');
SELECT is((SELECT payload ->> 'question' FROM coatcheck.job
    WHERE job_id = pg_temp.id(121)), 'B?', 'under its own words');
SELECT is((SELECT outcome FROM pg_temp.ask(123, topic => 12,
    suggestion => 35)), 'answered', 'one of this topic is found');

-- The answer enters the conversation
CREATE FUNCTION pg_temp.finish(n integer, effects text) RETURNS text
LANGUAGE sql AS $$
    SELECT pg_temp.settle(n, token, 'COMPLETED', effects => effects)
    FROM coatcheck.lease WHERE job_id = pg_temp.id(n)
$$;
SELECT * FROM pg_temp.take('{AI_QUERY}')
\g /dev/null
UPDATE campus.chat_session SET last_message_at = 'epoch';
SELECT is(pg_temp.finish(100, '{"answer": "So."}'), 'COMPLETED',
    'a question is answered');
SELECT results_eq('SELECT role, content FROM campus.chat_message
        WHERE job_id = pg_temp.id(100) ORDER BY message_id',
    $$VALUES ('user', 'What?'), ('assistant', 'So.')$$,
    'invariant 7: the answer is remembered with the completion');
SELECT cmp_ok((SELECT last_message_at FROM campus.chat_session
        JOIN a USING (session_id)), '>', 'epoch'::timestamptz,
    'and the conversation is fresh');
SELECT is(pg_temp.finish(101, '{}'), 'RETRY',
    'an answer without text is not stored');
SELECT is((SELECT count(*) FROM campus.chat_message
    WHERE job_id = pg_temp.id(101)), 1::bigint, 'nor half of it');
DELETE FROM campus.topic WHERE topic_id = pg_temp.id(12);
SELECT is(pg_temp.finish(102, '{"answer": "So."}'), 'COMPLETED',
    'the topic is gone: the job completes without a conversation');
SELECT is(coatcheck.cancel(pg_temp.id(103), pg_temp.id(51), '{AI_QUERY}'),
    'cut', 'cancelled while it ran');
SELECT is((SELECT count(*) FROM campus.chat_message
    WHERE job_id = pg_temp.id(103)), 1::bigint, 'nothing is added');

-- Visitors
SELECT is(campus.ask_landing(pg_temp.id(130), 'Hello?', 2), pg_temp.id(130),
    'a visitor asks');
SELECT row_eq('SELECT user_id, session_id, payload FROM coatcheck.job
    WHERE job_id = pg_temp.id(130)',
    ROW('00000000-0000-0000-0000-000000000000'::uuid, NULL::uuid,
        '{"question": "Hello?", "turnCount": 2}'::jsonb),
    'for nobody, and nothing is remembered');
SELECT cmp_ok((SELECT priority FROM coatcheck.job
    WHERE job_id = pg_temp.id(100)), '<', (SELECT priority FROM coatcheck.job
    WHERE job_id = pg_temp.id(130)),
    'learners go before visitors');

-- What providers cost is recorded with the attempt
CREATE SCHEMA IF NOT EXISTS llm;
DROP FUNCTION IF EXISTS llm.record(uuid, jsonb);
CREATE TEMP TABLE cost (job_id uuid, usage jsonb);
CREATE FUNCTION llm.record(p_job uuid, p_usage jsonb) RETURNS void
LANGUAGE sql AS 'INSERT INTO pg_temp.cost VALUES (p_job, p_usage)';
CREATE FUNCTION pg_temp.cost_of(n integer, kind text, outcome text)
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM coatcheck.enqueue(kind, '{}', job_id => pg_temp.id(n));
    PERFORM pg_temp.take(ARRAY[kind]);
    PERFORM pg_temp.settle(n, token, outcome, effects => '{"usage": [1]}')
    FROM coatcheck.lease WHERE job_id = pg_temp.id(n);
    RETURN (SELECT string_agg(usage::text, '') FROM pg_temp.cost
        WHERE job_id = pg_temp.id(n));
END $$;
SELECT is(pg_temp.cost_of(n::integer, kind, outcome), '[1]',
    kind || ' ' || outcome)
FROM (SELECT 139 + row_number() OVER () AS n, kind, outcome
    FROM unnest('{AI_QUERY,LANDING_QUERY,CHAT_SUMMARY,
            PERSONA_CLASSIFY}'::text[]) kind, unnest('{COMPLETED,FAILED,RETRY}'::text[]) outcome) v;

-- Nobody waits long for a lock
SELECT is_empty($$SELECT proname FROM pg_proc
    WHERE pronamespace = 'campus'::regnamespace AND proname LIKE 'ask\_%'
      AND prosecdef
      AND NOT coalesce(proconfig @> '{lock_timeout=3s}', false)$$,
    'all ways to ask have a limit');

SELECT throws_ok(format('UPDATE campus.course SET tenant = %L', t), '23514',
    NULL, quote_literal(t) || ' is no tenant') FROM unnest('{*,""," "}'::text[]) t;

-- Programs of the release before this one
SELECT is((SELECT outcome FROM campus.ask_course(pg_temp.id(900),
        pg_temp.id(50), pg_temp.id(1)::text, pg_temp.id(11), 'Old?', NULL, 1)),
    'queued', 'a front end that knows no limits asks without');
INSERT INTO campus.chat_message (session_id, job_id, role, content)
SELECT session_id, pg_temp.id(901), 'user', 'Older?'
FROM campus.chat_message WHERE job_id = pg_temp.id(900);
SELECT is(turn, message_id, 'a message that is given no turn is one')
FROM campus.chat_message WHERE job_id = pg_temp.id(901);

SELECT * FROM finish();
ROLLBACK;
