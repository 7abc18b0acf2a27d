-- Output of a running attempt.
BEGIN;
\ir helpers.psql
SELECT plan(13);

CREATE TEMP TABLE a AS SELECT pg_temp.run(1, lease_ms => 0) AS token;
CREATE FUNCTION pg_temp.say(token bigint, seq integer, body text,
    kind text DEFAULT 'chunk') RETURNS boolean LANGUAGE sql AS $$
    SELECT coatcheck.write_event(pg_temp.id(1), token, seq, kind, body)
$$;
SELECT ok(pg_temp.say(token, 1, 'one'), 'a token that holds writes') FROM a;
SELECT ok(pg_temp.say(token, 2, 'two'), 'and writes on') FROM a;
SELECT ok(pg_temp.say(token, 2, 'two'), 'a piece sent again holds') FROM a;
SELECT results_eq('SELECT seq, body FROM coatcheck.event
    WHERE job_id = pg_temp.id(1) ORDER BY seq',
    $$VALUES (1, 'one'), (2, 'two')$$, 'and is stored once');
SELECT ok(NOT pg_temp.say(token + 1, 3, 'x'), 'another token does not') FROM a;
SELECT ok(NOT coatcheck.write_event(pg_temp.id(2), token, 3, 'chunk', 'x'),
    'nor does the token of another job') FROM a;
SELECT throws_ok(format($$SELECT pg_temp.say(%s, %s, 'x', %L)$$, token, seq,
    kind), '23514', NULL, format('refused: piece %s of kind %s', seq, kind))
FROM a, (VALUES (0, 'chunk'), (3, 'noise')) v(seq, kind);

SELECT * FROM coatcheck.sweep()
\g /dev/null
CREATE TEMP TABLE b AS SELECT token FROM pg_temp.take();
SELECT ok(NOT pg_temp.say(token, 3, 'late'),
    'invariant 2: after a sweep the old token writes nothing') FROM a;
SELECT ok(pg_temp.say(token, 1, 'uno'), 'the new one starts from 1') FROM b;
SELECT results_eq('SELECT body FROM coatcheck.event JOIN b USING (token)',
    $$VALUES ('uno')$$, 'and its text is its own');
SELECT pg_temp.settle(1, token, 'COMPLETED') FROM b
\g /dev/null
SELECT ok(NOT pg_temp.say(token, 2, 'late'),
    'invariant 2: a completed job gets no more') FROM b;
SELECT is((SELECT count(*) FROM coatcheck.event
    WHERE job_id = pg_temp.id(1)), 3::bigint, 'three pieces in all');

SELECT * FROM finish();
ROLLBACK;
