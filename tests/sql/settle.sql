-- Ending attempts: what a token may write, what a late one may not, and what
-- asking twice answers.
BEGIN;
\ir helpers.psql
SELECT plan(63);

-- The three outcomes
CREATE TEMP TABLE tok (n integer PRIMARY KEY, token bigint);
INSERT INTO tok SELECT n, pg_temp.run(n) FROM generate_series(1, 3) n;
CREATE FUNCTION pg_temp.tok(integer) RETURNS bigint LANGUAGE sql AS
    'SELECT token FROM tok WHERE n = $1';
SELECT is(pg_temp.settle(1, pg_temp.tok(1), 'COMPLETED', NULL), 'COMPLETED',
    'a completed attempt completes the job');
SELECT is(pg_temp.place(1), 'COMPLETED 1', 'which stands in one place');
SELECT row_eq($$SELECT status, token, result, error, error_code
    FROM coatcheck.result WHERE job_id = pg_temp.id(1)$$,
    ROW('COMPLETED'::text, pg_temp.tok(1), '{"a": 1}'::jsonb, NULL::text,
        NULL::text), 'with its result, under its token');
SELECT is_empty($$SELECT FROM coatcheck.attempt_failure
    WHERE job_id = pg_temp.id(1)$$, 'and no failure');
SELECT is(pg_temp.settle(2, pg_temp.tok(2), 'FAILED', 'bad_input'), 'FAILED',
    'invariant 6: a permanent failure fails at once');
SELECT is(pg_temp.place(2), 'FAILED 1', 'with attempts left');
SELECT row_eq($$SELECT result, error, error_code FROM coatcheck.result
    WHERE job_id = pg_temp.id(2)$$,
    ROW(NULL::jsonb, 'It broke.'::text, 'bad_input'::text),
    'and keeps a sentence and a word');
SELECT is(pg_temp.settle(3, pg_temp.tok(3), 'RETRY', 'busy', 60000), 'RETRY',
    'invariant 6: a transient failure waits');
SELECT is(pg_temp.place(3), 'scheduled 1', 'for its next attempt');
SELECT cmp_ok((SELECT run_at - clock_timestamp() FROM coatcheck.scheduled
    WHERE job_id = pg_temp.id(3)), '>', interval '50 s',
    'as long as it was told');
SELECT row_eq($$SELECT token, attempt, worker_id, error_code
    FROM coatcheck.attempt_failure WHERE job_id = pg_temp.id(3)$$,
    ROW(pg_temp.tok(3), 1::smallint, 7, 'busy'::text),
    'and the failure is on record');
SELECT is((SELECT count(*) FROM coatcheck.attempt_failure
    WHERE job_id = pg_temp.id(2)), 1::bigint, 'so is the permanent one');

-- Asking again
CREATE TEMP TABLE before AS
    SELECT n, pg_temp.dump(n) FROM generate_series(1, 3) n;
SELECT is(pg_temp.settle(1, pg_temp.tok(1), 'COMPLETED', NULL), 'COMPLETED',
    'asked again: COMPLETED');
SELECT is(pg_temp.settle(2, pg_temp.tok(2), 'FAILED', 'bad_input'), 'FAILED',
    'asked again: FAILED');
SELECT is(pg_temp.settle(3, pg_temp.tok(3), 'RETRY', 'busy', 60000), 'RETRY',
    'asked again: RETRY');
SELECT results_eq('SELECT n, pg_temp.dump(n) FROM generate_series(1, 3) n',
    'SELECT * FROM before', 'and nothing was written');

-- A final state never changes
SELECT is(pg_temp.settle(n, pg_temp.tok(n) + d, outcome, 'other'), 'LOST',
    format('job %s is final: %s with token %s is LOST', n, outcome,
        CASE d WHEN 0 THEN 'of the winner' ELSE 'of nobody' END))
FROM (VALUES (1, 'FAILED', 0), (1, 'RETRY', 0), (1, 'COMPLETED', 9999999),
    (2, 'COMPLETED', 0), (2, 'FAILED', 0), (2, 'RETRY', 0),
    (2, 'FAILED', 9999999)) v(n, outcome, d);
SELECT results_eq('SELECT n, pg_temp.dump(n) FROM generate_series(1, 3) n',
    'SELECT * FROM before',
    'invariant 1: no byte of a final state has changed');
