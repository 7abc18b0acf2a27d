-- Who may be asked: buckets, circuits, budgets and what is reported of calls.
BEGIN;
\ir helpers.psql
SELECT plan(75);
DELETE FROM llm.provider_state;
DELETE FROM llm.reservation;
DELETE FROM llm.budget_day;

-- Providers a (first) and b, with the bounds of a day.
CREATE FUNCTION pg_temp.setup(rpm integer DEFAULT 0, tpm integer DEFAULT 0,
    budget text DEFAULT '{}', print text DEFAULT 'f1') RETURNS jsonb
LANGUAGE sql AS $$
    SELECT jsonb_build_object('budget', budget::jsonb, 'providers',
        jsonb_build_array(
        jsonb_build_object('provider', 'a', 'model', 'm', 'fingerprint',
            print, 'rpm', rpm, 'tpm', tpm),
        jsonb_build_object('provider', 'b', 'model', 'm', 'fingerprint',
            'f1', 'rpm', 0, 'tpm', 0)))
$$;

-- calls calls at once, of the providers with these places.
CREATE FUNCTION pg_temp.admit(setup jsonb, calls integer DEFAULT 1,
    places integer[] DEFAULT '{0}', tokens integer DEFAULT 100,
    cost integer DEFAULT 10, tenant text DEFAULT 't', ms integer DEFAULT 60000)
RETURNS TABLE (verdict text, at integer, reservation bigint, wait_ms bigint,
    used_percent integer) LANGUAGE sql AS $$
    SELECT a.verdict, a.at, a.reservation, a.wait_ms, a.used_percent
    FROM llm.admit(setup, (SELECT jsonb_agg(jsonb_build_object('tenant',
        tenant, 'of', (SELECT jsonb_agg(jsonb_build_object('at', p, 'tokens',
            tokens, 'cost', cost, 'ms', ms)) FROM unnest(places) p)))
        FROM generate_series(1, calls))) a ORDER BY a.n
$$;
CREATE FUNCTION pg_temp.verdicts(setup jsonb, calls integer DEFAULT 1,
    places integer[] DEFAULT '{0}', tokens integer DEFAULT 100,
    tenant text DEFAULT 't') RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(verdict || coalesce(' ' || at, ''), ',')
    FROM pg_temp.admit(setup, calls, places, tokens, tenant => tenant)
$$;

-- One report of provider a, or of another; what it made of the circuit.
CREATE FUNCTION pg_temp.report(outcome text, id bigint DEFAULT NULL,
    more jsonb DEFAULT '{}', who text DEFAULT 'a') RETURNS text
LANGUAGE sql AS $$
    SELECT coalesce((SELECT event || ' ' || coalesce(reason, '') || ' '
        || coalesce(round(for_ms / 1000.0)::text, '')
    FROM llm.report(jsonb_build_array(jsonb_build_object('provider', who,
        'model', 'm', 'fingerprint', 'f1', 'reservation', id, 'tenant', 't',
        'outcome', outcome, 'reserved', 100, 'tokens', 40, 'cost', 4) || more))
    ), 'no change')
$$;
-- Makes all times of a lie back by so much.
CREATE FUNCTION pg_temp.pass(seconds double precision) RETURNS void
LANGUAGE sql AS $$
    UPDATE llm.provider_state SET
        filled_at = filled_at - seconds * interval '1 s',
        heard_at = heard_at - seconds * interval '1 s',
        paused_until = paused_until - seconds * interval '1 s',
        open_until = open_until - seconds * interval '1 s',
        probe_until = probe_until - seconds * interval '1 s';
    UPDATE llm.reservation SET
        expires_at = expires_at - seconds * interval '1 s'
$$;
CREATE FUNCTION pg_temp.fresh() RETURNS void LANGUAGE sql AS $$
    DELETE FROM llm.provider_state;
    DELETE FROM llm.reservation;
    DELETE FROM llm.budget_day
$$;

-- Order
SELECT is(pg_temp.verdicts(pg_temp.setup(), 3, '{0,1}'), 'go 0,go 0,go 0',
    'without any limit all go to the first');
SELECT is(pg_temp.verdicts(pg_temp.setup(), 1, '{1,0}'), 'go 1',
    'in the order that the call has');
SELECT is((SELECT count(DISTINCT reservation_id) FROM llm.reservation),
    4::bigint, 'each with a reservation');

