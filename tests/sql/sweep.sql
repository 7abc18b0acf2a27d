-- Taking up what a dead worker left behind.
BEGIN;
\ir helpers.psql
SELECT plan(19);

SELECT row_eq('SELECT * FROM coatcheck.sweep()', ROW(0, 0), 'nothing to sweep');
SELECT pg_temp.run(1)
\g /dev/null
CREATE TEMP TABLE live AS SELECT pg_temp.dump(1);
SELECT row_eq('SELECT * FROM coatcheck.sweep()', ROW(0, 0),
    'invariant 4: a live lease is never swept');
SELECT is(pg_temp.dump(1), (SELECT dump FROM live), 'nor touched');

CREATE TEMP TABLE old AS SELECT pg_temp.run(2, most => 2,
    lease_ms => 0) AS token;
SELECT row_eq('SELECT * FROM coatcheck.sweep()', ROW(1, 0),
    'invariant 4: an expired one is taken up');
SELECT is(pg_temp.place(2), 'ready 1', 'and ready again, its attempt counted');
SELECT row_eq($$SELECT token, attempt, worker_id, error_code
    FROM coatcheck.attempt_failure WHERE job_id = pg_temp.id(2)$$,
    (SELECT ROW(token, 1::smallint, 7, 'worker_lost'::text) FROM old),
    'the loss is on record');
SELECT is_empty($$SELECT * FROM coatcheck.result WHERE job_id = pg_temp.id(2)$$,
    'a job with attempts left has no failure to show');
SELECT is((SELECT attempt FROM pg_temp.take('{T_PLAIN}', lease_ms => 0)),
    2::smallint, 'its last attempt');
SELECT row_eq('SELECT * FROM coatcheck.sweep()', ROW(0, 1),
    'invariant 4: one without attempts left fails');
SELECT is(pg_temp.place(2), 'FAILED 2', 'for good: it is not stuck');
SELECT is((SELECT error_code FROM coatcheck.result
    WHERE job_id = pg_temp.id(2)), 'worker_lost', 'and says why');
SELECT row_eq('SELECT * FROM coatcheck.sweep()', ROW(0, 0), 'once');

-- A job that kills each worker that takes it
SELECT pg_temp.put(3, 'T_POISON')
\g /dev/null
CREATE TEMP TABLE runs (took bigint);
DO $$ BEGIN
    FOR i IN 1..6 LOOP
        INSERT INTO runs
        SELECT count(*) FROM pg_temp.take('{T_POISON}', lease_ms => 0);
        PERFORM * FROM coatcheck.sweep();
    END LOOP;
END $$;
SELECT is((SELECT sum(took) FROM runs), 3::numeric,
    'invariant 3: a job that kills its workers runs three times');
SELECT is(pg_temp.place(3), 'FAILED 3', 'and then fails');
SELECT is((SELECT count(DISTINCT token) FROM coatcheck.attempt_failure
    WHERE job_id = pg_temp.id(3)), 3::bigint, 'each time under a new token');

-- Bounds
SELECT pg_temp.run(n, lease_ms => 0) FROM generate_series(10, 14) n
\g /dev/null
SELECT row_eq('SELECT * FROM coatcheck.sweep(2)', ROW(2, 0),
    'at most as many as asked for');
SELECT row_eq('SELECT * FROM coatcheck.sweep()', ROW(3, 0), 'then the rest');
SELECT pg_temp.run(20, 'T_MIXED', lease_ms => 0)
\g /dev/null
SELECT pg_temp.run(21, 'T_MIXED', 1, lease_ms => 0)
\g /dev/null
SELECT row_eq('SELECT * FROM coatcheck.sweep()', ROW(1, 1),
    'both kinds at once');
SELECT is(pg_temp.place(1), 'lease 1', 'the live one lives on');

SELECT * FROM finish();
ROLLBACK;
