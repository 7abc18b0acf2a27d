-- Making due jobs ready.
BEGIN;
\ir helpers.psql
SELECT plan(13);

SELECT row_eq('SELECT * FROM coatcheck.promote()', ROW(0, NULL::bigint),
    'nothing waits');
SELECT pg_temp.put(1, run_at => now() + interval '1 h')
\g /dev/null
SELECT is(promoted, 0, 'what is not due stays') FROM coatcheck.promote();
SELECT cmp_ok(next_due_ms, '>', 3500000::bigint, 'and says when it is due')
FROM coatcheck.promote();
SELECT cmp_ok(next_due_ms, '<=', 3600000::bigint, 'in milliseconds')
FROM coatcheck.promote();
SELECT is_empty('SELECT * FROM pg_temp.take()',
    'a job for later is not handed out');
UPDATE coatcheck.scheduled SET run_at = clock_timestamp();
SELECT row_eq('SELECT * FROM coatcheck.promote()', ROW(1, NULL::bigint),
    'what is due becomes ready');
SELECT is(pg_temp.place(1), 'ready 0', 'with its attempts');

INSERT INTO coatcheck.scheduled
SELECT now() - n * interval '1 min', pg_temp.id(n), type_id, 2, 1, 3
FROM generate_series(10, 15) n, coatcheck.job_type WHERE name = 'T_PLAIN';
SELECT row_eq('SELECT * FROM coatcheck.promote(4)', ROW(4, 0::bigint),
    'at most as many as asked for, and more is due');
SELECT row_eq('SELECT * FROM coatcheck.promote(4)', ROW(2, NULL::bigint),
    'then the rest');
SELECT results_eq('SELECT job_id FROM coatcheck.ready ORDER BY seq',
    $$SELECT pg_temp.id(n) FROM unnest('{1,15,14,13,12,11,10}'::int[]) n$$,
    'who was due first comes first');
SELECT is(pg_temp.place(12), 'ready 1', 'a failed attempt stays counted');
DELETE FROM coatcheck.ready;

-- The far future is a time like any other
SELECT pg_temp.put(20, run_at => '294000-01-01')
\g /dev/null
SELECT cmp_ok(next_due_ms, '>', 0::bigint, 'a job for the year 294000')
FROM coatcheck.promote();
SELECT is(pg_temp.place(20), 'scheduled 0', 'waits');

SELECT * FROM finish();
ROLLBACK;