-- Buckets
SELECT pg_temp.fresh() \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup(2), 4), 'go 0,go 0,wait,wait',
    'a bucket of two lets two through');
SELECT is(pg_temp.verdicts(pg_temp.setup(2), 1, '{0,1}'), 'go 1',
    'one that is empty is passed over');
SELECT ok(abs(wait_ms - 30000) < 1000, 'the first waits half a minute')
FROM (SELECT wait_ms FROM pg_temp.admit(pg_temp.setup(2), 2) LIMIT 1) x;
SELECT ok(abs(wait_ms - 60000) < 1000, 'the second stands behind it')
FROM (SELECT wait_ms FROM pg_temp.admit(pg_temp.setup(2), 2) OFFSET 1) x;
SELECT pg_temp.pass(15) \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup(2)), 'wait', 'half of one is none');
SELECT pg_temp.pass(15) \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup(2), 2), 'go 0,wait',
    'filled up as time passes');
SELECT pg_temp.pass(3600) \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup(2), 3), 'go 0,go 0,wait',
    'and never beyond its size');
SELECT pg_temp.fresh() \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup(0, 250), 3), 'go 0,go 0,wait',
    'tokens are a bucket, too');
SELECT is(pg_temp.verdicts(pg_temp.setup(0, 250), 1, '{0}', 9999), 'wait',
    'a call bigger than the bucket waits for a whole one');
SELECT pg_temp.pass(60) \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup(0, 250), 1, '{0}', 9999), 'go 0',
    'and gets it');
SELECT pg_temp.fresh() \g /dev/null
CREATE TEMP TABLE r AS SELECT * FROM pg_temp.admit(pg_temp.setup(0, 250), 2);
SELECT is(pg_temp.report('ok', min(reservation)), 'no change', 'reported')
FROM r;
SELECT is((SELECT round(tokens_left) FROM llm.provider_state
    WHERE provider = 'a'), 110::double precision,
    'what was not used is there again');
SELECT is(pg_temp.report('unsent', max(reservation), '{"tokens": 0}'),
    'no change', 'one that was never sent') FROM r;
SELECT is((SELECT round(tokens_left) FROM llm.provider_state
    WHERE provider = 'a'), 210::double precision, 'gives all of it back');
SELECT is((SELECT calls FROM llm.provider_state WHERE provider = 'a'),
    1::bigint, 'and was no call');

-- A configured rate that changes, and workers that do not agree
SELECT pg_temp.fresh() \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup(2), 2), 'go 0,go 0', 'two are gone');
SELECT is(pg_temp.verdicts(pg_temp.setup(2, 0, '{}', 'f2')), 'wait',
    'another key does not fill the bucket');
SELECT is(pg_temp.verdicts(pg_temp.setup(10)), 'wait',
    'nor does another rate');
SELECT is(pg_temp.verdicts(pg_temp.setup(0)), 'go 0', 'none is no limit');

-- 429
SELECT pg_temp.fresh() \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup()), 'go 0', 'before a 429');
SELECT is(pg_temp.report('limited', NULL, '{"retryAfterMs": 7000}'),
    'no change', 'a 429 opens no circuit');
SELECT ok(wait_ms BETWEEN 6000 AND 7000, 'all wait for as long as it says')
FROM pg_temp.admit(pg_temp.setup());
SELECT is(pg_temp.verdicts(pg_temp.setup(), 1, '{0,1}'), 'go 1',
    'or go to another');
SELECT pg_temp.report('limited', NULL, '{"retryAfterMs": 700000}') \g /dev/null
SELECT ok(wait_ms BETWEEN 59000 AND 60000, 'a minute at most')
FROM pg_temp.admit(pg_temp.setup());
SELECT pg_temp.pass(61) \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup()), 'go 0', 'and no longer');
SELECT pg_temp.report('limited') FROM generate_series(1, 50) \g /dev/null
SELECT ok(wait_ms <= 1000, 'fifty that say nothing more: a second once')
FROM pg_temp.admit(pg_temp.setup());
SELECT pg_temp.pass(2), pg_temp.report('limited') \g /dev/null
SELECT ok(wait_ms BETWEEN 1500 AND 2000, 'then twice as long')
FROM pg_temp.admit(pg_temp.setup());
SELECT pg_temp.pass(3), pg_temp.report('ok'), pg_temp.report('limited')
\g /dev/null
SELECT ok(wait_ms BETWEEN 500 AND 1000, 'an answer forgives')
FROM pg_temp.admit(pg_temp.setup());