SELECT throws_ok($$INSERT INTO coatcheck.result (job_id, type_id, status,
        attempts, result) SELECT job_id, type_id, 'COMPLETED', 1, '{}'
    FROM coatcheck.result WHERE job_id = pg_temp.id(2)$$, '23505', NULL,
    'invariant 1: there is room for one result');

-- Old tokens
CREATE TEMP TABLE old AS SELECT pg_temp.run(10, lease_ms => 0) AS token;
SELECT * FROM coatcheck.sweep()
\g /dev/null
CREATE TEMP TABLE new AS SELECT token FROM pg_temp.take();
SELECT cmp_ok((SELECT token FROM new), '>', (SELECT token FROM old),
    'a second attempt has a greater token');
CREATE TEMP TABLE held AS SELECT pg_temp.dump(10);
SELECT is(pg_temp.settle(10, old.token, outcome), 'LOST',
    'invariant 2: a late ' || outcome || ' is LOST')
FROM old, (VALUES ('COMPLETED'), ('FAILED'), ('RETRY')) v(outcome);
SELECT is(pg_temp.dump(10), (SELECT dump FROM held),
    'invariant 2: and the newer lease is untouched');
SELECT is(pg_temp.settle(10, token, 'COMPLETED', result => '{"by": "new"}'),
    'COMPLETED', 'the newest token settles') FROM new;
SELECT is(pg_temp.settle(10, token, 'COMPLETED', result => '{"by": "old"}'),
    'LOST', 'the old one is LOST after that, too') FROM old;
SELECT is((SELECT result FROM coatcheck.result WHERE job_id = pg_temp.id(10)),
    '{"by": "new"}', 'invariant 2: the result stays');
SELECT is(pg_temp.settle(11, 1, 'COMPLETED'), 'LOST',
    'a job that never was is LOST');

-- Attempts run out
CREATE TEMP TABLE last AS SELECT pg_temp.run(20, most => 1) AS token;
SELECT is(pg_temp.settle(20, token, 'RETRY', 'busy', 60000), 'FAILED',
    'a RETRY without attempts left is FAILED') FROM last;
SELECT is(pg_temp.place(20), 'FAILED 1', 'for good');
SELECT is(pg_temp.settle(20, token, 'RETRY', 'busy', 60000), 'FAILED',
    'and FAILED when asked again') FROM last;

-- A retry that has moved on meanwhile
CREATE TEMP TABLE first AS SELECT pg_temp.run(21) AS token;
SELECT pg_temp.settle(21, token, 'RETRY', 'busy') FROM first
\g /dev/null
SELECT * FROM coatcheck.promote()
\g /dev/null
SELECT pg_temp.settle(21, token, 'COMPLETED') FROM pg_temp.take()
\g /dev/null
SELECT is(pg_temp.settle(21, token, 'RETRY', 'busy'), 'RETRY',
    'the verdict of the first attempt outlives the second') FROM first;

-- Cancelled, or failed by a sweep
CREATE TEMP TABLE cut AS SELECT pg_temp.run(22) AS token;
SELECT coatcheck.cancel(pg_temp.id(22),
    '00000000-0000-0000-0000-000000000000', '{T_PLAIN}')
\g /dev/null
CREATE TEMP TABLE gone AS SELECT pg_temp.dump(22);
SELECT is(pg_temp.settle(22, token, outcome), 'CANCELLED',
    outcome || ' after a cancel says CANCELLED')
FROM cut, (VALUES ('COMPLETED'), ('FAILED'), ('RETRY')) v(outcome);
SELECT is(pg_temp.dump(22), (SELECT dump FROM gone), 'and changes nothing');
CREATE TEMP TABLE swept AS SELECT pg_temp.run(23, most => 1, lease_ms => 0)
    AS token;
SELECT * FROM coatcheck.sweep()
\g /dev/null
SELECT is(pg_temp.settle(23, token, outcome, 'mine'), 'LOST',
    outcome || ' after the sweep has failed the job is LOST')
FROM swept, (VALUES ('COMPLETED'), ('FAILED'), ('RETRY')) v(outcome);
SELECT is((SELECT error_code FROM coatcheck.result
    WHERE job_id = pg_temp.id(23)), 'worker_lost', 'and its word stays');

-- Many at once
CREATE TEMP TABLE many AS
    SELECT n, pg_temp.run(n) AS token FROM generate_series(30, 33) n;
