-- The ledger: written by end hooks, whatever they hand over; read by people.
BEGIN;
\ir helpers.psql
SELECT plan(17);
DELETE FROM llm.usage;

SELECT lives_ok($$SELECT llm.record(pg_temp.id(1), NULL)$$, 'no usage');
SELECT lives_ok(format('SELECT llm.record(pg_temp.id(1), %L)', x),
    'nonsense: ' || x)
FROM unnest(ARRAY['null', '{}', '"x"', '[]', '[1, null, "x", []]']) x;
SELECT is_empty('SELECT * FROM llm.usage', 'is no usage');

SELECT llm.record(pg_temp.id(1), '[
    {"provider": "main", "model": "m", "kind": "chat", "outcome": "failed",
     "tenant": "t", "promptTokens": 9, "costMicros": 5, "isEstimated": true,
     "ms": 3},
    {"provider": "b", "model": "n", "kind": "chat", "outcome": "completed",
     "tenant": "t", "promptTokens": 10, "cachedTokens": 4,
     "completionTokens": 2, "costMicros": 7, "isEstimated": false,
     "requestId": "r1", "ms": 250}]') \g /dev/null
SELECT llm.record(pg_temp.id(1), '[{"provider": 7, "promptTokens": -3,
    "completionTokens": 1e300, "cachedTokens": "x", "isEstimated": 1}]')
\g /dev/null
SELECT results_eq('SELECT seq, provider, outcome, tenant, prompt_tokens,
        cached_tokens, completion_tokens, cost_micros, is_estimated,
        request_id, ms FROM llm.usage ORDER BY seq', $$VALUES
    (1, 'main', 'failed', 't', 9::bigint, 0::bigint, 0::bigint, 5::bigint,
        true, NULL, 3::bigint),
    (2, 'b', 'completed', 't', 10, 4, 2, 7, false, 'r1', 250),
    (3, '7', '', 'default', 0, 0, 1000000000000000, 0, false, NULL, 0)$$,
    'every request has a row, in order, over all attempts');
SELECT results_eq($$SELECT provider, calls, failed, prompt_tokens,
        cost_micros, estimated FROM llm.spend() WHERE tenant = 't'$$,
    $$VALUES ('b', 1::bigint, 0::bigint, 10::numeric, 7::numeric, 0::bigint),
    ('main', 1, 1, 9, 5, 1)$$, 'what today has cost');
UPDATE llm.usage SET at = at - interval '1 day' WHERE seq = 1;
SELECT is((SELECT sum(calls) FROM llm.spend()), 2::numeric, 'by day');
SELECT is((SELECT sum(calls) FROM llm.spend(llm.today() - 1, llm.today())),
    3::numeric, 'or by several');

-- Under the token of the attempt, in the transaction that settles it
CREATE FUNCTION pg_temp.hook(job uuid, status text, owner uuid, session uuid,
    payload jsonb, effects jsonb) RETURNS void LANGUAGE sql AS
    'SELECT llm.record(job, effects->''usage'')';
CREATE TEMP TABLE s AS SELECT pg_my_temp_schema()::regnamespace::text AS name;
SELECT coatcheck.register_type('T_BILLED', end_hook => name || '.hook')
FROM s \g /dev/null
CREATE TEMP TABLE t AS SELECT pg_temp.run(2, 'T_BILLED') AS token;
SELECT pg_temp.settle(2, token, 'RETRY',
    effects => '{"usage": [{"provider": "first"}]}') FROM t \g /dev/null
SELECT coatcheck.promote() \g /dev/null
CREATE TEMP TABLE again AS SELECT * FROM pg_temp.take('{T_BILLED}');
SELECT pg_temp.settle(2, token, 'COMPLETED',
    effects => '{"usage": [{"provider": "second"}]}') FROM again \g /dev/null
SELECT results_eq('SELECT provider, token FROM llm.usage WHERE job_id =
        pg_temp.id(2) ORDER BY seq',
    $$SELECT 'first', token FROM t
        UNION ALL SELECT 'second', token FROM again$$,
    'a retried attempt and the last one, each under its token');
SELECT is(pg_temp.as_role('coatcheck_worker',
    'SELECT llm.record(pg_temp.id(3), ''[]'')'), '42501',
    'a worker cannot write it itself');

-- Effects that fail: the money is spent all the same.
INSERT INTO campus.course (course_id, slug, name)
VALUES (pg_temp.id(80), 't-usage', 'T Usage');
SELECT coatcheck.enqueue('PERSONA_CLASSIFY', jsonb_build_object('courseId',
    pg_temp.id(80)), job_id => pg_temp.id(81), max_attempts => 2)
\g /dev/null
CREATE FUNCTION pg_temp.bad_effects() RETURNS text LANGUAGE sql AS $$
    SELECT pg_temp.settle(81, token, 'COMPLETED', effects =>
        '{"usage": [{"provider": "main", "promptTokens": 7}]}')
    FROM pg_temp.take('{PERSONA_CLASSIFY}')
$$;
SELECT is(pg_temp.bad_effects(), 'RETRY', 'effects fail');
SELECT is((SELECT sum(prompt_tokens) FROM llm.usage
    WHERE job_id = pg_temp.id(81)), 7::numeric, 'but what they cost is there');
UPDATE coatcheck.scheduled SET run_at = now() WHERE job_id = pg_temp.id(81);
SELECT * FROM coatcheck.promote()
\g /dev/null
SELECT is(pg_temp.bad_effects(), 'FAILED', 'they fail for good');
SELECT is((SELECT count(DISTINCT token) FROM llm.usage
    WHERE job_id = pg_temp.id(81)), 2::bigint, 'each attempt has its cost');

SELECT * FROM finish();
ROLLBACK;
