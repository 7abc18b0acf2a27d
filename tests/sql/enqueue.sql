-- Handing work over: what a job is made of, and what is refused.
BEGIN;
\ir helpers.psql
SELECT plan(33);

SELECT is(coatcheck.enqueue('T_PLAIN', '{"n": 1}', job_id => pg_temp.id(1)),
    pg_temp.id(1), 'a chosen id is the id');
SELECT is(pg_temp.place(1), 'ready 0', 'a new job is ready, no attempt counted');
SELECT row_eq($$SELECT user_id, session_id, priority, max_attempts, payload
    FROM coatcheck.job WHERE job_id = pg_temp.id(1)$$,
    ROW('00000000-0000-0000-0000-000000000000'::uuid, NULL::uuid, 2::smallint,
        3::smallint, '{"n": 1}'::jsonb),
    'defaults: public owner, no session, priority 2, three attempts');
SELECT lives_ok($$SELECT coatcheck.enqueue('T_PLAIN', '{}', pg_temp.id(90),
    pg_temp.id(91), NULL, 0, 7, pg_temp.id(2), false)$$,
    'the arguments by position');
SELECT row_eq($$SELECT user_id, session_id, priority, max_attempts
    FROM coatcheck.job WHERE job_id = pg_temp.id(2)$$,
    ROW(pg_temp.id(90), pg_temp.id(91), 0::smallint, 7::smallint),
    'what was asked for is stored');
SELECT is((SELECT (priority, max_attempts)::text FROM coatcheck.ready
    WHERE job_id = pg_temp.id(2)), '(0,7)', 'and stands in the ready row');
SELECT coatcheck.enqueue('T_PLAIN', '{}', NULL, job_id => pg_temp.id(9))
\g /dev/null
SELECT is((SELECT user_id FROM coatcheck.job WHERE job_id = pg_temp.id(9)),
    '00000000-0000-0000-0000-000000000000', 'a NULL owner is the public one');

-- Ids
SELECT matches(coatcheck.enqueue('T_PLAIN', '{}')::text,
    '^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$',
    'a new id is a UUID of version 7');
SELECT cmp_ok(abs(('x' || left(replace(coatcheck.new_job_id()::text, '-', ''),
        12))::bit(48)::bigint
        - floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint), '<=',
    1000::bigint, 'its first 48 bits are the time in milliseconds');
SELECT is((SELECT count(DISTINCT coatcheck.new_job_id())
    FROM generate_series(1, 2000)), 2000::bigint, 'new ids differ');
SELECT throws_ok('SELECT pg_temp.put(1)', '23505', NULL,
    'a known id is refused');
SELECT is(pg_temp.place(1), 'ready 0', 'and the job of that id is as it was');

-- Time
SELECT lives_ok($$SELECT pg_temp.put(3, run_at => now() + interval '1 h')$$,
    'a job for later');
SELECT is(pg_temp.place(3), 'scheduled 0', 'waits for its time');
SELECT lives_ok($$SELECT pg_temp.put(4, run_at => now() - interval '1 h')$$,
    'a job for the past');
SELECT is(pg_temp.place(4), 'ready 0', 'is ready');
SELECT throws_ok($$SELECT pg_temp.put(5, run_at => 'infinity')$$, '22023', NULL,
    'a job for never is refused');
SELECT throws_ok($$SELECT pg_temp.put(5, run_at => '-infinity')$$, '22023',
    NULL, 'so is one for the beginning of time');

-- Types
SELECT lives_ok($$SELECT pg_temp.put(6, 'T_NEVER_SEEN_BEFORE')$$,
    'an unknown type is accepted: a worker says what it knows');
SELECT is((SELECT count(*) FROM coatcheck.job_type
    WHERE name = 'T_NEVER_SEEN_BEFORE'), 1::bigint, 'and registered once');
SELECT throws_ok(format('SELECT pg_temp.put(7, %L)', name), '22023', NULL,
    'not a type name: ' || coalesce(left(to_json(name)::text, 12), 'NULL'))
FROM (VALUES (NULL), (''), ('lower'), ('1ST'), ('A-B'), (E'A\n'),
    (repeat('A', 64))) v(name);
SELECT lives_ok(format('SELECT pg_temp.put(8, %L)', repeat('A', 63)),
    'the longest name');

-- Payload and numbers
SELECT throws_ok($$SELECT coatcheck.enqueue('T_PLAIN', NULL)$$, '22023', NULL,
    'a payload is needed');
SELECT throws_ok($$SELECT coatcheck.enqueue('T_PLAIN', '{"a": "\u0000"}')$$,
    '22P05', NULL, '\u0000 in a payload is refused');
SELECT throws_ok($$SELECT coatcheck.enqueue('T_PLAIN', '{"a": ')$$, '22P02',
    NULL, 'what is not JSON is refused');
SELECT throws_ok(format($$SELECT coatcheck.enqueue('T_PLAIN', '{}',
        priority => %s, max_attempts => %s)$$, p, m), '22023', NULL,
    format('priority %s with %s attempts is refused', p, m))
FROM (VALUES (4, 3), (2, 1000000)) v(p, m);

SELECT * FROM finish();
ROLLBACK;
