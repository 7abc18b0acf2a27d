-- What a learner may ask: so many typed questions a module, so many requests a
-- minute, each counted once, and none that fails.
BEGIN;
\ir helpers.psql
SELECT plan(39);

INSERT INTO campus.course (course_id, slug, name) VALUES
    (pg_temp.id(1), 't-one', 'T One'), (pg_temp.id(2), 't-two', 'T Two');
INSERT INTO campus.topic (topic_id, course_id, title) VALUES
    (pg_temp.id(11), pg_temp.id(1), 'A'), (pg_temp.id(12), pg_temp.id(1), 'B'),
    (pg_temp.id(21), pg_temp.id(2), 'C');
INSERT INTO campus.suggestion (suggestion_id, course_id, prompt_text, answer)
VALUES (pg_temp.id(31), pg_temp.id(1), 'Why?', 'Because.'),
    (pg_temp.id(32), pg_temp.id(1), 'B?', NULL);

CREATE FUNCTION pg_temp.ask(n integer, module integer DEFAULT 4,
    course integer DEFAULT 1, topic integer DEFAULT 11,
    suggestion integer DEFAULT NULL, who integer DEFAULT 50,
    per_module integer DEFAULT 5, per_minute integer DEFAULT 0)
RETURNS text LANGUAGE sql AS $$
    SELECT outcome FROM campus.ask_course(pg_temp.id(n), pg_temp.id(who),
        pg_temp.id(course)::text, pg_temp.id(topic), 'What?',
        pg_temp.id(suggestion), module, per_module, per_minute)
$$;
CREATE FUNCTION pg_temp.used(who integer DEFAULT 50) RETURNS bigint
LANGUAGE sql AS $$
    SELECT count(*) FROM campus.typed_question WHERE user_id = pg_temp.id(who)
$$;
CREATE FUNCTION pg_temp.rate(who integer DEFAULT 50) RETURNS integer
LANGUAGE sql AS $$
    SELECT coalesce(max(cardinality(recent)), 0) FROM campus.request_rate
    WHERE key = 'user:' || pg_temp.id(who)
$$;

-- A module
SELECT is(string_agg(pg_temp.ask(n), ' '),
    'queued queued queued queued queued', 'five are taken')
FROM generate_series(100, 104) n;
SELECT is(pg_temp.ask(105), 'quota_exceeded', 'the sixth is not');
SELECT is(pg_temp.place(105), 'nowhere', 'and is not queued');
SELECT is((SELECT count(*) FROM campus.chat_message
    WHERE job_id = pg_temp.id(105)), 0::bigint, 'nor remembered');
SELECT is(pg_temp.ask(105, topic => 12), 'quota_exceeded',
    'nor under another topic of the module');
SELECT is(pg_temp.ask(104), 'queued', 'the fifth again is the fifth');
SELECT is(pg_temp.used(), 5::bigint, 'and counted once');
SELECT is(pg_temp.ask(106, module => 5), 'queued',
    'another module has its own');
SELECT is(pg_temp.ask(107, course => 2, topic => 21), 'queued',
    'and so has another course');
SELECT is(pg_temp.ask(108, who => 51), 'queued', 'and another learner');
SELECT is(pg_temp.ask(109, suggestion => 31), 'answered',
    'a prompt with an answer is free');
SELECT is(pg_temp.ask(110, suggestion => 32), 'queued',
    'and so is one without');
SELECT is(pg_temp.used(), 7::bigint, 'neither is counted');
SELECT is(pg_temp.ask(111, per_module => 0), 'queued', '0 is no limit');
SELECT is(pg_temp.used(), 8::bigint, 'but is counted, for when there is one');
SELECT is(pg_temp.ask(112, per_module => 6), 'quota_exceeded',
    'a limit that was raised to what is used up');

-- Back again
SELECT is(coatcheck.cancel(pg_temp.id(111), pg_temp.id(50), '{AI_QUERY}'),
    'cancelled', 'cancelled');
