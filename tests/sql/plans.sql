-- Plans made while the tables were empty must not turn bad when they are full.
-- The statistics of this transaction tell how many rows were read: each
-- function may read what it is asked about, and not the whole table. Needs a
-- superuser, who can make the planner believe in empty tables.
BEGIN;
\ir helpers.psql
SELECT plan(23);

TRUNCATE coatcheck.job, coatcheck.ready, coatcheck.scheduled, coatcheck.lease,
    coatcheck.result, coatcheck.attempt_failure, coatcheck.event;
UPDATE pg_class SET relpages = 0, reltuples = 0
WHERE relnamespace = 'coatcheck'::regnamespace;

CREATE TABLE public.t_seen (rel text PRIMARY KEY, seq bigint, rows bigint);
CREATE FUNCTION pg_temp.now_read() RETURNS TABLE (rel text, seq bigint,
    rows bigint) LANGUAGE sql AS $$
    SELECT relname::text, seq_scan, seq_tup_read + idx_tup_fetch
    FROM pg_stat_xact_user_tables WHERE schemaname = 'coatcheck'
$$;
-- Runs a statement and says what it read of a table: "s scans, at most n rows"
CREATE FUNCTION pg_temp.reads(statement text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM public.t_seen;
    INSERT INTO public.t_seen SELECT * FROM pg_temp.now_read();
    EXECUTE statement;
    UPDATE public.t_seen s SET seq = n.seq - s.seq, rows = n.rows - s.rows
    FROM pg_temp.now_read() n WHERE n.rel = s.rel;
END $$;
CREATE FUNCTION pg_temp.within(table_ text, most integer, what text)
RETURNS text LANGUAGE sql AS $$
    SELECT ok(seq = 0 AND rows <= most, format(
        '%s: at most %s rows of %s (%s read, %s table scans)', what, most,
        table_, rows, seq))
    FROM public.t_seen WHERE rel = table_
$$;

-- Generic plans, made while there is nothing
DO $$
DECLARE
    a uuid[] := ARRAY[pg_temp.id(1)];
BEGIN
    FOR i IN 1..12 LOOP
        PERFORM * FROM pg_temp.take('{T_BULK}', 1000);
        PERFORM * FROM coatcheck.heartbeat(a, '{1}', 1);
        PERFORM * FROM coatcheck.settle(a, '{1}', '{COMPLETED}', '{1}',
            '{NULL}', '{NULL}', '{NULL}', '{NULL}', '{0}');
        PERFORM coatcheck.release(a, '{1}');
        PERFORM coatcheck.write_event(a[1], 1, 1, 'chunk', 'x');
        PERFORM * FROM coatcheck.sweep();
        PERFORM * FROM coatcheck.promote();
        PERFORM coatcheck.cancel(a[1], a[1], '{T_BULK}');
        PERFORM * FROM coatcheck.job_view(a[1], a[1], '{T_BULK}');
    END LOOP;
END $$;
SELECT count(pg_temp.put(n, 'T_BULK')) FROM generate_series(1, 3000) n
\g /dev/null
SELECT count(pg_temp.put(n, 'T_BULK', run_at => now() + interval '1 h'))
FROM generate_series(3001, 5000) n
\g /dev/null
CREATE TABLE public.t_got (job_id uuid, token bigint, nth serial);

SELECT pg_temp.reads($$INSERT INTO public.t_got (job_id, token)
    SELECT job_id, token FROM pg_temp.take('{T_BULK}', 1000)$$)
\g /dev/null
SELECT is((SELECT count(*) FROM public.t_got), 1000::bigint,
    'a claim of 1,000 takes 1,000');
SELECT pg_temp.within('ready', 1001, 'claim of 1,000');
SELECT pg_temp.within('job', 1001, 'claim of 1,000');
SELECT pg_temp.reads($$SELECT * FROM pg_temp.take('{T_BULK}', 1)$$)
\g /dev/null
SELECT pg_temp.within('ready', 1001,
    'claim of 1 walks over what this transaction took');

SELECT pg_temp.reads($$SELECT * FROM coatcheck.heartbeat(
    (SELECT array_agg(job_id) FROM public.t_got WHERE nth <= 100),
    (SELECT array_agg(token) FROM public.t_got WHERE nth <= 100), 30000)$$)
\g /dev/null
SELECT pg_temp.within('lease', 300, 'heartbeat of 100');

SELECT pg_temp.reads($$SELECT * FROM coatcheck.settle(
    (SELECT array_agg(job_id) FROM public.t_got WHERE nth <= 100),
    (SELECT array_agg(token) FROM public.t_got WHERE nth <= 100),
    array_fill('COMPLETED'::text, '{100}'), array_fill('{}'::text, '{100}'),
    NULL, NULL, NULL, NULL, NULL)$$)
\g /dev/null
SELECT is((SELECT count(*) FROM coatcheck.result), 100::bigint,
    'a settle of 100 settles 100');
SELECT pg_temp.within('lease', 300, 'settle of 100');
SELECT pg_temp.within('result', 100, 'settle of 100');
SELECT pg_temp.within('job', 100, 'settle of 100');
SELECT pg_temp.reads($$SELECT * FROM coatcheck.settle(
    (SELECT array_agg(job_id) FROM public.t_got WHERE nth <= 100),
    (SELECT array_agg(token) FROM public.t_got WHERE nth <= 100),
    array_fill('COMPLETED'::text, '{100}'), array_fill('{}'::text, '{100}'),
    NULL, NULL, NULL, NULL, NULL)$$)
\g /dev/null
SELECT pg_temp.within('result', 100, 'settle of 100 again');
SELECT pg_temp.within('attempt_failure', 100, 'settle of 100 again');

SELECT pg_temp.reads($$SELECT coatcheck.release(
    (SELECT array_agg(job_id) FROM public.t_got WHERE nth BETWEEN 101 AND 200),
    (SELECT array_agg(token) FROM public.t_got WHERE nth BETWEEN 101 AND 200))$$)
\g /dev/null
SELECT pg_temp.within('lease', 300, 'release of 100');

SELECT pg_temp.reads(format('SELECT coatcheck.write_event(%L, %s, 1, %L, %L)',
    job_id, token, 'chunk', 'x')) FROM public.t_got WHERE nth = 500
\g /dev/null
SELECT pg_temp.within('lease', 2, 'an event');

SELECT pg_temp.reads('SELECT * FROM coatcheck.sweep()')
\g /dev/null
SELECT pg_temp.within('lease', 1001, 'sweep of nothing');
UPDATE coatcheck.lease SET lease_until = claimed_at
WHERE job_id IN (SELECT job_id FROM public.t_got WHERE nth BETWEEN 301 AND 400);
SELECT pg_temp.reads('SELECT * FROM coatcheck.sweep()')
\g /dev/null
SELECT pg_temp.within('lease', 1500, 'sweep of 100');

SELECT pg_temp.reads('SELECT * FROM coatcheck.promote()')
\g /dev/null
SELECT pg_temp.within('scheduled', 3, 'promote of nothing');
UPDATE coatcheck.scheduled SET run_at = now()
WHERE job_id IN (SELECT pg_temp.id(n) FROM generate_series(3001, 3050) n);
SELECT pg_temp.reads('SELECT * FROM coatcheck.promote()')
\g /dev/null
SELECT pg_temp.within('scheduled', 203, 'promote of 50');

SELECT pg_temp.reads(format('SELECT * FROM coatcheck.job_view(%L, %L, %L)',
    pg_temp.id(n), '00000000-0000-0000-0000-000000000000', '{T_BULK}'))
FROM generate_series(1500, 1500) n
\g /dev/null
SELECT pg_temp.within('job', 1, 'a look at a job');
SELECT pg_temp.within('ready', 2001, 'its position');
SELECT pg_temp.within('lease', 1, 'a look at a job');
SELECT pg_temp.reads(format('SELECT coatcheck.cancel(%L, %L, %L)',
    pg_temp.id(2500), '00000000-0000-0000-0000-000000000000', '{T_BULK}'))
\g /dev/null
SELECT pg_temp.within('ready', 2, 'a cancel');
SELECT pg_temp.within('job', 2, 'a cancel');
SELECT pg_temp.within('result', 1, 'a cancel');

SELECT * FROM finish();
ROLLBACK;