-- Headers
SELECT pg_temp.fresh() \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup(), 3), 'go 0,go 0,go 0',
    'no limit is known');
SELECT pg_temp.report('ok', min(reservation_id), '{"limits": {"requests":
    {"most": 60, "left": 4, "resetMs": 56000}}}') FROM llm.reservation
\g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup(), 3), 'go 0,go 0,wait',
    'four are left by the headers, two are under way');
SELECT ok(abs(wait_ms - 1000) < 200, 'one a second comes back')
FROM pg_temp.admit(pg_temp.setup());
SELECT pg_temp.report('ok', NULL, '{"ageMs": 5000, "limits": {"requests":
    {"most": 60, "left": 60}}}') \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup()), 'wait',
    'headers older than the last ones are not believed');
SELECT pg_temp.report('ok', NULL, '{"limits": {"requests":
    {"most": 60, "left": 60, "resetMs": 0}}}') \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup()), 'go 0', 'newer ones are');
SELECT pg_temp.fresh() \g /dev/null
SELECT pg_temp.verdicts(pg_temp.setup()) \g /dev/null
SELECT pg_temp.report('ok', NULL, '{"limits": {"requests":
    {"most": 1000, "left": 999, "resetMs": 86400}}}') \g /dev/null
SELECT is((SELECT round(1 / requests_rate) FROM llm.provider_state
    WHERE provider = 'a'), 86::double precision,
    'a limit by the day fills by the day');
SELECT pg_temp.fresh() \g /dev/null
SELECT pg_temp.verdicts(pg_temp.setup(10)) \g /dev/null
SELECT pg_temp.report('ok', NULL, '{"limits": {"requests":
    {"most": 9999, "left": 9000}}}') \g /dev/null
SELECT is((SELECT requests_most FROM llm.provider_state WHERE provider = 'a'),
    10::double precision, 'a configured rate stays');
SELECT pg_temp.report('ok', NULL, '{"limits": {"requests": {"left": 1},
    "tokens": {"left": -1}}}') \g /dev/null
SELECT ok((SELECT requests_left <= 1 AND tokens_left IS NULL
    FROM llm.provider_state WHERE provider = 'a'), 'what is left is believed');

-- Circuit
SELECT pg_temp.fresh() \g /dev/null
SELECT pg_temp.verdicts(pg_temp.setup(), 1, '{0,1}') \g /dev/null
SELECT pg_temp.report('failed') FROM generate_series(1, 4) \g /dev/null
SELECT is(pg_temp.report('alive'), 'no change', 'four failures and a word');
SELECT pg_temp.report('failed') FROM generate_series(1, 4) \g /dev/null
SELECT is(pg_temp.report('failed'), 'opened failed 30',
    'the fifth in a row opens the circuit');
SELECT is(pg_temp.report('failed', 1), 'no change',
    'those that were under way say nothing new');
SELECT is(pg_temp.verdicts(pg_temp.setup(), 1, '{0,1}'), 'go 1',
    'another provider is asked');
SELECT is(pg_temp.verdicts(pg_temp.setup()), 'down', 'without one: down');
SELECT is(pg_temp.report('ok', 1), 'no change',
    'an old answer does not close it');
SELECT pg_temp.pass(31) \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup(), 3, '{0,1}'), 'go 0,go 1,go 1',
    'half open: one probe, the others go elsewhere');
SELECT is(pg_temp.verdicts(pg_temp.setup()), 'down', 'only one');
SELECT is(pg_temp.report('failed', probe_id), 'opened failed 60',
    'it fails: open for twice as long')
FROM llm.provider_state WHERE provider = 'a';
SELECT pg_temp.pass(61) \g /dev/null
SELECT pg_temp.verdicts(pg_temp.setup()) \g /dev/null
SELECT pg_temp.pass(61) \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup()), 'go 0',
    'a probe whose worker died expires');
