-- Renewing leases: by token, and within the deadline.
BEGIN;
\ir helpers.psql
SELECT plan(15);

CREATE FUNCTION pg_temp.beat(n integer, token bigint, ms integer)
RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM coatcheck.heartbeat(ARRAY[pg_temp.id(n)],
        ARRAY[token], ms))
$$;
CREATE FUNCTION pg_temp.left_ms(n integer) RETURNS numeric LANGUAGE sql AS $$
    SELECT extract(epoch FROM lease_until - claimed_at) * 1000
    FROM coatcheck.lease WHERE job_id = pg_temp.id(n)
$$;

CREATE TEMP TABLE a AS SELECT pg_temp.run(1, lease_ms => 20000) AS token;
SELECT ok(pg_temp.beat(1, token, 40000), 'a live lease is renewed') FROM a;
SELECT cmp_ok(pg_temp.left_ms(1), '>=', 40000::numeric,
    'by what was asked for');
SELECT ok(pg_temp.beat(1, token, 999999999),
    'a renewal beyond the deadline') FROM a;
SELECT is(pg_temp.left_ms(1), 600000::numeric,
    'invariant 5: ends at the deadline, heartbeat or not');
SELECT ok(NOT pg_temp.beat(1, token - 1, 30000),
    'invariant 2: an old token renews nothing') FROM a;
SELECT ok(NOT pg_temp.beat(2, token, 30000), 'nor one of another job') FROM a;
SELECT is(pg_temp.left_ms(1), 600000::numeric, 'and nothing has changed');

CREATE TEMP TABLE b AS SELECT pg_temp.run(3, lease_ms => 0) AS token;
SELECT ok(pg_temp.beat(3, token, 30000),
    'a lease that has run out is renewed while nobody has taken it') FROM b;
SELECT cmp_ok(pg_temp.left_ms(3), '>=', 30000::numeric, 'in full');
SELECT row_eq('SELECT * FROM coatcheck.sweep()', ROW(0, 0),
    'and a sweep leaves it alone');
UPDATE coatcheck.lease SET lease_until = claimed_at
WHERE job_id = pg_temp.id(3);
SELECT row_eq('SELECT * FROM coatcheck.sweep()', ROW(1, 0), 'once swept');
SELECT ok(NOT pg_temp.beat(3, token, 30000), 'it is lost') FROM b;
CREATE TEMP TABLE c AS SELECT pg_temp.run(4) AS token;
UPDATE coatcheck.lease SET lease_until = claimed_at, deadline_at = claimed_at
WHERE job_id = pg_temp.id(4);
SELECT ok(NOT pg_temp.beat(4, token, 30000),
    'invariant 5: nor is one past its deadline') FROM c;
SELECT results_eq($$SELECT h.job_id FROM coatcheck.heartbeat(
        ARRAY[pg_temp.id(4), pg_temp.id(1), pg_temp.id(3), pg_temp.id(1)],
        (SELECT ARRAY[c.token, a.token, b.token, a.token] FROM a, b, c),
        30000) h$$, ARRAY[pg_temp.id(1)],
    'of many, those that hold are named, each once');
SELECT is_empty($$SELECT * FROM coatcheck.heartbeat('{}', '{}', 30000)$$,
    'none are no error');

SELECT * FROM finish();
ROLLBACK;
