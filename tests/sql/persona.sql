-- Personas: what is queued, and what is kept.
BEGIN;
\ir helpers.psql
SELECT plan(17);

INSERT INTO campus.course (course_id, slug, name) VALUES
    (pg_temp.id(1), 't-one', 'T One'), (pg_temp.id(2), 't-two', 'T Two');
CREATE FUNCTION pg_temp.ask(n integer, course text DEFAULT 't-one',
    per_minute integer DEFAULT 2)
RETURNS text LANGUAGE sql AS $$
    SELECT outcome FROM campus.ask_persona(pg_temp.id(n), pg_temp.id(50),
        course, '[{"questionId": "a"}]', per_minute)
$$;
CREATE FUNCTION pg_temp.finish(n integer, key text) RETURNS text
LANGUAGE sql AS $$
    SELECT pg_temp.settle(n, token, 'COMPLETED', effects => jsonb_build_object(
        'personaKey', key, 'summary', 'S.', 'version', 'v1')::text)
    FROM coatcheck.lease WHERE job_id = pg_temp.id(n)
$$;
CREATE FUNCTION pg_temp.status(who integer, course text DEFAULT 't-one')
RETURNS text LANGUAGE sql AS $$
    SELECT outcome || ' ' || coalesce(body ->> 'hasProfile', '-') || ' '
        || coalesce(body ->> 'updatedAt'
            ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$', false)
    FROM campus.persona_status(pg_temp.id(who), course)
$$;

SELECT is(pg_temp.ask(100, 'nowhere'), 'course_not_found', 'no such course');
SELECT is((SELECT count(*) FROM campus.request_rate
    WHERE key = 'user:' || pg_temp.id(50)), 0::bigint, 'takes no request');
SELECT is(pg_temp.ask(100), 'queued', 'answers are queued');
SELECT is(pg_temp.ask(100), 'queued', 'again under its id: the same');
SELECT row_eq('SELECT user_id, payload FROM coatcheck.job
    WHERE job_id = pg_temp.id(100)', ROW(pg_temp.id(50), jsonb_build_object(
        'courseId', pg_temp.id(1),
        'responses', '[{"questionId": "a"}]'::jsonb)),
    'with the id of the course');
SELECT is(pg_temp.ask(101, 'T Two'), 'queued', 'of another course');
SELECT results_eq($$SELECT outcome, retry_after_ms > 59000
    FROM campus.ask_persona(pg_temp.id(102), pg_temp.id(50), 't-one', '[]',
        2)$$, $$VALUES ('rate_limited', true)$$, 'a repeat took no request');
SELECT is(pg_temp.place(102), 'nowhere', 'what is refused is not queued');
SELECT is(pg_temp.status(50), 'found false false', 'nothing is known yet');
SELECT is(pg_temp.status(50, 'nowhere'), 'course_not_found - false',
    'of no course');
SELECT is(pg_temp.ask(103, per_minute => 0), 'queued', '0 is no limit');
SELECT * FROM pg_temp.take('{PERSONA_CLASSIFY}')
\g /dev/null
SELECT is(pg_temp.finish(100, 'steady'), 'COMPLETED', 'classified');
SELECT is(pg_temp.status(50), 'found true true', 'and kept');
SELECT is(pg_temp.finish(103, 'eager'), 'COMPLETED', 'classified again');
SELECT results_eq('SELECT user_id, course_id, persona_key, summary, version
        FROM campus.persona_profile',
    $$VALUES (pg_temp.id(50), pg_temp.id(1), 'eager', 'S.', 'v1')$$,
    'the newest takes the place of the older one');
DELETE FROM campus.course WHERE course_id = pg_temp.id(2);
SELECT is(pg_temp.finish(101, 'eager'), 'COMPLETED',
    'the course is gone: the job completes');
SELECT is((SELECT count(*) FROM campus.persona_profile), 1::bigint,
    'and nothing is kept');

SELECT * FROM finish();
ROLLBACK;
