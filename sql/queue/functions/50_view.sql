-- What a client may see of a job, and what a readiness check asks.

-- One job of an owner, of one of the types, or no row: who asks for another's
-- job learns as much as one who asks for none. Columns:
--   status         PENDING, PROCESSING, COMPLETED, FAILED or CANCELLED
--   attempts       counted so far
--   queue_position from 1, counted to 1,000 at most; ready jobs only
--   run_at         when a scheduled job becomes ready
--   stage, partial newest status event and the text so far, of this attempt
--   retry_after_ms when to ask again: what is left of the usual run time of
--                  the type, from 200 ms to 5 s
CREATE OR REPLACE FUNCTION coatcheck.job_view(
    p_job uuid, p_owner uuid, p_types text[])
RETURNS TABLE (job_type text, status text, attempts integer,
    created_at timestamptz, run_at timestamptz, queue_position integer,
    stage text, partial text, retry_after_ms integer, result jsonb,
    error text, error_code text, completed_at timestamptz, session_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
#variable_conflict use_column
DECLARE
    j     record;
    r     record;
    since timestamptz;
BEGIN
    SELECT k.created_at, k.session_id, t.name, t.run_ms INTO j
    FROM (SELECT * FROM coatcheck.job WHERE job_id = p_job OFFSET 0) k
    JOIN coatcheck.job_type t USING (type_id)
    WHERE k.user_id = p_owner AND t.name = ANY (p_types);
    IF NOT FOUND THEN
        RETURN;
    END IF;
    job_type := j.name;
    created_at := j.created_at;
    session_id := j.session_id;
    SELECT * INTO r FROM coatcheck.result x WHERE x.job_id = p_job;
    IF FOUND THEN
        status := r.status;
        attempts := r.attempts;
        result := r.result;
        error := r.error;
        error_code := r.error_code;
        completed_at := r.completed_at;
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT * INTO r FROM coatcheck.lease x WHERE x.job_id = p_job;
    IF FOUND THEN
        status := 'PROCESSING';
        attempts := r.attempts;
        since := r.claimed_at;
        SELECT (array_agg(e.body ORDER BY e.seq DESC)
                FILTER (WHERE e.kind = 'status'))[1],
            string_agg(e.body, '' ORDER BY e.seq)
                FILTER (WHERE e.kind = 'chunk')
        INTO stage, partial
        FROM coatcheck.event e
        WHERE e.job_id = p_job AND e.token = r.token;
    ELSE
        status := 'PENDING';
        attempts := 0;
        SELECT * INTO r FROM coatcheck.ready x WHERE x.job_id = p_job;
        IF FOUND THEN
            attempts := r.attempts;
            SELECT count(*) + 1 INTO queue_position FROM (
                SELECT FROM coatcheck.ready q
                WHERE q.type_id = r.type_id AND q.priority = r.priority
                  AND q.seq < r.seq LIMIT 999) ahead;
        ELSE
            SELECT x.attempts, x.run_at INTO attempts, run_at
            FROM coatcheck.scheduled x WHERE x.job_id = p_job;
            attempts := coalesce(attempts, 0);
        END IF;
    END IF;
    retry_after_ms := greatest(200, least(5000,
        greatest(coalesce(j.run_ms, 1000)
            - coalesce(extract(epoch FROM clock_timestamp() - since), 0) * 1000,
            coalesce(extract(epoch FROM run_at - clock_timestamp()), 0)
                * 1000)));
    RETURN NEXT;
END $$;

-- For /readyz: seconds since a worker was last seen that has not stopped, NULL
-- if there is none.
CREATE OR REPLACE FUNCTION coatcheck.worker_age() RETURNS double precision
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT extract(epoch FROM clock_timestamp() - max(seen_at))
    FROM coatcheck.worker WHERE stopped_at IS NULL
$$;

-- Which migrations are in place: component, and its highest number.
CREATE OR REPLACE FUNCTION coatcheck.schema_versions()
RETURNS TABLE (component text, version integer)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT component, max(version) FROM coatcheck.schema_version
    GROUP BY component
$$;
