-- Handing unfinished work back.
BEGIN;
\ir helpers.psql
SELECT plan(14);

CREATE TEMP TABLE t AS
    SELECT n, pg_temp.run(n, most => 1) AS token FROM generate_series(1, 3) n;
SELECT is(coatcheck.release(
        (SELECT array_agg(pg_temp.id(n)) FROM t WHERE n < 3),
        (SELECT array_agg(token) FROM t WHERE n < 3)), 2, 'two are released');
SELECT is(pg_temp.place(1), 'ready 0',
    'ready at once, the attempt refunded, though it was the last');
SELECT is(pg_temp.place(3), 'lease 1', 'the third runs on');
SELECT is_empty('SELECT * FROM coatcheck.attempt_failure
    WHERE job_id = pg_temp.id(1)', 'a release is no failure');
CREATE TEMP TABLE ready AS SELECT pg_temp.dump(1);
SELECT is(coatcheck.release(ARRAY[pg_temp.id(1)], ARRAY[token]), 0,
    'released twice: nothing') FROM t WHERE n = 1;
SELECT is(pg_temp.settle(1, token, 'COMPLETED'), 'LOST',
    'invariant 2: the released token settles nothing') FROM t WHERE n = 1;
SELECT is_empty($$SELECT h.* FROM t, coatcheck.heartbeat(
        ARRAY[pg_temp.id(n)], ARRAY[token], 30000) h WHERE n = 1$$,
    'invariant 2: and renews nothing');
SELECT ok(NOT coatcheck.write_event(pg_temp.id(1), token, 1, 'chunk', 'x'),
    'invariant 2: and writes nothing') FROM t WHERE n = 1;
SELECT is(pg_temp.dump(1), (SELECT dump FROM ready), 'nothing at all');
SELECT is(coatcheck.release(ARRAY[pg_temp.id(3)], ARRAY[token + 1000]), 0,
    'a wrong token releases nothing') FROM t WHERE n = 3;
CREATE TEMP TABLE again AS SELECT * FROM pg_temp.take();
SELECT set_eq('SELECT job_id, attempt FROM again',
    $$VALUES (pg_temp.id(1), 1::smallint), (pg_temp.id(2), 1)$$,
    'they are taken again, as the first attempt');
SELECT cmp_ok(a.token, '>', t.token, 'under a greater token')
FROM again a JOIN t ON a.job_id = pg_temp.id(t.n) WHERE t.n = 1;
SELECT is(pg_temp.settle(1, token, 'COMPLETED'), 'COMPLETED',
    'which completes') FROM again WHERE job_id = pg_temp.id(1);
SELECT is(coatcheck.release('{}', '{}'), 0, 'none are no error');

SELECT * FROM finish();
ROLLBACK;
