-- The parts that admit and report share.

-- Fills both buckets up to p_now.
CREATE OR REPLACE FUNCTION llm.refill(s llm.provider_state, p_now timestamptz)
RETURNS llm.provider_state LANGUAGE plpgsql AS $$
DECLARE
    passed double precision :=
        greatest(0, extract(epoch FROM p_now - s.filled_at));
BEGIN
    s.requests_left := least(s.requests_most,
        s.requests_left + passed * s.requests_rate);
    s.tokens_left := least(s.tokens_most,
        s.tokens_left + passed * s.tokens_rate);
    s.filled_at := greatest(s.filled_at, p_now);
    RETURN s;
END $$;

-- Takes over what a worker has configured. Another URL or key begins with a
-- closed circuit and nothing learned; what is left of a configured rate stays,
-- so that two workers of different configuration do not fill each other's.
CREATE OR REPLACE FUNCTION llm.configure(
    s llm.provider_state, p_fingerprint text, p_rpm bigint, p_tpm bigint)
RETURNS llm.provider_state LANGUAGE plpgsql AS $$
DECLARE
    is_new boolean := s.fingerprint <> p_fingerprint;
BEGIN
    IF is_new THEN
        s.fingerprint := p_fingerprint;
        s.failures := 0;
        s.open_until := NULL;
        s.opens := 0;
        s.reason := NULL;
        s.probe_id := NULL;
        s.probe_until := NULL;
        s.paused_until := NULL;
        s.pauses := 0;
        s.heard_at := NULL;
    END IF;
    IF s.rpm <> p_rpm OR is_new AND p_rpm = 0 THEN
        s.rpm := p_rpm;
        s.requests_most := nullif(p_rpm, 0);
        s.requests_rate := p_rpm / 60.0;
        s.requests_left := CASE WHEN p_rpm > 0 THEN
            least(coalesce(s.requests_left, p_rpm), p_rpm) END;
    END IF;
    IF s.tpm <> p_tpm OR is_new AND p_tpm = 0 THEN
        s.tpm := p_tpm;
        s.tokens_most := nullif(p_tpm, 0);
        s.tokens_rate := p_tpm / 60.0;
        s.tokens_left := CASE WHEN p_tpm > 0 THEN
            least(coalesce(s.tokens_left, p_tpm), p_tpm) END;
    END IF;
    RETURN s;
END $$;

CREATE OR REPLACE FUNCTION llm.store(s llm.provider_state)
RETURNS void LANGUAGE sql AS $$
    UPDATE llm.provider_state SET
        fingerprint = s.fingerprint, rpm = s.rpm, tpm = s.tpm,
        requests_most = s.requests_most, requests_rate = s.requests_rate,
        requests_left = s.requests_left, tokens_most = s.tokens_most,
        tokens_rate = s.tokens_rate, tokens_left = s.tokens_left,
        filled_at = s.filled_at, heard_at = s.heard_at,
        paused_until = s.paused_until, pauses = s.pauses,
        failures = s.failures, open_until = s.open_until, opens = s.opens,
        reason = s.reason, probe_id = s.probe_id, probe_until = s.probe_until,
        calls = s.calls, failed = s.failed, limited = s.limited,
        opened = s.opened
    WHERE provider = s.provider AND model = s.model
$$;

-- The rows of the providers in [{"provider","model","fingerprint","rpm",
-- "tpm"}], locked, in that order, configured and filled up.
CREATE OR REPLACE FUNCTION llm.lock_providers(p_providers jsonb)
RETURNS llm.provider_state[]
LANGUAGE plpgsql AS $$
DECLARE
    states llm.provider_state[];
    now_   timestamptz;
BEGIN
    INSERT INTO llm.provider_state (provider, model, fingerprint)
    SELECT p->>'provider', p->>'model', p->>'fingerprint'
    FROM jsonb_array_elements(p_providers) p
    ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    PERFORM FROM llm.provider_state s
    WHERE (s.provider, s.model) IN (
        SELECT p->>'provider', p->>'model'
        FROM jsonb_array_elements(p_providers) p)
    ORDER BY s.provider, s.model
    FOR UPDATE;
    now_ := clock_timestamp();
    SELECT array_agg(llm.refill(llm.configure(s, p->>'fingerprint',
            (p->>'rpm')::bigint, (p->>'tpm')::bigint), now_) ORDER BY n)
    INTO states
    FROM jsonb_array_elements(p_providers) WITH ORDINALITY u(p, n)
    JOIN llm.provider_state s
        ON s.provider = p->>'provider' AND s.model = p->>'model';
    RETURN states;
END $$;

-- Makes and locks days of the budget: for each of p_days with the tenant of
-- the same place, that row and the one of all.
CREATE OR REPLACE FUNCTION llm.lock_budgets(p_days date[], p_tenants text[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO llm.budget_day (day, tenant)
    SELECT u.day, t FROM unnest(p_days, p_tenants) u(day, tenant),
        unnest(ARRAY[u.tenant, '*']) t
    GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT DO NOTHING;
    PERFORM FROM llm.budget_day b
    WHERE b.day = ANY (p_days)
      AND (b.tenant = '*' OR b.tenant = ANY (p_tenants))
    ORDER BY b.day, b.tenant
    FOR UPDATE;
END $$;

-- Whose budget a call or report is for; '*' is none's own, but that of all.
CREATE OR REPLACE FUNCTION llm.tenant_of(p_one jsonb)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(nullif(p_one->>'tenant', '*'), 'default')
$$;

CREATE OR REPLACE FUNCTION llm.today() RETURNS date LANGUAGE sql VOLATILE AS $$
    SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date
$$;

-- Reservations that nobody has reported: what they hold becomes spent.
CREATE OR REPLACE FUNCTION llm.expire(p_ids bigint[])
RETURNS void LANGUAGE sql AS $$
    WITH gone AS (
        DELETE FROM llm.reservation WHERE reservation_id = ANY (p_ids)
        RETURNING *),
    sums AS (
        SELECT g.day, t AS tenant, sum(g.tokens) AS tokens,
            sum(g.cost_micros) AS micros
        FROM gone g, unnest(ARRAY[g.tenant, '*']) t GROUP BY 1, 2)
    UPDATE llm.budget_day b
    SET tokens = b.tokens + s.tokens, cost_micros = b.cost_micros + s.micros,
        reserved_tokens = b.reserved_tokens - s.tokens,
        reserved_micros = b.reserved_micros - s.micros
    FROM sums s WHERE b.day = s.day AND b.tenant = s.tenant
$$;
