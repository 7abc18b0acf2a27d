-- Cancelling, by the owner, in each state a job can be in.
BEGIN;
\ir helpers.psql
SELECT plan(23);

CREATE FUNCTION pg_temp.cancel(n integer,
    owner uuid DEFAULT '00000000-0000-0000-0000-000000000000',
    kinds text[] DEFAULT '{T_PLAIN}') RETURNS text LANGUAGE sql AS $$
    SELECT coatcheck.cancel(pg_temp.id(n), owner, kinds)
$$;

SELECT pg_temp.put(1)
\g /dev/null
SELECT is(pg_temp.cancel(1), 'cancelled', 'a ready job');
SELECT is(pg_temp.place(1), 'CANCELLED 0', 'is CANCELLED');
SELECT is_empty('SELECT * FROM pg_temp.take()', 'and never runs');
SELECT pg_temp.put(2, run_at => now() + interval '1 h')
\g /dev/null
SELECT is(pg_temp.cancel(2), 'cancelled', 'a scheduled job');
SELECT is(pg_temp.place(2), 'CANCELLED 0', 'is CANCELLED');
CREATE TEMP TABLE t AS SELECT pg_temp.run(3) AS token;
SELECT is(pg_temp.cancel(3), 'cut', 'a running job');
SELECT is(pg_temp.place(3), 'CANCELLED 1', 'is CANCELLED with its attempt');
SELECT row_eq($$SELECT token, result, error, error_code
    FROM coatcheck.result WHERE job_id = pg_temp.id(3)$$,
    (SELECT ROW(token, NULL::jsonb, NULL::text, NULL::text) FROM t),
    'under the token it cut');
SELECT ok(NOT coatcheck.write_event(pg_temp.id(3), token, 1, 'chunk', 'x'),
    'which writes nothing any more') FROM t;
SELECT is_empty($$SELECT h.* FROM t, coatcheck.heartbeat(ARRAY[pg_temp.id(3)],
    ARRAY[token], 30000) h$$, 'and renews nothing');

-- Final ones
CREATE TEMP TABLE done AS SELECT pg_temp.run(4) AS token;
SELECT pg_temp.settle(4, token, 'COMPLETED') FROM done
\g /dev/null
CREATE TEMP TABLE fail AS SELECT pg_temp.run(5) AS token;
SELECT pg_temp.settle(5, token, 'FAILED') FROM fail
\g /dev/null
CREATE TEMP TABLE finals AS
    SELECT n, pg_temp.dump(n) FROM generate_series(1, 5) n;
SELECT is(pg_temp.cancel(n), 'final', format('job %s had ended', n))
FROM generate_series(1, 5) n;
SELECT results_eq('SELECT n, pg_temp.dump(n) FROM generate_series(1, 5) n',
    'SELECT * FROM finals', 'invariant 1: a cancel changes no final state');

-- Strangers
SELECT pg_temp.put(6)
\g /dev/null
SELECT is(pg_temp.cancel(6, pg_temp.id(99)), NULL, 'of another owner: no job');
SELECT is(pg_temp.cancel(6, NULL), NULL, 'of no owner: no job');
SELECT is(pg_temp.cancel(6, kinds => '{T_OTHER}'), NULL,
    'of other types: no job');
SELECT is(pg_temp.cancel(6, kinds => NULL), NULL, 'of no types: no job');
SELECT is(pg_temp.cancel(7), NULL, 'unknown: no job');
SELECT is(pg_temp.place(6), 'ready 0', 'and the job is as it was');
SELECT is(pg_temp.cancel(6, kinds => '{T_OTHER,T_PLAIN}'), 'cancelled',
    'its owner may');

SELECT * FROM finish();
ROLLBACK;
