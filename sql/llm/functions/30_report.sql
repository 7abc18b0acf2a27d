-- What became of calls that were let through.
--   p_reports  [{"provider","model","fingerprint", "reservation" (null if it
--     went without being asked for), "tenant", "outcome", "reserved": tokens
--     reserved, "tokens" and "cost" used, "retryAfterMs" (or null), "ageMs":
--     how long ago its headers were sent, "limits": {"requests": {"most",
--     "left","resetMs"}, "tokens": {…}} as far as they said}]
--   outcome    ok       answered
--              alive    something else, but the provider works
--              failed   nothing, or nothing of use
--              limited  too many requests
--              auth     key or model refused
--              quota    not paid for
--              unsent   never reached anybody
--              unknown  given up while under way
-- Returns a row for each circuit that opened or closed: event is the one or
-- the other, reason why it opened, for_ms how long. A report that comes twice,
-- or after its reservation has expired, changes no budget.
CREATE OR REPLACE FUNCTION llm.report(p_reports jsonb)
RETURNS TABLE (provider text, model text, event text, reason text,
    for_ms bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off SET lock_timeout = '2s' AS $$
#variable_conflict use_column
DECLARE
    s     llm.provider_state;
    r     jsonb;
    one   record;
    now_  timestamptz;
    today date := llm.today();
    held  record;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true); -- as in admit
    FOR s IN
        SELECT x.* FROM llm.provider_state x
        WHERE (x.provider, x.model) IN (
            SELECT u->>'provider', u->>'model'
            FROM jsonb_array_elements(p_reports) u)
        ORDER BY x.provider, x.model
        FOR UPDATE
    LOOP
        now_ := clock_timestamp();
        s := llm.refill(s, now_);
        FOR r IN
            SELECT u.x FROM jsonb_array_elements(p_reports) WITH ORDINALITY
                u(x, place)
            WHERE u.x->>'provider' = s.provider AND u.x->>'model' = s.model
              AND u.x->>'fingerprint' = s.fingerprint
            ORDER BY u.place
        LOOP
            one := llm.judge(s, r, now_);
            s := one.state;
            IF one.event IS NOT NULL THEN
                provider := s.provider;
                model := s.model;
                event := one.event;
                reason := s.reason;
                for_ms := extract(epoch FROM s.open_until - now_) * 1000;
                RETURN NEXT;
            END IF;
        END LOOP;
        PERFORM llm.store(s);
    END LOOP;

    SELECT array_agg(x.reservation_id) AS ids, array_agg(x.day) AS days,
        array_agg(x.tenant) AS tenants
    INTO held
    FROM llm.reservation x
    WHERE x.reservation_id IN (SELECT (u->>'reservation')::bigint
        FROM jsonb_array_elements(p_reports) u);
    PERFORM llm.lock_budgets(held.days || more.days,
        held.tenants || more.tenants)
    FROM (SELECT array_agg(today) AS days,
            array_agg(llm.tenant_of(u)) AS tenants
        FROM jsonb_array_elements(p_reports) u
        WHERE u->>'reservation' IS NULL) more;
    WITH gone AS (
        DELETE FROM llm.reservation x WHERE x.reservation_id = ANY (held.ids)
        RETURNING x.*),
    used AS (
        SELECT coalesce(g.day, today) AS day,
            coalesce(g.tenant, llm.tenant_of(u)) AS tenant,
            coalesce((u->>'tokens')::bigint, 0) AS tokens,
            coalesce((u->>'cost')::bigint, 0) AS micros,
            coalesce(g.tokens, 0) AS reserved_tokens,
            coalesce(g.cost_micros, 0) AS reserved_micros
        FROM jsonb_array_elements(p_reports) u
        LEFT JOIN gone g ON g.reservation_id = (u->>'reservation')::bigint
        WHERE g.reservation_id IS NOT NULL OR u->>'reservation' IS NULL),
    sums AS (
        SELECT u.day, t AS tenant, sum(u.tokens) AS tokens,
            sum(u.micros) AS micros, sum(u.reserved_tokens) AS reserved_tokens,
            sum(u.reserved_micros) AS reserved_micros
        FROM used u, unnest(ARRAY[u.tenant, '*']) t GROUP BY 1, 2)
    UPDATE llm.budget_day b
    SET tokens = b.tokens + x.tokens, cost_micros = b.cost_micros + x.micros,
        reserved_tokens = b.reserved_tokens - x.reserved_tokens,
        reserved_micros = b.reserved_micros - x.reserved_micros
    FROM sums x WHERE b.day = x.day AND b.tenant = x.tenant;
