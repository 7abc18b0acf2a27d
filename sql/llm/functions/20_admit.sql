-- May these calls go, and to whom?
--   p_setup  {"providers": [{"provider","model","fingerprint","rpm","tpm"}],
--            "budget": {"tokens","cost","tenantTokens","tenantCost"}}; bounds a
--            day, 0 for none
--   p_calls  [{"tenant", "of": [{"at","tokens","cost","ms"}]}]: the providers
--            that it may go to, the one preferred first, by their place in the
--            setup from 0, each with what the call may use and cost there and
--            after how many ms it has surely ended
-- Returns a row a call, in order, with a verdict:
--   go           to the provider `at`; the reservation is to be reported
--   wait         no bucket has room; ask again in wait_ms
--   down         no circuit is closed
--   over_budget  it would go beyond a bound of the day
-- used_percent is how much of the tightest bound is in use, with the call.
-- Calls that wait stand in line: each wait_ms reckons with those before it.
CREATE OR REPLACE FUNCTION llm.admit(p_setup jsonb, p_calls jsonb)
RETURNS TABLE (n integer, verdict text, at integer, reservation bigint,
    wait_ms bigint, used_percent integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET jit = off SET lock_timeout = '2s' AS $$
DECLARE
    s       llm.provider_state;
    states  llm.provider_state[];
    bounds  jsonb := p_setup->'budget';
    all_    llm.budget_day;
    own     llm.budget_day;
    budgets llm.budget_day[]; -- of tenants
    tenants text[];
    today   date := llm.today();
    now_    timestamptz;
    due     record;
    c       record; -- a call
    o       record; -- a provider that it may go to
    line_requests double precision[]; -- promised to calls that wait
    line_tokens   double precision[];
    wait    double precision; -- seconds
    best    integer; -- provider with the least of it
    tokens  double precision;
    most    double precision; -- tokens to wait for at best
    percent integer;
    is_over boolean;
    i       integer;
    t       integer;
BEGIN
    IF jsonb_array_length(p_calls) = 0
        OR jsonb_array_length(p_setup->'providers') = 0 THEN
        RETURN;
    END IF;
    -- A crash may take back what counts calls, and no call waits for a disk.
    -- Said here and not by the worker: behind a pooler its connection is that
    -- of others, too.
    PERFORM set_config('synchronous_commit', 'off', true);
    states := llm.lock_providers(p_setup->'providers');
    SELECT array_agg(r.reservation_id) AS ids, array_agg(r.day) AS days,
        array_agg(r.tenant) AS tenants
    INTO due
    FROM (SELECT * FROM llm.reservation x
        WHERE x.expires_at <= clock_timestamp() LIMIT 100) r;
    SELECT array_agg(DISTINCT llm.tenant_of(u.x)) INTO tenants
    FROM jsonb_array_elements(p_calls) u(x);
    PERFORM llm.lock_budgets(
        array_fill(today, ARRAY[cardinality(tenants)]) || due.days,
        tenants || due.tenants);
    PERFORM llm.expire(due.ids);
    SELECT * INTO all_ FROM llm.budget_day b
    WHERE b.day = today AND b.tenant = '*';
    SELECT array_agg(b ORDER BY u.place) INTO budgets
    FROM unnest(tenants) WITH ORDINALITY u(tenant, place)
    JOIN llm.budget_day b ON b.day = today AND b.tenant = u.tenant;
    line_requests := array_fill(0.0::double precision,
        ARRAY[cardinality(states)]);
    line_tokens := line_requests;
    now_ := clock_timestamp();

    FOR c IN
        SELECT llm.tenant_of(u.x) AS tenant, u.x->'of' AS providers, u.place
        FROM jsonb_array_elements(p_calls) WITH ORDINALITY u(x, place)
        ORDER BY u.place
    LOOP
        n := c.place - 1;
        verdict := 'down';
        at := NULL;
        reservation := NULL;
        wait_ms := NULL;
        used_percent := NULL;
        best := NULL;
        is_over := false;
        t := array_position(tenants, c.tenant);
        own := budgets[t];
        FOR o IN
            SELECT (u.x->>'at')::integer AS at, (u.x->>'ms')::bigint AS ms,
                (u.x->>'tokens')::bigint AS tokens,
                (u.x->>'cost')::bigint AS cost
            FROM jsonb_array_elements(c.providers) WITH ORDINALITY
                u(x, place) ORDER BY u.place
        LOOP
            i := o.at + 1;
            s := states[i];
            CONTINUE WHEN s.open_until > now_ OR s.probe_until > now_;
            percent := llm.used_percent(all_, own, bounds, o.tokens, o.cost);
            IF percent > 100 THEN
                is_over := true;
                CONTINUE;
            END IF;
            -- More than a whole bucket would wait for ever.
            tokens := least(o.tokens, s.tokens_most);
            wait := greatest(0,
                extract(epoch FROM s.paused_until - now_),
                (1 + line_requests[i] - s.requests_left) / s.requests_rate,
                (tokens + line_tokens[i] - s.tokens_left) / s.tokens_rate);
            IF wait > 0 THEN
                IF wait_ms IS NULL OR ceil(wait * 1000) < wait_ms THEN
                    verdict := 'wait';
                    wait_ms := ceil(wait * 1000);
                    best := i;
                    most := coalesce(tokens, 0);
                END IF;
                CONTINUE;
            END IF;
            verdict := 'go';
            at := o.at;
            wait_ms := NULL;
            used_percent := percent;
            EXIT;
        END LOOP;

        IF verdict = 'go' THEN
            INSERT INTO llm.reservation (provider, model, day, tenant, tokens,
                cost_micros, expires_at)
            VALUES (s.provider, s.model, today, c.tenant, o.tokens, o.cost,
                now_ + o.ms * interval '1 ms')
            RETURNING reservation_id INTO reservation;
            IF s.open_until IS NOT NULL THEN
                s.probe_id := reservation;
                s.probe_until := now_ + o.ms * interval '1 ms';
            END IF;
            s.requests_left := s.requests_left - 1;
            s.tokens_left := s.tokens_left - tokens;
            states[i] := s;
            own.reserved_tokens := own.reserved_tokens + o.tokens;
            own.reserved_micros := own.reserved_micros + o.cost;
            budgets[t] := own;
            all_.reserved_tokens := all_.reserved_tokens + o.tokens;
            all_.reserved_micros := all_.reserved_micros + o.cost;
        ELSIF best IS NOT NULL THEN
            line_requests[best] := line_requests[best] + 1;
            line_tokens[best] := line_tokens[best] + most;
        ELSIF is_over THEN
            verdict := 'over_budget';
        END IF;
        RETURN NEXT;
    END LOOP;

    PERFORM llm.store(x) FROM unnest(states) x;
    UPDATE llm.budget_day b SET reserved_tokens = x.reserved_tokens,
        reserved_micros = x.reserved_micros
    FROM unnest(budgets || all_) x
    WHERE b.day = x.day AND b.tenant = x.tenant;
END $$;

-- How much of the tightest bound would be in use with one more call, in
-- percent; above 100 it may not go. 0 without a bound.
CREATE OR REPLACE FUNCTION llm.used_percent(p_all llm.budget_day,
    p_own llm.budget_day, p_bounds jsonb, p_tokens bigint, p_micros bigint)
RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(max(CASE WHEN used > most THEN 101
        ELSE trunc(used * 100 / most) END), 0)::integer
    FROM (VALUES
        ('tokens', p_all.tokens + p_all.reserved_tokens + p_tokens),
        ('cost', p_all.cost_micros + p_all.reserved_micros + p_micros),
        ('tenantTokens', p_own.tokens + p_own.reserved_tokens + p_tokens),
        ('tenantCost', p_own.cost_micros + p_own.reserved_micros + p_micros))
        v(name, used)
    CROSS JOIN LATERAL (SELECT (p_bounds->>name)::numeric) b(most)
    WHERE most > 0
$$;