SELECT is(pg_temp.report('ok', probe_id), 'closed  ', 'it works: closed')
FROM llm.provider_state WHERE provider = 'a';
SELECT is(pg_temp.verdicts(pg_temp.setup(), 2), 'go 0,go 0', 'for all');
SELECT is(pg_temp.report('auth'), 'opened auth 900', 'a refused key: at once');
SELECT is(pg_temp.report('auth'), 'no change', 'and once');
SELECT is(pg_temp.report('quota'), 'opened quota 3600', 'no money: an hour');
SELECT is(pg_temp.verdicts(pg_temp.setup()), 'down', 'open');
SELECT is(pg_temp.report('quota', NULL, '{"fingerprint": "f0"}'), 'no change',
    'what another configuration met is not believed');
SELECT is(pg_temp.verdicts(pg_temp.setup(0, 0, '{}', 'f2')), 'go 0',
    'another key closes it');
SELECT set_eq('SELECT provider, circuit, calls > 0 FROM llm.providers()',
    $$VALUES ('a', 'closed', true), ('b', 'closed', false)$$,
    'what people see');

-- Budget
SELECT pg_temp.fresh() \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup(0, 0, '{"tokens": 250}'), 3),
    'go 0,go 0,over_budget', 'a day has its tokens');
SELECT is(pg_temp.verdicts(pg_temp.setup(0, 0, '{"tokens": 250}'),
    tenant => 'u'), 'over_budget', 'which are those of all');
SELECT is(pg_temp.verdicts(pg_temp.setup(0, 0, '{"tenantTokens": 250}'),
    tenant => 'u'), 'go 0', 'a tenant has its own');
SELECT is(pg_temp.verdicts(pg_temp.setup(0, 0, '{"tenantCost": 20}')),
    'over_budget', 'and its own money');
SELECT is((SELECT used_percent FROM pg_temp.admit(
    pg_temp.setup(0, 0, '{"tokens": 500, "cost": 1000}'))), 80,
    'how near the tightest bound it is');
SELECT is(pg_temp.report('ok', min(reservation_id)), 'no change', 'settled')
FROM llm.reservation;
SELECT is(pg_temp.report('ok', min(reservation_id) - 1), 'no change',
    'settled twice') FROM llm.reservation;
SELECT results_eq('SELECT * FROM llm.budget()', $$VALUES
    ('*', 40::bigint, 4::bigint, 300::bigint, 30::bigint),
    ('t', 40, 4, 200, 20), ('u', 0, 0, 100, 10)$$,
    'what was used is spent, what is under way is reserved');
SELECT pg_temp.pass(61) \g /dev/null
SELECT is(pg_temp.verdicts(pg_temp.setup(0, 0, '{"tokens": 440}')),
    'go 0', 'time passes');
SELECT results_eq('SELECT * FROM llm.budget()', $$VALUES
    ('*', 340::bigint, 34::bigint, 100::bigint, 10::bigint),
    ('t', 240, 24, 100, 10), ('u', 100, 10, 0, 0)$$,
    'what a dead worker had reserved is spent');
SELECT pg_temp.report('ok', NULL, '{"tenant": "v"}') \g /dev/null
SELECT is((SELECT tokens FROM llm.budget() WHERE tenant = 'v'), 40::bigint,
    'a call that went without asking is counted');

-- A tenant that is called as all of them
SELECT pg_temp.fresh() \g /dev/null
SELECT pg_temp.admit(pg_temp.setup(), tenant => '*') \g /dev/null
SELECT results_eq('SELECT tenant, reserved_tokens FROM llm.budget()',
    $$VALUES ('*', 100::bigint), ('default', 100)$$,
    'is not all of them');
SELECT pg_temp.report('ok', reservation_id, '{"tenant": "*"}')
FROM llm.reservation \g /dev/null
SELECT pg_temp.report('ok', NULL, '{"tenant": "*"}') \g /dev/null
SELECT results_eq(
    'SELECT tenant, tokens, reserved_tokens FROM llm.budget()',
    $$VALUES ('*', 80::bigint, 0::bigint), ('default', 80, 0)$$,
    'and is counted once');
SELECT pg_temp.verdicts(pg_temp.setup(), tenant => 'u') \g /dev/null

-- Nothing
SELECT is(current_setting('synchronous_commit'), 'off',
    'nobody waits for a disk');
SELECT is_empty($$SELECT * FROM llm.report('[]')$$, 'no report');
SELECT is_empty($$SELECT * FROM llm.admit(pg_temp.setup(), '[]')$$, 'no call');
SELECT is((SELECT reserved_tokens FROM llm.budget() WHERE tenant = '*'),
    100::bigint, 'changes nothing');

SELECT * FROM finish();
ROLLBACK;
