-- How finished jobs leave.
BEGIN;
\ir helpers.psql
SELECT plan(18);

-- By age
SELECT coatcheck.enqueue('T_OLD', '{}', job_id => pg_temp.id(n))
FROM generate_series(1, 6) n
\g /dev/null
SELECT coatcheck.cancel(pg_temp.id(n),
    '00000000-0000-0000-0000-000000000000', '{T_OLD}')
FROM generate_series(1, 5) n
\g /dev/null
UPDATE coatcheck.result SET completed_at = now() - n * interval '1 day'
FROM generate_series(1, 4) n WHERE job_id = pg_temp.id(n);
INSERT INTO coatcheck.attempt_failure (job_id, token, attempt, worker_id,
    claimed_at, error_code, error)
VALUES (pg_temp.id(4), 1, 1, 1, now(), 'x', 'X.');
INSERT INTO coatcheck.event (job_id, token, seq, kind, body)
VALUES (pg_temp.id(4), 1, 1, 'chunk', 'X');
SELECT is(coatcheck.expire(36 * 3600 * 1000, 2), 2, 'a batch');
SELECT results_eq('SELECT job_id FROM coatcheck.result ORDER BY 1',
    'SELECT pg_temp.id(n) FROM (VALUES (1), (2), (5)) v(n) ORDER BY 1',
    'takes the oldest');
SELECT is((SELECT count(*) FROM coatcheck.job WHERE job_id = pg_temp.id(4)),
    0::bigint, 'with its question');
SELECT is((SELECT count(*) FROM coatcheck.attempt_failure
    WHERE job_id = pg_temp.id(4)), 0::bigint, 'its failures');
SELECT is((SELECT count(*) FROM coatcheck.event
    WHERE job_id = pg_temp.id(4)), 0::bigint, 'and its output');
SELECT is(coatcheck.expire(36 * 3600 * 1000, 2), 1, 'the next batch');
SELECT is(coatcheck.expire(36 * 3600 * 1000, 2), 0, 'and no more');
SELECT is((SELECT count(*) FROM coatcheck.job WHERE job_id IN
    (pg_temp.id(1), pg_temp.id(5), pg_temp.id(6))), 3::bigint,
    'younger jobs stay, and those that have not ended');
SELECT is(coatcheck.expire(0, 10), 2, 'of any age');
SELECT is((SELECT count(*) FROM coatcheck.ready
    WHERE job_id = pg_temp.id(6)), 1::bigint, 'but what waits, waits on');

-- At the wish of a person
SELECT coatcheck.enqueue('T_OURS', '{}', user_id => pg_temp.id(70 + n / 4),
    job_id => pg_temp.id(10 + n))
FROM generate_series(0, 7) n
\g /dev/null
SELECT * FROM pg_temp.take('{T_OURS}', 1)
\g /dev/null
SELECT coatcheck.cancel(pg_temp.id(11), pg_temp.id(70), '{T_OURS}')
\g /dev/null
SELECT is(coatcheck.forget(pg_temp.id(70)), 4::bigint, 'all jobs of a person');
SELECT is((SELECT count(*) FROM coatcheck.job
    WHERE user_id = pg_temp.id(70)), 0::bigint, 'are gone');
SELECT is((SELECT count(*) FROM coatcheck.lease) + (SELECT count(*)
    FROM coatcheck.result), 0::bigint, 'running and finished ones');
SELECT is((SELECT count(*) FROM coatcheck.ready q JOIN coatcheck.job j
    USING (job_id) WHERE j.user_id = pg_temp.id(71)), 4::bigint,
    'and none of anybody else');
SELECT is((SELECT count(*) FROM coatcheck.ready), 5::bigint,
    'nothing is left to claim that has no question');
SELECT is(coatcheck.forget(pg_temp.id(70)), 0::bigint, 'once is enough');
SELECT throws_ok($$SELECT coatcheck.forget(
    '00000000-0000-0000-0000-000000000000')$$, '22023', NULL,
    'visitors are not one person');

-- Workers that are gone
INSERT INTO coatcheck.worker (host, pid, version, seen_at, stopped_at)
SELECT 't-gone', n, 'v', now() - n * interval '12 hours',
    CASE WHEN n < 4 THEN now() END
FROM generate_series(1, 5) n;
SELECT coatcheck.expire(1000, 10)
\g /dev/null
SELECT is((SELECT array_agg(pid ORDER BY pid) FROM coatcheck.worker
    WHERE host = 't-gone'), '{1}',
    'workers that nobody has heard of for a day go');

SELECT * FROM finish();
ROLLBACK;
