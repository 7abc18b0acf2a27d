-- Summaries of conversations: when one is asked for, what it is made from, and
-- which one counts.
BEGIN;
\ir helpers.psql
SELECT plan(37);

INSERT INTO campus.course (course_id, slug, name, tenant)
VALUES (pg_temp.id(1), 't-one', 'T One', 'north');
INSERT INTO campus.topic (topic_id, course_id, title)
VALUES (pg_temp.id(11), pg_temp.id(1), 'A');

-- Asks question n and, unless told not to, answers it.
CREATE FUNCTION pg_temp.exchange(n integer, is_answered boolean DEFAULT true,
    rule text DEFAULT '{"after": 4, "keep": 2}')
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM campus.ask_course(pg_temp.id(n), pg_temp.id(50), 't-one',
        pg_temp.id(11), 'q' || n, NULL, 1, 0, 0);
    PERFORM pg_temp.take('{AI_QUERY}');
    RETURN CASE WHEN is_answered THEN pg_temp.answer(n, rule) END;
END $$;
CREATE FUNCTION pg_temp.answer(n integer,
    rule text DEFAULT '{"after": 4, "keep": 2}')
RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.settle(n, token, 'COMPLETED', effects => json_strip_nulls(
        json_build_object('answer', 'a' || n, 'summarise', rule::json))::text)
    FROM coatcheck.lease WHERE job_id = pg_temp.id(n)
$$;
CREATE FUNCTION pg_temp.pending() RETURNS uuid LANGUAGE sql AS $$
    SELECT summary_job FROM campus.chat_session
    WHERE user_id = pg_temp.id(50)
$$;
CREATE FUNCTION pg_temp.asked() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM coatcheck.job JOIN coatcheck.job_type t USING (type_id)
    WHERE t.name = 'CHAT_SUMMARY' AND user_id = pg_temp.id(50)
$$;
CREATE FUNCTION pg_temp.context() RETURNS jsonb LANGUAGE sql AS $$
    SELECT campus.summary_context(summary_job, session_id)
    FROM campus.chat_session WHERE user_id = pg_temp.id(50)
$$;
CREATE FUNCTION pg_temp.told() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(m ->> 'content', ' ')
    FROM jsonb_array_elements(pg_temp.context() -> 'messages') m
$$;
-- Ends the summary job with a text.
CREATE FUNCTION pg_temp.sum_up(job uuid, said text, through bigint,
    outcome text DEFAULT 'COMPLETED')
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.take('{CHAT_SUMMARY}');
    RETURN (SELECT verdict FROM coatcheck.lease l, coatcheck.settle(
        ARRAY[l.job_id], ARRAY[token], ARRAY[outcome], '{1}', ARRAY[
            json_build_object('summary', said, 'through', through)::text],
        '{It broke.}', '{broken}', '{NULL}', '{0}') WHERE l.job_id = job);
END $$;
CREATE FUNCTION pg_temp.summary() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(summary, '-') || ' ' || coalesce((SELECT content
            FROM campus.chat_message WHERE message_id = summary_through), '-')
    FROM campus.chat_session WHERE user_id = pg_temp.id(50)
$$;

-- When
SELECT is(pg_temp.exchange(100), 'COMPLETED', 'two messages');
SELECT is(pg_temp.exchange(101), 'COMPLETED', 'four');
SELECT is(pg_temp.asked(), 0::bigint, 'are not many enough');
SELECT is(pg_temp.exchange(102, rule => NULL), 'COMPLETED', 'six');
SELECT is(pg_temp.asked(), 0::bigint, 'but nobody wants one');
SELECT is(pg_temp.exchange(103), 'COMPLETED', 'eight');
SELECT is(pg_temp.asked(), 1::bigint, 'a summary is asked for');
SELECT row_eq('SELECT priority, session_id, user_id, payload
        FROM coatcheck.job WHERE job_id = pg_temp.pending()',
    (SELECT ROW(3::smallint, session_id, user_id, '{"keep": 2}'::jsonb)
        FROM campus.chat_session WHERE user_id = pg_temp.id(50)),
    'after all else, in the name of the learner');
