-- What there is to know about the queue at a glance, as the text that
-- Prometheus reads (exposition format 0.0.4). Nothing here grows with the
-- tables: waiting jobs are counted to 100,000, and times are those of
-- the newest 10,000 jobs that ended within five minutes.

-- One family of metrics: HELP and TYPE, then a line for each pair of labels and
-- value; labels is NULL for none. '' without any. kind is gauge or counter.
CREATE OR REPLACE FUNCTION coatcheck.metric(name text, help text,
    labels text[], metric_values double precision[],
    kind text DEFAULT 'gauge') RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(format(E'# HELP %s %s\n# TYPE %s %s\n', name, help, name,
            kind)
        || string_agg(name || coalesce('{' || l || '}', '') || ' '
            || v::numeric || E'\n', '' ORDER BY n), '')
    FROM unnest(labels, metric_values) WITH ORDINALITY u(l, v, n)
    WHERE v IS NOT NULL
$$;

-- key="value", escaped.
CREATE OR REPLACE FUNCTION coatcheck.metric_label(key text, value text)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT key || '="' || replace(replace(replace(value, '\', '\\'),
        '"', '\"'), E'\n', '\n') || '"'
$$;

CREATE OR REPLACE FUNCTION coatcheck.metrics_of_ended() RETURNS text
LANGUAGE sql STABLE AS $$
    WITH ended AS MATERIALIZED (
        SELECT * FROM coatcheck.result
        WHERE completed_at > now() - interval '5 minutes'
        ORDER BY completed_at DESC LIMIT 10000
    ), by_status AS (
        SELECT coatcheck.metric_label('type', t.name) || ','
            || coatcheck.metric_label('status', e.status) AS label,
            count(*) AS n
        FROM ended e JOIN coatcheck.job_type t USING (type_id)
        GROUP BY 1
    ), timed AS (
        SELECT coatcheck.metric_label('type', t.name) AS label,
            extract(epoch FROM e.claimed_at - j.created_at) AS waited,
            extract(epoch FROM e.completed_at - e.claimed_at) AS ran
        FROM ended e JOIN coatcheck.job_type t USING (type_id)
        JOIN coatcheck.job j USING (job_id)
        WHERE e.claimed_at IS NOT NULL
    ), quantile AS (
        SELECT label || ',' || coatcheck.metric_label('quantile', q::text)
            AS label,
            percentile_cont(q) WITHIN GROUP (ORDER BY waited) AS waited,
            percentile_cont(q) WITHIN GROUP (ORDER BY ran) AS ran
        FROM timed, unnest('{0.5,0.95,0.99}'::double precision[]) q
        GROUP BY label, q
    )
    SELECT coatcheck.metric('coatcheck_jobs_ended_5m',
            'Jobs that ended in the last five minutes.',
            (SELECT array_agg(label ORDER BY label) FROM by_status),
            (SELECT array_agg(n ORDER BY label) FROM by_status))
        || coatcheck.metric('coatcheck_wait_seconds',
            'From the ticket to the start of the last attempt, in the last '
            'five minutes.',
            (SELECT array_agg(label ORDER BY label) FROM quantile),
            (SELECT array_agg(waited ORDER BY label) FROM quantile))
        || coatcheck.metric('coatcheck_run_seconds',
            'From the start of the last attempt to its end, in the last five '
            'minutes.',
            (SELECT array_agg(label ORDER BY label) FROM quantile),
            (SELECT array_agg(ran ORDER BY label) FROM quantile))
$$;

CREATE OR REPLACE FUNCTION coatcheck.metrics() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH type AS (
        SELECT coatcheck.metric_label('type', t.name) AS label,
            (SELECT count(*) FROM (SELECT FROM coatcheck.ready r
                WHERE r.type_id = t.type_id LIMIT 100000) c) AS ready,
            coalesce(s.n, 0) AS scheduled,
            (SELECT count(*) FROM coatcheck.lease l
                WHERE l.type_id = t.type_id) AS running,
            coalesce((SELECT max(extract(epoch FROM
                    clock_timestamp() - j.created_at))
                FROM generate_series(0, 3) lane, LATERAL (
                    SELECT r.job_id FROM coatcheck.ready r
                    WHERE r.type_id = t.type_id AND r.priority = lane
                    ORDER BY r.seq LIMIT 1) first
                JOIN coatcheck.job j USING (job_id)), 0) AS age
        FROM coatcheck.job_type t
        LEFT JOIN (SELECT type_id, count(*) AS n
            FROM (SELECT type_id FROM coatcheck.scheduled LIMIT 100000) c
            GROUP BY 1) s USING (type_id)
    ), each AS (
        SELECT array_agg(label ORDER BY label) AS labels,
            array_agg(ready::double precision ORDER BY label) AS ready,
            array_agg(scheduled::double precision ORDER BY label) AS scheduled,
            array_agg(running::double precision ORDER BY label) AS running,
            array_agg(age::double precision ORDER BY label) AS age
        FROM type
    )
    SELECT coatcheck.metric('coatcheck_jobs_ready',
            'Jobs that a worker may take now, counted to 100000.',
            labels, ready)
        || coatcheck.metric('coatcheck_jobs_scheduled',
            'Jobs that wait for their time or their next attempt, counted to '
            '100000.', labels, scheduled)
        || coatcheck.metric('coatcheck_jobs_running', 'Jobs under a lease.',
            labels, running)
        || coatcheck.metric('coatcheck_oldest_ready_seconds',
            'Age of the job that is ready longest.', labels, age)
        || coatcheck.metrics_of_ended()
        || coatcheck.metric('coatcheck_workers',
            'Workers seen in the last 30 seconds.', '{NULL}',
            ARRAY(SELECT count(*) FROM coatcheck.worker
                WHERE stopped_at IS NULL
                  AND seen_at > now() - interval '30 seconds'))
        || coatcheck.metric('coatcheck_worker_seen_seconds',
            'Since a worker was last seen.', '{NULL}',
            ARRAY[coatcheck.worker_age()])
    FROM each
$$;
