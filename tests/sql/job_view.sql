-- What a client sees of a job, and what it must not.
BEGIN;
\ir helpers.psql
SELECT plan(35);

CREATE FUNCTION pg_temp.see(n integer,
    owner uuid DEFAULT '00000000-0000-0000-0000-000000000000',
    kinds text[] DEFAULT '{T_PLAIN}')
RETURNS TABLE (job_type text, status text, attempts integer,
    created_at timestamptz, run_at timestamptz, queue_position integer,
    stage text, partial text, retry_after_ms integer, result jsonb,
    error text, error_code text, completed_at timestamptz, session_id uuid)
LANGUAGE sql AS 'SELECT * FROM coatcheck.job_view(pg_temp.id(n), owner, kinds)';

-- Ready
SELECT pg_temp.put(n) FROM generate_series(1, 3) n
\g /dev/null
SELECT row_eq('SELECT job_type, status, attempts, queue_position, run_at, result
    FROM pg_temp.see(2)', ROW('T_PLAIN'::text, 'PENDING'::text, 0, 2,
    NULL::timestamptz, NULL::jsonb), 'a ready job is PENDING with its position');
SELECT is(retry_after_ms, 1000, 'a type that never ran: ask again in a second')
FROM pg_temp.see(2);
SELECT pg_temp.put(4, prio => 0)
\g /dev/null
SELECT pg_temp.put(5, 'T_OTHER')
\g /dev/null
SELECT is(queue_position, 1, 'positions are counted within a lane')
FROM pg_temp.see(4);

-- Scheduled
SELECT pg_temp.put(6, run_at => '2200-01-01 00:00Z')
\g /dev/null
SELECT row_eq('SELECT status, attempts, queue_position, run_at, retry_after_ms
    FROM pg_temp.see(6)', ROW('PENDING'::text, 0, NULL::integer,
    '2200-01-01 00:00Z'::timestamptz, 5000),
    'a scheduled job is PENDING with its time and no position');
CREATE TEMP TABLE r AS SELECT pg_temp.run(7, 'T_AGAIN') AS token;
SELECT pg_temp.settle(7, token, 'RETRY', delay_ms => 3000) FROM r
\g /dev/null
SELECT row_eq($$SELECT status, attempts, error, error_code
    FROM pg_temp.see(7, kinds => '{T_AGAIN}')$$,
    ROW('PENDING'::text, 1, NULL::text, NULL::text),
    'a failed attempt shows its count and no error: it is not over');
SELECT cmp_ok(retry_after_ms, '>', 2000, 'and asks for patience until it is due')
FROM pg_temp.see(7, kinds => '{T_AGAIN}');

-- Running
CREATE TEMP TABLE a AS SELECT token FROM pg_temp.take(most => 1)
    WHERE job_id = pg_temp.id(4);
SELECT row_eq('SELECT status, attempts, stage, partial, queue_position
    FROM pg_temp.see(4)', ROW('PROCESSING'::text, 1, NULL::text, NULL::text,
    NULL::integer), 'a leased job is PROCESSING');
SELECT coatcheck.write_event(pg_temp.id(4), token, n, kind, body) FROM a,
    (VALUES (1, 'status', 'retrieving_context'), (2, 'chunk', 'Hel'),
    (3, 'status', 'generating_answer'), (4, 'chunk', 'lo')) v(n, kind, body)
\g /dev/null
SELECT row_eq('SELECT stage, partial FROM pg_temp.see(4)',
    ROW('generating_answer'::text, 'Hello'::text),
    'with its newest stage and the text so far');
SELECT coatcheck.worker_beat(0, 1, '{T_PLAIN}', '{4000}')
\g /dev/null
UPDATE coatcheck.lease SET claimed_at = claimed_at - interval '2 s'
WHERE job_id = pg_temp.id(4);
SELECT cmp_ok(retry_after_ms, '<=', 2000, 'a run of 4 s of which 2 have passed')
FROM pg_temp.see(4);
SELECT cmp_ok(retry_after_ms, '>', 200, 'has some way to go')
FROM pg_temp.see(4);
SELECT coatcheck.worker_beat(0, 1, '{T_PLAIN}', '{900000}')
\g /dev/null
SELECT is(retry_after_ms, 5000, 'but within 5 s') FROM pg_temp.see(4);
SELECT coatcheck.worker_beat(0, 1, '{T_PLAIN}', '{0}')
\g /dev/null
SELECT is(retry_after_ms, 200, 'and not within 200 ms') FROM pg_temp.see(4);
UPDATE coatcheck.lease SET lease_until = claimed_at;
SELECT * FROM coatcheck.sweep()
\g /dev/null
SELECT row_eq('SELECT status, attempts, stage, partial FROM pg_temp.see(4)',
    ROW('PENDING'::text, 1, NULL::text, NULL::text),
    'text of a lost attempt is not shown');