END $$;

-- One report, for the provider's row; event is NULL if its circuit stays as it
-- is. A circuit that is open listens to its probe alone, so that a burst of
-- failures opens it once; but trouble with key or quota is believed at once.
CREATE OR REPLACE FUNCTION llm.judge(s llm.provider_state, p_report jsonb,
    p_now timestamptz, OUT state llm.provider_state, OUT event text)
LANGUAGE plpgsql AS $$
DECLARE
    outcome  text := p_report->>'outcome';
    id       bigint := (p_report->>'reservation')::bigint;
    is_probe boolean := coalesce(s.probe_id = id, false)
        OR id IS NULL AND s.open_until <= p_now;
    wait_ms  double precision;
BEGIN
    IF is_probe THEN
        s.probe_id := NULL;
        s.probe_until := NULL;
    END IF;
    s := llm.refund(s, p_report);
    IF outcome IN ('unsent', 'unknown') THEN
        s.calls := s.calls + (outcome = 'unknown')::integer;
        state := s;
        RETURN;
    END IF;
    s := llm.learn(s, p_report, p_now);
    s.calls := s.calls + 1;
    s.failed := s.failed + (outcome IN ('failed', 'auth', 'quota'))::integer;
    IF outcome IN ('ok', 'alive', 'limited') THEN
        s.failures := 0;
        IF s.open_until IS NOT NULL AND is_probe THEN
            s.open_until := NULL;
            s.opens := 0;
            s.reason := NULL;
            event := 'closed';
        END IF;
    ELSIF outcome = 'failed' THEN
        s.failures := s.failures + 1;
        wait_ms := least(300000, 30000 * 2 ^ least(s.opens, 10));
        IF is_probe OR s.open_until IS NULL AND s.failures >= 5 THEN
            s := llm.open(s, outcome, p_now, wait_ms);
            event := 'opened';
        END IF;
    ELSE
        wait_ms := CASE outcome WHEN 'auth' THEN 900000 ELSE 3600000 END;
        IF s.open_until IS NULL OR s.reason <> outcome OR is_probe THEN
            event := 'opened';
            s := llm.open(s, outcome, p_now, wait_ms);
        END IF;
    END IF;
    IF outcome = 'ok' THEN
        s.pauses := 0;
    ELSIF outcome = 'limited' THEN
        s.limited := s.limited + 1;
        wait_ms := nullif((p_report->>'retryAfterMs')::bigint, 0);
        -- A burst that is told the same counts once.
        IF wait_ms IS NULL AND s.paused_until IS DISTINCT FROM
            greatest(s.paused_until, p_now) THEN
            wait_ms := 1000 * 2 ^ least(s.pauses, 10);
            s.pauses := s.pauses + 1;
        END IF;
        IF wait_ms IS NOT NULL THEN
            s.paused_until := greatest(s.paused_until,
                p_now + least(wait_ms, 60000) * interval '1 ms');
        END IF;
    END IF;
    state := s;
END $$;

CREATE OR REPLACE FUNCTION llm.open(s llm.provider_state, p_reason text,
    p_now timestamptz, p_ms double precision)