SELECT is(pg_temp.exchange(104), 'COMPLETED', 'ten');
SELECT is(pg_temp.asked(), 1::bigint, 'one at a time');

-- From what
SELECT is(pg_temp.told(), 'q100 a100 q101 a101 q102 a102 q103 a103',
    'all but the newest');
SELECT is(pg_temp.context() - 'messages' - 'through',
    '{"tenant": "north", "courseName": "T One", "summary": null}', 'and nothing before');
SELECT is((SELECT content FROM campus.chat_message
    WHERE message_id = (pg_temp.context() ->> 'through')::bigint), 'q103',
    'up to a turn');
SELECT is(campus.summary_context(pg_temp.id(999), session_id), NULL,
    'a job of no conversation is told nothing') FROM campus.chat_session;

-- Which counts
CREATE TEMP TABLE first AS SELECT pg_temp.pending() AS job,
    (pg_temp.context() ->> 'through')::bigint AS through;
SELECT is(pg_temp.sum_up(job, 'S1.', through), 'COMPLETED', 'it is made')
FROM first;
SELECT is(pg_temp.summary(), 'S1. q103', 'and kept');
SELECT is(pg_temp.pending(), NULL, 'none is pending');
SELECT is(pg_temp.exchange(105, false), NULL, 'a question under way');
SELECT is(pg_temp.exchange(106), 'COMPLETED', 'another, answered');
SELECT is(pg_temp.exchange(107), 'COMPLETED', 'and another');
SELECT is(pg_temp.asked(), 2::bigint, 'the next batch is full');
SELECT is(pg_temp.told(), 'q104 a104',
    'what is still to be answered ends it');
CREATE TEMP TABLE second AS SELECT pg_temp.pending() AS job,
    (pg_temp.context() ->> 'through')::bigint AS through;
SELECT is(pg_temp.answer(105), 'COMPLETED', 'it is answered');
SELECT is(pg_temp.told(), 'q104 a104 q105 a105 q106 a106',
    'and belongs to it');
UPDATE campus.chat_session SET summary_job = pg_temp.id(777);
SELECT is(pg_temp.sum_up(job, 'S2.', through), 'COMPLETED',
    'another is pending: this one ends') FROM second;
SELECT is(pg_temp.summary(), 'S1. q103', 'and changes nothing');
SELECT is(pg_temp.pending(), pg_temp.id(777), 'nor takes its place');
SELECT is(pg_temp.exchange(108), 'COMPLETED', 'one that is pending but lost');
SELECT is(pg_temp.asked(), 3::bigint, 'is replaced');
CREATE TEMP TABLE third AS SELECT pg_temp.pending() AS job;
SELECT is(pg_temp.sum_up(job, NULL, 0, 'FAILED'), 'FAILED',
    'one that fails') FROM third;
SELECT is(pg_temp.summary() || coalesce(pg_temp.pending()::text, ''),
    'S1. q103', 'leaves what is there, and none pending');
SELECT is(pg_temp.exchange(109), 'COMPLETED', 'the next exchange');
SELECT is(pg_temp.asked(), 4::bigint, 'asks again');
SELECT is(coatcheck.cancel(pg_temp.pending(), pg_temp.id(50), '{CHAT_SUMMARY}'),
    'cancelled', 'cancelled');
SELECT is(pg_temp.pending(), NULL, 'none is pending');

-- A long past is taken in pieces
SELECT count(pg_temp.exchange(n, rule => NULL)) FROM generate_series(200, 230) n
\g /dev/null
SELECT is(pg_temp.exchange(231), 'COMPLETED', 'a long past');
SELECT is((SELECT format('%s %s', count(*), (array_agg(m ->> 'content'
            ORDER BY at DESC))[1])
    FROM jsonb_array_elements(pg_temp.context() -> 'messages')
        WITH ORDINALITY x(m, at)), '40 a213', 'is taken in pieces');

SELECT * FROM finish();
ROLLBACK;
