-- The ledger, and what people may see of all this.

-- A count in a ledger entry, whatever stands there.
CREATE OR REPLACE FUNCTION llm.count_in(p_entry jsonb, p_key text)
RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_typeof(p_entry->p_key) = 'number'
        THEN greatest(0, least((p_entry->>p_key)::numeric, 1e15))::bigint
        ELSE 0 END
$$;

-- Writes down requests of a job, in the transaction that settles the attempt
-- which sent them; for end hooks. p_usage is an array of objects {"provider",
-- "model","kind","outcome","tenant","promptTokens","cachedTokens",
-- "completionTokens","costMicros","isEstimated","requestId","ms"}; anything
-- else, and NULL, is no usage.
CREATE OR REPLACE FUNCTION llm.record(p_job uuid, p_usage jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_usage IS NULL OR jsonb_typeof(p_usage) <> 'array' THEN
        RETURN;
    END IF;
    INSERT INTO llm.usage (job_id, seq, token, tenant, provider, model, kind,
        outcome, prompt_tokens, cached_tokens, completion_tokens, cost_micros,
        is_estimated, request_id, ms)
    SELECT p_job, row_number() OVER (ORDER BY u.place) + (
            SELECT coalesce(max(seq), 0) FROM llm.usage WHERE job_id = p_job),
        coalesce(
            (SELECT token FROM coatcheck.result WHERE job_id = p_job),
            (SELECT max(token) FROM coatcheck.attempt_failure
                WHERE job_id = p_job)),
        coalesce(left(u.x->>'tenant', 200), 'default'),
        coalesce(left(u.x->>'provider', 200), ''),
        coalesce(left(u.x->>'model', 200), ''),
        coalesce(left(u.x->>'kind', 200), ''),
        coalesce(left(u.x->>'outcome', 200), ''),
        llm.count_in(u.x, 'promptTokens'), llm.count_in(u.x, 'cachedTokens'),
        llm.count_in(u.x, 'completionTokens'),
        llm.count_in(u.x, 'costMicros'),
        coalesce(u.x->'isEstimated' = 'true', false),
        nullif(left(u.x->>'requestId', 200), ''), llm.count_in(u.x, 'ms')
    FROM jsonb_array_elements(p_usage) WITH ORDINALITY u(x, place)
    WHERE jsonb_typeof(u.x) = 'object';
END $$;

-- What the days (UTC) from p_from to p_to have cost, by the ledger.
CREATE OR REPLACE FUNCTION llm.spend(
    p_from date DEFAULT NULL, p_to date DEFAULT NULL)
RETURNS TABLE (day date, tenant text, provider text, model text, kind text,
    calls bigint, failed bigint, prompt_tokens numeric, cached_tokens numeric,
    completion_tokens numeric, cost_micros numeric, estimated bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT (at AT TIME ZONE 'UTC')::date, tenant, provider, model, kind,
        count(*), count(*) FILTER (WHERE outcome <> 'completed'),
        sum(prompt_tokens), sum(cached_tokens), sum(completion_tokens),
        sum(cost_micros), count(*) FILTER (WHERE is_estimated)
    FROM llm.usage,
        (SELECT coalesce(p_from, llm.today()) AS first,
            coalesce(p_to, p_from, llm.today()) AS last) d
    WHERE at >= d.first::timestamp AT TIME ZONE 'UTC'
      AND at < (d.last + 1)::timestamp AT TIME ZONE 'UTC'
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
$$;

-- How much of a day's budget is used, by the gate: in force at once, and with
-- what is reserved. Tenant '*' is all of them.
CREATE OR REPLACE FUNCTION llm.budget(p_day date DEFAULT NULL)
RETURNS TABLE (tenant text, tokens bigint, cost_micros bigint,
    reserved_tokens bigint, reserved_micros bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT tenant, tokens, cost_micros, reserved_tokens, reserved_micros
    FROM llm.budget_day WHERE day = coalesce(p_day, llm.today()) ORDER BY 1
$$;

-- Every provider as it stands. circuit is closed, open, half-open or probing;
-- open_ms and paused_ms are how much longer; requests_left and tokens_left
-- are NULL while no limit is known; the counts are since the row was made.
CREATE OR REPLACE FUNCTION llm.providers()
RETURNS TABLE (provider text, model text, circuit text, reason text,
    open_ms bigint, paused_ms bigint, requests_left bigint, tokens_left bigint,
    calls bigint, failed bigint, limited bigint, opened bigint)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT s.provider, s.model, CASE WHEN s.open_until IS NULL THEN 'closed'
            WHEN s.open_until > n.now_ THEN 'open'
            WHEN s.probe_until > n.now_ THEN 'probing' ELSE 'half-open' END,
        s.reason,
        greatest(0, extract(epoch FROM s.open_until - n.now_) * 1000)::bigint,
        coalesce(greatest(0,
            extract(epoch FROM s.paused_until - n.now_) * 1000), 0)::bigint,
        floor(r.requests_left)::bigint, floor(r.tokens_left)::bigint,
        s.calls, s.failed, s.limited, s.opened
    FROM (SELECT clock_timestamp() AS now_) n, llm.provider_state s,
        llm.refill(s, n.now_) r
    ORDER BY 1, 2
$$;
