-- Taking work: who gets what, in which order, and what is counted.
BEGIN;
\ir helpers.psql
SELECT plan(35);

SELECT is_empty('SELECT * FROM pg_temp.take()', 'nothing ready, nothing taken');
SELECT pg_temp.put(1)
\g /dev/null
CREATE TEMP TABLE got AS
    SELECT * FROM pg_temp.take(lease_ms => 5000, deadline_ms => 9000);
SELECT row_eq('SELECT job_id, attempt, max_attempts, job_type, payload FROM got',
    ROW(pg_temp.id(1), 1::smallint, 3::smallint, 'T_PLAIN'::text,
        '{"n": 1}'::jsonb), 'a claim hands out the job with all it needs');
SELECT is(pg_temp.place(1), 'lease 1',
    'invariant 3: the attempt is counted when it is claimed');
SELECT row_eq('SELECT token, worker_id, priority FROM coatcheck.lease',
    (SELECT ROW(token, 7, 2::smallint) FROM got),
    'the lease names token and worker');
SELECT is((SELECT lease_until - claimed_at FROM coatcheck.lease),
    interval '5 s', 'the lease runs as long as asked for');
SELECT is((SELECT deadline_at - claimed_at FROM coatcheck.lease),
    interval '9 s', 'so does the deadline');
SELECT is_empty('SELECT * FROM pg_temp.take()', 'a job is taken once');
SELECT pg_temp.put(2)
\g /dev/null
SELECT * FROM pg_temp.take(lease_ms => 5000, deadline_ms => 10)
\g /dev/null
SELECT is((SELECT lease_until - claimed_at FROM coatcheck.lease
    WHERE job_id = pg_temp.id(2)), interval '10 ms',
    'no lease goes beyond the deadline');
SELECT cmp_ok((SELECT token FROM coatcheck.lease WHERE job_id = pg_temp.id(2)),
    '>', (SELECT token FROM got), 'tokens grow');
SELECT is_empty('SELECT * FROM pg_temp.take(most => 0)', 'no slots, no jobs');
SELECT pg_temp.put(3)
\g /dev/null
SELECT is_empty('SELECT * FROM pg_temp.take(most => NULL)',
    'an unknown number of slots is none');
SELECT is_empty('SELECT * FROM pg_temp.take(most => -1)',
    'so is a negative one');
DELETE FROM coatcheck.ready;

-- Order
SELECT pg_temp.put(n, 'T_LOW', prio => 3) FROM generate_series(10, 11) n
\g /dev/null
SELECT pg_temp.put(n, 'T_HIGH', prio => 0) FROM generate_series(12, 13) n
\g /dev/null
SELECT pg_temp.put(14, 'T_LOW', prio => 0)
\g /dev/null
SELECT set_eq('SELECT priority FROM pg_temp.take(most => 3)',
    ARRAY[0]::smallint[], 'priority goes before type and age');
SELECT results_eq('SELECT job_id FROM pg_temp.take(most => 1)',
    ARRAY[pg_temp.id(10)], 'within one lane the oldest goes first');
SELECT results_eq('SELECT job_id FROM pg_temp.take(most => 1)',
    ARRAY[pg_temp.id(11)], 'then the next');
SELECT pg_temp.put(n, 'T_ONE') FROM generate_series(100, 129) n
\g /dev/null
SELECT pg_temp.put(n, 'T_TWO') FROM generate_series(130, 159) n
\g /dev/null
SELECT pg_temp.put(n, 'T_THREE') FROM generate_series(160, 189) n
\g /dev/null
SELECT results_eq($$SELECT job_type, count(*)
    FROM generate_series(0, 29) turn,
        pg_temp.take('{T_ONE,T_TWO,T_THREE}', 1, turn => turn)
    GROUP BY 1 ORDER BY 1$$,
    $$VALUES ('T_ONE', 10::bigint), ('T_THREE', 10), ('T_TWO', 10)$$,
    'types of one priority take equal turns');
SELECT lives_ok(format('SELECT * FROM pg_temp.take(most => 1, turn => %s)', t),
    'any turn: ' || t) FROM (VALUES (2147483647), (-2147483648), (-5)) v(t);
