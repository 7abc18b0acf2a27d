-- What a type does to the database when a job of it ends.
BEGIN;
\ir helpers.psql
SELECT plan(42);

CREATE TABLE public.t_book (job_id uuid, status text, owner uuid, session uuid,
    n integer, effects jsonb);
CREATE FUNCTION public.t_write(job uuid, status text, owner uuid, session uuid,
    payload jsonb, effects jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.t_book
    VALUES (job, status, owner, session, (payload ->> 'n')::int, effects);
    IF effects ->> 'raise' IS NOT NULL OR status = payload ->> 'raise' THEN
        RAISE EXCEPTION 'refused' USING ERRCODE =
            coalesce(effects ->> 'raise', 'P0001');
    END IF;
END $$;
SELECT coatcheck.register_type('T_HOOKED', end_hook => 'public.t_write')
\g /dev/null
SELECT coatcheck.register_type('T_HOOKED', 1, 3)
\g /dev/null
SELECT is((SELECT end_hook FROM coatcheck.job_type WHERE name = 'T_HOOKED'),
    'public.t_write', 'registering again with NULLs keeps the hook');

-- Which hooks are taken
CREATE FUNCTION public."t write"(uuid, text, uuid, uuid, jsonb, jsonb)
RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION public.t_narrow(uuid) RETURNS void LANGUAGE sql AS '';
CREATE ROLE t_stranger;
CREATE FUNCTION public.t_alien(uuid, text, uuid, uuid, jsonb, jsonb)
RETURNS void LANGUAGE sql AS '';
ALTER FUNCTION public.t_alien OWNER TO t_stranger;
SELECT lives_ok($$SELECT coatcheck.register_type('T_ODD',
    end_hook => 'public."t write"')$$, 'a name that needs quotes');
SELECT is((SELECT end_hook FROM coatcheck.job_type WHERE name = 'T_ODD'),
    'public."t write"', 'keeps them');
SELECT throws_ok(format($$SELECT coatcheck.register_type('T_BAD',
        end_hook => %L)$$, hook), '42883', NULL, 'no hook: ' || why)
FROM (VALUES ('public.t_none', 'unknown'), ('public.t_narrow', 'one argument'),
    ('t_write', 'no schema'), ('public.t_alien', 'of another owner'))
    v(hook, why);
SELECT isnt(pg_temp.as_role(CURRENT_USER, format($$SELECT
        coatcheck.register_type('T_BAD', end_hook => %L)$$, hook)), 'ok',
    'no hook: ' || hook)
FROM (VALUES ('public.t_write($1), pg_sleep'), ('public.t_write; SELECT 1'),
    ('')) v(hook);
SELECT throws_ok($$SELECT coatcheck.register_type('T_BAD', 9)$$, '23514', NULL,
    'a priority out of range');

-- Completed
CREATE TEMP TABLE a AS SELECT pg_temp.run(1, 'T_HOOKED') AS token;
SELECT is(pg_temp.settle(1, token, 'COMPLETED', effects => '{"e": 1}'),
    'COMPLETED', 'a hooked job completes') FROM a;
SELECT results_eq('SELECT * FROM public.t_book', format($$VALUES (pg_temp.id(1),
    'COMPLETED', '00000000-0000-0000-0000-000000000000'::uuid, NULL::uuid, 1,
    '{"e": 1}'::jsonb)$$), 'and its hook has seen everything, once');
SELECT is(pg_temp.settle(1, token, 'COMPLETED', effects => '{"e": 1}'),
    'COMPLETED', 'settled again') FROM a;
SELECT is((SELECT count(*) FROM public.t_book), 1::bigint,
    'invariant 7: the effects are there once');
SELECT is(pg_temp.settle(1, token - 1, 'COMPLETED', effects => '{"e": 2}'),
    'LOST', 'an old token') FROM a;
SELECT is((SELECT count(*) FROM public.t_book), 1::bigint,
    'invariant 7: has no effects');

-- Effects that fail
CREATE TEMP TABLE b AS SELECT pg_temp.run(2, 'T_HOOKED') AS token;
SELECT is(pg_temp.settle(2, token, 'COMPLETED',
    effects => '{"raise": "P0001"}'),
    'RETRY', 'a COMPLETED whose effects fail is a RETRY') FROM b;
SELECT is(pg_temp.place(2), 'scheduled 1', 'it waits for its next attempt');
SELECT is((SELECT count(*) FROM public.t_book WHERE job_id = pg_temp.id(2)),
    0::bigint, 'invariant 7: result and effects together or not at all');
SELECT row_eq($$SELECT error_code, detail FROM coatcheck.attempt_failure
    WHERE job_id = pg_temp.id(2)$$,
    ROW('effects_failed'::text, 'P0001: refused'::text), 'with the reason');
SELECT is(pg_temp.settle(2, token, 'COMPLETED',
    effects => '{"raise": "P0001"}'),
    'RETRY', 'asked again: RETRY') FROM b;
CREATE TEMP TABLE c AS SELECT pg_temp.run(3, 'T_HOOKED', 1) AS token;
SELECT is(pg_temp.settle(3, token, 'COMPLETED',
    effects => '{"raise": "P0001"}'),
    'FAILED', 'and FAILED on the last attempt') FROM c;
SELECT is(pg_temp.settle(3, token, 'COMPLETED',
    effects => '{"raise": "P0001"}'),
    'FAILED', 'asked again: FAILED') FROM c;
CREATE TEMP TABLE d AS SELECT pg_temp.run(4, 'T_HOOKED') AS token;
SELECT throws_ok(format($$SELECT pg_temp.settle(4, %s, 'COMPLETED',
    effects => '{"raise": "40P01"}')$$, token), '40P01', NULL,
    'a deadlock is raised, not counted as a failure') FROM d;
SELECT is(pg_temp.settle(4, token, 'COMPLETED', effects => '{}'),
    'COMPLETED', 'and settling again does it') FROM d;

-- Other ends
CREATE TEMP TABLE e AS SELECT pg_temp.run(5, 'T_HOOKED') AS token;
SELECT pg_temp.settle(5, token, 'RETRY') FROM e
\g /dev/null
SELECT is_empty('SELECT * FROM public.t_book WHERE job_id = pg_temp.id(5)',
    'a RETRY is no end');
SELECT coatcheck.cancel(pg_temp.id(5),
    '00000000-0000-0000-0000-000000000000', '{T_HOOKED}')
\g /dev/null
SELECT is((SELECT status FROM public.t_book WHERE job_id = pg_temp.id(5)),
    'CANCELLED', 'a cancel is');
CREATE TEMP TABLE f AS SELECT pg_temp.run(6, 'T_HOOKED') AS token;
SELECT pg_temp.settle(6, token, 'FAILED') FROM f
\g /dev/null
SELECT is((SELECT status FROM public.t_book WHERE job_id = pg_temp.id(6)),
    'FAILED', 'so is a failure');
SELECT pg_temp.run(7, 'T_HOOKED', 1, 0)
\g /dev/null
SELECT * FROM coatcheck.sweep()
\g /dev/null
SELECT is((SELECT status FROM public.t_book WHERE job_id = pg_temp.id(7)),
    'FAILED', 'and a worker lost on the last attempt');

-- A hook that never lets go
CREATE FUNCTION pg_temp.stubborn(n integer, stage text, lease_ms integer)
RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    PERFORM coatcheck.enqueue('T_HOOKED', jsonb_build_object('raise', stage),
        job_id => pg_temp.id(n), max_attempts => 1);
    RETURN (SELECT token FROM pg_temp.take('{T_HOOKED}', 1, lease_ms));
END $$;
CREATE TEMP TABLE g AS SELECT pg_temp.stubborn(8, 'FAILED', 30000) AS token;
SELECT is(pg_temp.settle(8, token, 'FAILED'), 'FAILED',
    'a hook cannot stop a failure') FROM g;
SELECT pg_temp.stubborn(9, 'FAILED', 0)
\g /dev/null
SELECT row_eq('SELECT * FROM coatcheck.sweep()', ROW(0, 1), 'nor a sweep');
SELECT pg_temp.stubborn(10, 'CANCELLED', 30000)
\g /dev/null
SELECT is(coatcheck.cancel(pg_temp.id(10),
    '00000000-0000-0000-0000-000000000000', '{T_HOOKED}'), 'cut',
    'nor a cancel');
SELECT is_empty($$SELECT * FROM public.t_book
    WHERE job_id IN (pg_temp.id(8), pg_temp.id(9), pg_temp.id(10))$$,
    'what such a hook wrote is gone');

-- A batch of both kinds, one of them bad
CREATE TEMP TABLE h AS SELECT pg_temp.run(20, 'T_HOOKED') AS x,
    pg_temp.run(21, 'T_HOOKED') AS y, pg_temp.run(22) AS z;
SELECT results_eq($$SELECT s.job_id, s.verdict FROM h, coatcheck.settle(
        ARRAY[pg_temp.id(20), pg_temp.id(21), pg_temp.id(22), pg_temp.id(21)],
        ARRAY[x, y, z, y], '{COMPLETED,COMPLETED,COMPLETED,COMPLETED}',
        '{1,2,3,4}', '{"{\"raise\": \"P0001\"}","{}",NULL,"{}"}',
        '{NULL,NULL,NULL,NULL}', '{NULL,NULL,NULL,NULL}',
        '{NULL,NULL,NULL,NULL}', '{0,0,0,0}') s ORDER BY 1$$,
    $$VALUES (pg_temp.id(20), 'RETRY'), (pg_temp.id(21), 'COMPLETED'),
        (pg_temp.id(21), 'COMPLETED'), (pg_temp.id(22), 'COMPLETED')$$,
    'one bad hook harms no other job of its batch');
SELECT is((SELECT count(*) FROM public.t_book WHERE job_id = pg_temp.id(21)),
    1::bigint, 'a job that stands in it twice has its effects once');

-- Hooks of two settles run in the order of sessions, whatever the ids
CREATE TEMP TABLE k AS
    SELECT n, coatcheck.enqueue('T_HOOKED', jsonb_build_object('n', n),
        session_id => pg_temp.id(100 - n), job_id => pg_temp.id(n))
    FROM generate_series(30, 33) n;
CREATE TEMP TABLE l AS SELECT * FROM pg_temp.take('{T_HOOKED}');
DELETE FROM public.t_book;
SELECT * FROM coatcheck.settle((SELECT array_agg(job_id) FROM l),
    (SELECT array_agg(token) FROM l), '{COMPLETED,COMPLETED,COMPLETED,COMPLETED}',
    '{1,2,3,4}', NULL, NULL, NULL, NULL, NULL)
\g /dev/null
SELECT results_eq('SELECT n FROM public.t_book', '{33,32,31,30}'::int[],
    'hooks run in the order of sessions');

-- An attempt that failed may have something to store, too
CREATE TEMP TABLE m AS SELECT pg_temp.run(40, 'T_HOOKED') AS token;
DELETE FROM public.t_book;
SELECT is(pg_temp.settle(40, token, 'RETRY', effects => '{"spent": 5}'),
    'RETRY', 'a transient failure with effects') FROM m;
SELECT results_eq('SELECT status, effects FROM public.t_book',
    $$VALUES ('RETRY', '{"spent": 5}'::jsonb)$$, 'runs the hook');
SELECT is(pg_temp.settle(40, token, 'RETRY', effects => '{"spent": 5}'),
    'RETRY', 'settled again') FROM m;
SELECT is((SELECT count(*) FROM public.t_book), 1::bigint, 'runs it no more');
CREATE TEMP TABLE o AS SELECT pg_temp.run(41, 'T_HOOKED') AS token;
SELECT is((SELECT pg_temp.settle(41, token, 'RETRY') || count(b.*)
    FROM o LEFT JOIN public.t_book b ON b.job_id = pg_temp.id(41)
    GROUP BY token), 'RETRY0', 'without effects there is nothing to run');

SELECT * FROM finish();
ROLLBACK;