SELECT results_eq($$SELECT s.job_id, s.verdict FROM coatcheck.settle(
        (SELECT array_agg(pg_temp.id(n) ORDER BY n DESC) FROM many),
        (SELECT array_agg(CASE n WHEN 33 THEN 1 ELSE token END ORDER BY n DESC)
            FROM many),
        '{COMPLETED,RETRY,FAILED,COMPLETED}',
        '{"{\"n\": 33}",NULL,NULL,"{\"n\": 30}"}', '{NULL,NULL,NULL,NULL}',
        '{NULL,e32,e31,NULL}', '{NULL,c32,c31,NULL}', '{NULL,NULL,d31,NULL}',
        '{0,5,0,0}') s ORDER BY 1$$,
    $$VALUES (pg_temp.id(30), 'COMPLETED'), (pg_temp.id(31), 'FAILED'),
        (pg_temp.id(32), 'RETRY'), (pg_temp.id(33), 'LOST')$$,
    'each of a batch gets its own verdict');
SELECT is((SELECT result FROM coatcheck.result WHERE job_id = pg_temp.id(30)),
    '{"n": 30}', 'and its own result');
SELECT is((SELECT (error, error_code)::text FROM coatcheck.result
    WHERE job_id = pg_temp.id(31)), '(e31,c31)', 'its own error');
SELECT is((SELECT detail FROM coatcheck.attempt_failure
    WHERE job_id = pg_temp.id(31)), 'd31', 'and its own detail');
CREATE TEMP TABLE twice AS SELECT pg_temp.run(40) AS token;
SELECT bag_eq($$SELECT s.verdict FROM twice, coatcheck.settle(
        ARRAY[pg_temp.id(40), pg_temp.id(40), pg_temp.id(40)],
        ARRAY[token, token, token], '{COMPLETED,COMPLETED,FAILED}',
        '{"1","2",NULL}', '{NULL,NULL,NULL}', '{NULL,NULL,e}', '{NULL,NULL,c}',
        '{NULL,NULL,NULL}', '{0,0,0}') s$$,
    ARRAY['COMPLETED', 'COMPLETED', 'LOST'],
    'a job that stands in one batch thrice is settled by the first');
SELECT is((SELECT result FROM coatcheck.result WHERE job_id = pg_temp.id(40)),
    '1', 'and the first is what is stored');
SELECT is_empty($$SELECT * FROM coatcheck.settle('{}', '{}', '{}', '{}', '{}',
    '{}', '{}', '{}', '{}')$$, 'an empty batch is no error');

-- What cannot be stored is refused whole
CREATE TEMP TABLE odd AS SELECT pg_temp.run(50) AS token;
CREATE TEMP TABLE kept AS SELECT pg_temp.dump(50);
SELECT throws_ok(format($$SELECT pg_temp.settle(50, %s, %L)$$, token, outcome),
    '22023', NULL, 'not an outcome: ' || coalesce(outcome, 'NULL'))
FROM odd, (VALUES ('DONE'), ('CANCELLED'), (NULL)) v(outcome);
SELECT throws_ok(format($$SELECT pg_temp.settle(50, %s, 'COMPLETED',
    result => %L)$$, token, result), state, NULL, 'not a result: ' || why)
FROM odd, (VALUES ('{"a": "\u0000"}', '22P05', '\u0000'),
    ('{"a"', '22P02', 'half a text'), (NULL, '23514', 'none'))
    v(result, state, why);
SELECT is(pg_temp.dump(50), (SELECT dump FROM kept),
    'the lease has outlived all that');
SELECT is(pg_temp.settle(50, token, 'RETRY', delay_ms => NULL), 'RETRY',
    'no delay') FROM odd;
SELECT cmp_ok((SELECT run_at FROM coatcheck.scheduled
    WHERE job_id = pg_temp.id(50)), '<=', clock_timestamp(), 'is a delay of 0');
CREATE TEMP TABLE far AS SELECT pg_temp.run(51) AS token;
SELECT pg_temp.settle(51, token, 'RETRY', delay_ms => 9223372036854775807)
FROM far
\g /dev/null
SELECT cmp_ok((SELECT run_at FROM coatcheck.scheduled
    WHERE job_id = pg_temp.id(51)), '<=', clock_timestamp() + interval '1 day',
    'the longest delay is a day');

SELECT * FROM finish();
ROLLBACK;