SELECT is(pg_temp.used(), 7::bigint, 'a cancelled question is given back');
SELECT is(coatcheck.cancel(pg_temp.id(111), pg_temp.id(50), '{AI_QUERY}'),
    'final', 'cancelled again');
SELECT is(pg_temp.used(), 7::bigint, 'it is given back once');
CREATE TEMP TABLE t AS SELECT * FROM pg_temp.take('{AI_QUERY}');
CREATE FUNCTION pg_temp.finish(n integer, outcome text, effects text)
RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.settle(n, token, outcome, effects => effects)
    FROM coatcheck.lease WHERE job_id = pg_temp.id(n)
$$;
SELECT is(pg_temp.finish(100, 'FAILED', '{"usage": []}'), 'FAILED', 'failed');
SELECT is(pg_temp.used(), 6::bigint, 'a failed question is given back');
SELECT is(pg_temp.ask(113), 'queued', 'and can be asked again');
SELECT is(pg_temp.finish(101, 'RETRY', '{"usage": []}'), 'RETRY', 'to retry');
SELECT is(pg_temp.used(), 7::bigint, 'an attempt that failed gives nothing');
SELECT is(pg_temp.finish(102, 'COMPLETED', '{"answer": "So."}'), 'COMPLETED',
    'answered');
SELECT is(pg_temp.used(), 7::bigint, 'an answer takes nothing more');
DELETE FROM campus.typed_question WHERE job_id = pg_temp.id(103);
SELECT is(pg_temp.finish(103, 'COMPLETED', '{"answer": "So."}'), 'COMPLETED',
    'one that had failed is run again, and answered');
SELECT is(pg_temp.used(), 7::bigint, 'and counts again');

-- A minute
SELECT is(string_agg(pg_temp.ask(n, who => 60, module => n, per_minute => 3,
        suggestion => CASE n % 2 WHEN 0 THEN 31 END), ' ' ORDER BY n),
    'answered queued answered rate_limited rate_limited',
    'three are taken, answered at once or not')
FROM generate_series(200, 204) n;
SELECT is(pg_temp.ask(202, who => 60, suggestion => 31, per_minute => 3),
    'answered', 'a repeat takes nothing');
SELECT is(pg_temp.rate(60), 3, 'three stand');
SELECT results_eq($$SELECT outcome, retry_after_ms BETWEEN 59000 AND 60000
    FROM campus.ask_course(pg_temp.id(205), pg_temp.id(60), 't-one',
        pg_temp.id(11), 'What?', NULL, 9, 5, 3)$$,
    $$VALUES ('rate_limited', true)$$, 'it says how long to wait');
SELECT is(pg_temp.used(60), 1::bigint, 'what is refused is not counted');
SELECT is(pg_temp.ask(210, who => 61, module => 1, per_module => 1,
    per_minute => 3), 'queued', 'the last of a module');
SELECT is(pg_temp.ask(211, who => 61, module => 1, per_module => 1,
    per_minute => 3), 'quota_exceeded', 'one too many');
SELECT is(pg_temp.rate(61), 1, 'takes no request');
UPDATE campus.request_rate SET recent = ARRAY[
    clock_timestamp() - interval '61 s', clock_timestamp() - interval '50 s',
    clock_timestamp() - interval '1 s'] WHERE key = 'user:' || pg_temp.id(60);
SELECT is(string_agg(campus.take_rate('user:' || pg_temp.id(60), 3)::text, ' ')
        ~ '^0 (9\d\d\d|10000)$', true,
    'the window slides: one is free, and the next when the oldest is')
FROM generate_series(1, 2);
SELECT is(campus.take_rate('user:' || pg_temp.id(62), 0)
    + pg_temp.rate(62), 0, '0 is no limit, and leaves nothing');

SELECT * FROM finish();
ROLLBACK;