RETURNS llm.provider_state LANGUAGE plpgsql AS $$
BEGIN
    s.open_until := p_now + p_ms * interval '1 ms';
    s.opens := s.opens + 1;
    s.opened := s.opened + 1;
    s.reason := p_reason;
    s.probe_id := NULL;
    s.probe_until := NULL;
    RETURN s;
END $$;

-- What was reserved in the buckets and not used goes back, or the other way.
CREATE OR REPLACE FUNCTION llm.refund(s llm.provider_state, p_report jsonb)
RETURNS llm.provider_state LANGUAGE plpgsql AS $$
BEGIN
    IF p_report->>'reservation' IS NULL THEN
        RETURN s; -- it took nothing
    END IF;
    s.tokens_left := least(s.tokens_most, s.tokens_left
        + least((p_report->>'reserved')::bigint, s.tokens_most)
        - coalesce((p_report->>'tokens')::bigint, 0));
    IF p_report->>'outcome' = 'unsent' THEN
        s.requests_left := least(s.requests_most, s.requests_left + 1);
    END IF;
    RETURN s;
END $$;

-- Steers the buckets by what the provider's headers say, the newest are
-- believed. Calls under way may not be in its numbers yet, so they are taken
-- off. A configured rate stays; the headers only lower what is left of it.
CREATE OR REPLACE FUNCTION llm.learn(
    s llm.provider_state, p_report jsonb, p_now timestamptz)
RETURNS llm.provider_state LANGUAGE plpgsql AS $$
DECLARE
    said   timestamptz := p_now
        - coalesce((p_report->>'ageMs')::bigint, 0) * interval '1 ms';
    passed double precision := extract(epoch FROM p_now - said);
    others record;
    l      record;
BEGIN
    IF p_report->'limits' IS NULL OR s.heard_at >= said THEN
        RETURN s;
    END IF;
    s.heard_at := said;
    SELECT count(*) AS requests, coalesce(sum(x.tokens), 0) AS tokens
    INTO others
    FROM llm.reservation x
    WHERE x.provider = s.provider AND x.model = s.model
      AND x.expires_at > p_now
      AND x.reservation_id IS DISTINCT FROM
        (p_report->>'reservation')::bigint;
    l := llm.read_limit(p_report->'limits'->'requests', s.rpm, s.requests_most,
        s.requests_rate, s.requests_left, passed, others.requests);
    s.requests_most := l.most;
    s.requests_rate := l.rate;
    s.requests_left := l.left_;
    l := llm.read_limit(p_report->'limits'->'tokens', s.tpm, s.tokens_most,
        s.tokens_rate, s.tokens_left, passed, others.tokens);
    s.tokens_most := l.most;
    s.tokens_rate := l.rate;
    s.tokens_left := l.left_;
    RETURN s;
END $$;

-- One bucket. The time until it is full tells the rate, which is a minute's
-- limit at most; some providers count by the day.
CREATE OR REPLACE FUNCTION llm.read_limit(p_said jsonb, p_configured bigint,
    INOUT most double precision, INOUT rate double precision,
    INOUT left_ double precision, p_passed double precision,
    p_others numeric) LANGUAGE plpgsql AS $$
DECLARE
    said_most double precision := (p_said->>'most')::double precision;
    said_left double precision := (p_said->>'left')::double precision;
    reset     double precision :=
        (p_said->>'resetMs')::double precision / 1000;
BEGIN
    IF p_configured = 0 AND said_most > 0 THEN
        most := said_most;
        rate := said_most / 60;
        IF reset > 0 AND said_left < said_most THEN
            rate := least(rate, (said_most - said_left) / reset);
        END IF;
        left_ := coalesce(left_, said_most);
    END IF;
    IF said_left >= 0 AND most IS NOT NULL THEN
        said_left := least(most, said_left + p_passed * rate - p_others);
        left_ := CASE WHEN p_configured = 0 THEN said_left
            ELSE least(left_, said_left) END;
    END IF;
END $$;