SELECT is((SELECT count(*) FROM pg_temp.take('{T_ONE,T_TWO,T_THREE}', 40)),
    40::bigint, 'one claim takes from several lanes');
DELETE FROM coatcheck.ready;

-- Types
SELECT pg_temp.put(20, 'T_ONE')
\g /dev/null
SELECT is_empty($$SELECT * FROM pg_temp.take('{T_TWO,T_UNHEARD_OF}')$$,
    'only the types asked for');
SELECT is_empty($$SELECT * FROM pg_temp.take('{}')$$, 'no types, no jobs');
SELECT results_eq($$SELECT job_id FROM pg_temp.take('{T_TWO,T_ONE,T_ONE}')$$,
    ARRAY[pg_temp.id(20)], 'a type named twice counts once');

-- Cursor
SELECT pg_temp.put(n, 'T_ONE') FROM generate_series(30, 33) n
\g /dev/null
SELECT pg_temp.put(34, 'T_TWO')
\g /dev/null
SELECT pg_temp.put(35, 'T_ONE', prio => 1)
\g /dev/null
CREATE TEMP TABLE cur AS
    SELECT type_id, priority, seq FROM coatcheck.ready
    WHERE job_id = pg_temp.id(32);
SELECT set_eq($$SELECT job_id FROM cur, coatcheck.claim(7, NULL, 100, 0, 30000,
        600000, ARRAY[cur.type_id], ARRAY[cur.priority], ARRAY[cur.seq])$$,
    ARRAY[pg_temp.id(32), pg_temp.id(33), pg_temp.id(34), pg_temp.id(35)],
    'a cursor bounds its own lane and no other');
SELECT is_empty($$SELECT * FROM cur, coatcheck.claim(7, NULL, 100, 0, 30000,
        600000, ARRAY[cur.type_id], ARRAY[cur.priority], ARRAY[cur.seq])$$,
    'a job below the cursor is not seen with it');
SELECT set_eq('SELECT job_id FROM pg_temp.take()',
    ARRAY[pg_temp.id(30), pg_temp.id(31)],
    'and is found by the claim without');

-- Attempts
SELECT pg_temp.put(40, 'T_FLAKY', 2)
\g /dev/null
SELECT pg_temp.settle(40, (SELECT token FROM pg_temp.take('{T_FLAKY}')),
    'RETRY')
\g /dev/null
SELECT * FROM coatcheck.promote()
\g /dev/null
SELECT is(pg_temp.place(40), 'ready 1', 'a failed attempt stays counted');
SELECT is((SELECT attempt FROM pg_temp.take('{T_FLAKY}')), 2::smallint,
    'the next is the second');
SELECT throws_ok($$UPDATE coatcheck.lease SET attempts = 3
    WHERE job_id = pg_temp.id(40)$$, '23514', NULL,
    'invariant 3: attempts never exceed max_attempts');
SELECT throws_ok($$INSERT INTO coatcheck.ready (type_id, priority, job_id,
        attempts, max_attempts) VALUES (1, 1, pg_temp.id(41), 2, 2)$$, '23514',
    NULL, 'a job without attempts left is never ready');
SELECT throws_ok($$INSERT INTO coatcheck.scheduled
    VALUES (now(), pg_temp.id(41), 1, 1, 2, 2)$$, '23514', NULL,
    'nor scheduled');
SELECT is((SELECT count(DISTINCT token) FROM coatcheck.lease),
    (SELECT count(*) FROM coatcheck.lease), 'no token is given twice');

-- More work than slots
SELECT pg_temp.put(n, 'T_MANY') FROM generate_series(200, 209) n
\g /dev/null
SELECT is((SELECT count(*) FROM pg_temp.take('{T_MANY}', 4)), 4::bigint,
    'as many as there are slots');
SELECT set_eq($$SELECT job_id FROM coatcheck.lease JOIN coatcheck.job_type t
        USING (type_id) WHERE t.name = 'T_MANY'$$,
    $$SELECT pg_temp.id(n) FROM generate_series(200, 203) n$$, 'the oldest');
SELECT is((SELECT count(*) FROM coatcheck.ready), 6::bigint,
    'the rest stays ready');

SELECT * FROM finish();
ROLLBACK;
