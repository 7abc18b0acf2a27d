-- The view in the shape of the table that this design replaces.
BEGIN;
\ir helpers.psql
SELECT plan(12);

SELECT columns_are('coatcheck', 'background_jobs', ARRAY['job_id', 'job_type',
    'status', 'payload', 'result', 'error_message', 'attempts', 'max_attempts',
    'user_id', 'session_id', 'locked_at', 'created_at', 'completed_at',
    'updated_at', 'run_at'], 'the known columns, and run_at');
SELECT col_type_is('coatcheck', 'background_jobs', c::name, t,
    format('%s is %s', c, t))
FROM (VALUES ('job_id', 'uuid'), ('payload', 'jsonb'), ('attempts', 'integer'))
    v(c, t);

CREATE TEMP TABLE tok AS
    SELECT n, pg_temp.run(n, 'T_' || n) AS token FROM generate_series(1, 5) n;
SELECT pg_temp.settle(1, token, 'COMPLETED') FROM tok WHERE n = 1
\g /dev/null
SELECT pg_temp.settle(2, token, 'FAILED') FROM tok WHERE n = 2
\g /dev/null
SELECT pg_temp.settle(3, token, 'RETRY', 'busy', 60000) FROM tok WHERE n = 3
\g /dev/null
SELECT coatcheck.cancel(pg_temp.id(4), '00000000-0000-0000-0000-000000000000',
    '{T_4}')
\g /dev/null
SELECT pg_temp.put(6)
\g /dev/null
SELECT results_eq($$SELECT job_type, status, result, error_message, attempts,
        max_attempts, locked_at IS NOT NULL, completed_at IS NOT NULL,
        run_at IS NOT NULL
    FROM coatcheck.background_jobs WHERE job_id <= pg_temp.id(6)
    ORDER BY job_id$$,
    $$VALUES ('T_1', 'COMPLETED', '{"a": 1}'::jsonb, NULL, 1, 3, false, true,
    false),
    ('T_2', 'FAILED', NULL, 'It broke.', 1, 3, false, true, false),
    ('T_3', 'PENDING', NULL, 'It broke.', 1, 3, false, false, true),
    ('T_4', 'CANCELLED', NULL, NULL, 1, 3, false, true, false),
    ('T_5', 'PROCESSING', NULL, NULL, 1, 3, true, false, false),
    ('T_PLAIN', 'PENDING', NULL, NULL, 0, 3, false, false, false)$$,
    'every state in the old words');
SELECT is((SELECT count(*) FROM coatcheck.background_jobs
    WHERE job_id <= pg_temp.id(6)), 6::bigint, 'each job is one row');
SELECT ok(bool_and(updated_at >= created_at),
    'nothing is updated before it is made')
FROM coatcheck.background_jobs;
SELECT is(updated_at, completed_at, 'the end is the last update')
FROM coatcheck.background_jobs WHERE job_id = pg_temp.id(1);
SELECT is(updated_at, locked_at, 'of a running job it is the claim')
FROM coatcheck.background_jobs WHERE job_id = pg_temp.id(5);
SELECT is(b.updated_at, f.failed_at, 'of a failed attempt it is the failure')
FROM coatcheck.background_jobs b JOIN coatcheck.attempt_failure f
    USING (job_id) WHERE job_id = pg_temp.id(3);
SELECT is(payload, '{"n": 1}', 'the payload is the payload')
FROM coatcheck.background_jobs WHERE job_id = pg_temp.id(6);
SELECT throws_ok($$UPDATE coatcheck.background_jobs SET status = 'PENDING'$$,
    '55000', NULL, 'it is for reading only');

SELECT * FROM finish();
ROLLBACK;