CREATE TEMP TABLE b AS SELECT token FROM pg_temp.take(most => 1);
SELECT is(partial, NULL, 'nor mixed into the next') FROM pg_temp.see(4);

-- Final
SELECT pg_temp.settle(4, token, 'COMPLETED') FROM b
\g /dev/null
SELECT row_eq('SELECT status, attempts, result, error, retry_after_ms
    FROM pg_temp.see(4)', ROW('COMPLETED'::text, 2, '{"a": 1}'::jsonb,
    NULL::text, NULL::integer), 'a completed job has its result');
SELECT isnt(completed_at, NULL, 'and its time') FROM pg_temp.see(4);
CREATE TEMP TABLE c AS SELECT pg_temp.run(8, 'T_FAIL') AS token;
SELECT pg_temp.settle(8, token, 'FAILED', 'bad_input') FROM c
\g /dev/null
SELECT row_eq($$SELECT status, result, error, error_code
    FROM pg_temp.see(8, kinds => '{T_FAIL}')$$, ROW('FAILED'::text,
    NULL::jsonb, 'It broke.'::text, 'bad_input'::text),
    'a failed one has a sentence and a word');
SELECT coatcheck.cancel(pg_temp.id(6),
    '00000000-0000-0000-0000-000000000000', '{T_PLAIN}')
\g /dev/null
SELECT is(status, 'CANCELLED', 'a cancelled one says so') FROM pg_temp.see(6);

-- Strangers
SELECT coatcheck.enqueue('T_PLAIN', '{}', pg_temp.id(90),
    job_id => pg_temp.id(9))
\g /dev/null
SELECT is_empty('SELECT * FROM pg_temp.see(9)', 'of another owner: no row');
SELECT is_empty('SELECT * FROM pg_temp.see(9, NULL)', 'of no owner: no row');
SELECT is_empty($$SELECT * FROM pg_temp.see(9, pg_temp.id(90), '{T_OTHER}')$$,
    'of other types: no row');
SELECT is_empty('SELECT * FROM pg_temp.see(9, pg_temp.id(90), NULL)',
    'of no types: no row');
SELECT is_empty('SELECT * FROM pg_temp.see(10)', 'unknown: no row');
SELECT is(count(*), 1::bigint, 'its owner sees it')
FROM pg_temp.see(9, pg_temp.id(90), '{T_OTHER,T_PLAIN}');

-- A long queue is counted to 1,000
SELECT pg_temp.put(n, 'T_LONG') FROM generate_series(1001, 2100) n
\g /dev/null
SELECT is(queue_position, want, 'place ' || n)
FROM (VALUES (1001, 1), (1999, 999), (2000, 1000), (2001, 1000), (2100, 1000))
    v(n, want), pg_temp.see(n, kinds => '{T_LONG}');

-- Readiness
DELETE FROM coatcheck.worker;
SELECT is(coatcheck.worker_age(), NULL, 'no worker, no age');
CREATE TEMP TABLE w AS SELECT coatcheck.worker_start('host', 42, '1.0') AS id;
SELECT cmp_ok(coatcheck.worker_age(), '<', 60::double precision, 'a fresh one');
UPDATE coatcheck.worker SET seen_at = seen_at - interval '1 h';
SELECT cmp_ok(coatcheck.worker_age(), '>', 3599::double precision,
    'a silent one');
SELECT coatcheck.worker_beat(id, 3, '{}', '{}') FROM w
\g /dev/null
SELECT row_eq('SELECT host, pid, version, in_flight FROM coatcheck.worker',
    ROW('host'::text, 42, '1.0'::text, 3), 'a beat is stored');
SELECT coatcheck.worker_stop(id) FROM w
\g /dev/null
SELECT is(coatcheck.worker_age(), NULL, 'a stopped one does not count');
SELECT set_eq('SELECT component, version FROM coatcheck.schema_versions()',
    'SELECT component, max(version) FROM coatcheck.schema_version GROUP BY 1',
    'the schema knows its versions');

SELECT * FROM finish();
ROLLBACK;
