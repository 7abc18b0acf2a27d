-- What Prometheus reads of the providers; see queue/functions/70_metrics.sql.

-- Call times are those of the newest 10,000 calls of five minutes.
CREATE OR REPLACE FUNCTION llm.metrics() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH provider AS (
        SELECT array_agg(label ORDER BY label) AS labels,
            array_agg(calls ORDER BY label) AS calls,
            array_agg(failed ORDER BY label) AS failed,
            array_agg(limited ORDER BY label) AS limited,
            array_agg(is_open ORDER BY label) AS is_open
        FROM (SELECT coatcheck.metric_label('provider', provider) || ','
                || coatcheck.metric_label('model', model) AS label,
                calls, failed, limited, (circuit <> 'closed')::integer
                AS is_open
            FROM llm.providers()) p
    ), quantile AS (
        SELECT coatcheck.metric_label('provider', provider) || ','
            || coatcheck.metric_label('model', model) || ','
            || coatcheck.metric_label('quantile', q::text) AS label,
            percentile_cont(q) WITHIN GROUP (ORDER BY ms / 1000.0) AS seconds
        FROM (SELECT * FROM llm.usage WHERE at > now() - interval '5 minutes'
            ORDER BY at DESC LIMIT 10000) u,
            unnest('{0.5,0.95,0.99}'::double precision[]) q
        GROUP BY provider, model, q
    ), today AS (
        SELECT array_agg(label ORDER BY label) AS labels,
            array_agg(tokens ORDER BY label) AS tokens,
            array_agg(cost ORDER BY label) AS cost
        FROM (SELECT coatcheck.metric_label('tenant', tenant) AS label,
                tokens, cost_micros / 1e6 AS cost
            FROM llm.budget() WHERE tenant <> '*') b
    )
    SELECT coatcheck.metric('coatcheck_llm_calls_total',
            'Requests to models that have ended.', p.labels, p.calls,
            'counter')
        || coatcheck.metric('coatcheck_llm_failed_total',
            'Requests to models that failed.', p.labels, p.failed, 'counter')
        || coatcheck.metric('coatcheck_llm_limited_total',
            'Requests to models that a rate limit refused.', p.labels,
            p.limited, 'counter')
        || coatcheck.metric('coatcheck_llm_circuit_open',
            '1 while a provider is left alone.', p.labels, p.is_open)
        || coatcheck.metric('coatcheck_llm_call_seconds',
            'Time of a request to a model, in the last five minutes.',
            (SELECT array_agg(label ORDER BY label) FROM quantile),
            (SELECT array_agg(seconds ORDER BY label) FROM quantile))
        || coatcheck.metric('coatcheck_llm_tokens_today',
            'Tokens read and written since midnight UTC.', t.labels, t.tokens)
        || coatcheck.metric('coatcheck_llm_cost_today',
            'Money spent since midnight UTC, in the unit of the prices.',
            t.labels, t.cost)
    FROM provider p, today t
$$;
