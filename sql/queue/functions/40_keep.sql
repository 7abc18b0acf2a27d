-- Housekeeping that keeps the promises: expired leases are taken up, due jobs
-- become ready, workers say that they live.

-- Takes up to p_limit expired leases, one sweeper at a time: back to ready if
-- attempts remain, else FAILED with code worker_lost. A live lease is never
-- touched: the row is locked and its end looked at again before it goes. One
-- whose hook meets a lock is left for another sweep. Returns how many were
-- taken back and how many failed; NULLs when another sweeper is at work.
CREATE OR REPLACE FUNCTION coatcheck.sweep(p_limit integer DEFAULT 1000)
RETURNS TABLE (requeued integer, failed integer)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off
SET lock_timeout = '500ms' AS $$
DECLARE
    l    coatcheck.lease;
    dead coatcheck.lease[];
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('coatcheck.sweep')) THEN
        RETURN NEXT;
        RETURN;
    END IF;
    requeued := 0;
    failed := 0;
    FOR l IN
        SELECT * FROM coatcheck.lease WHERE lease_until <= clock_timestamp()
        ORDER BY job_id LIMIT p_limit FOR UPDATE SKIP LOCKED
    LOOP
        IF l.attempts < l.max_attempts THEN
            PERFORM coatcheck.void_lease(l);
            INSERT INTO coatcheck.ready (type_id, priority, job_id, attempts,
                max_attempts)
            VALUES (l.type_id, l.priority, l.job_id, l.attempts,
                l.max_attempts);
            requeued := requeued + 1;
        ELSE
            dead := array_append(dead, l);
        END IF;
    END LOOP;
    -- Hooks run in the order of sessions, as they do in settle.
    FOR l IN
        SELECT d.* FROM unnest(dead) d
        LEFT JOIN LATERAL (
            SELECT session_id FROM coatcheck.job WHERE job_id = d.job_id
            OFFSET 0) j ON true
        ORDER BY j.session_id, d.job_id
    LOOP
        BEGIN
            PERFORM coatcheck.void_lease(l);
            PERFORM coatcheck.end_job(l.job_id, l.type_id, 'FAILED',
                l.attempts, l.token, l.claimed_at, NULL,
                'The work was interrupted too often. Please try again.',
                'worker_lost', NULL);
            failed := failed + 1;
        EXCEPTION WHEN transaction_rollback OR lock_not_available THEN
            PERFORM set_config('lock_timeout', '10ms', true); -- for the rest
        END;
    END LOOP;
    IF requeued > 0 THEN
        NOTIFY job_ready;
    END IF;
    RETURN NEXT;
END $$;

-- Ends the attempt of a worker that is gone; its lease is locked by the caller.
CREATE OR REPLACE FUNCTION coatcheck.void_lease(l coatcheck.lease)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM coatcheck.lease WHERE job_id = l.job_id;
    INSERT INTO coatcheck.attempt_failure (job_id, token, attempt, worker_id,
        claimed_at, error_code, error)
    VALUES (l.job_id, l.token, l.attempts, l.worker_id, l.claimed_at,
        'worker_lost', 'The worker stopped before it was done.');
END $$;

-- Makes up to p_limit due jobs ready. Returns how many, and the milliseconds
-- until the next one is due (NULL = none is waiting).
CREATE OR REPLACE FUNCTION coatcheck.promote(p_limit integer DEFAULT 1000)
RETURNS TABLE (promoted integer, next_due_ms bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
SET lock_timeout = '2s' AS $$
DECLARE
    now_ timestamptz := clock_timestamp(); -- volatile, so no index condition
BEGIN
    WITH d AS (
        DELETE FROM coatcheck.scheduled
        WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM coatcheck.scheduled
            WHERE run_at <= now_
            ORDER BY run_at LIMIT p_limit FOR UPDATE SKIP LOCKED))
        RETURNING *)
    INSERT INTO coatcheck.ready (type_id, priority, job_id, attempts,
        max_attempts)
    SELECT type_id, priority, job_id, attempts, max_attempts FROM d
    ORDER BY run_at;
    GET DIAGNOSTICS promoted = ROW_COUNT;
    IF promoted > 0 THEN
        NOTIFY job_ready;
    END IF;
    SELECT greatest(0, ceil(extract(epoch FROM run_at - clock_timestamp())
        * 1000))::bigint INTO next_due_ms
    FROM coatcheck.scheduled ORDER BY run_at LIMIT 1;
    RETURN NEXT;
END $$;

-- A worker process introduces itself; the id goes into its leases.
CREATE OR REPLACE FUNCTION coatcheck.worker_start(
    p_host text, p_pid integer, p_version text)
RETURNS integer
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO coatcheck.worker (host, pid, version)
    VALUES (p_host, p_pid, p_version) RETURNING worker_id
$$;

-- A sign of life, with the smoothed run times in ms of the types it has run. A
-- type that somebody else has locked keeps its time until the next one.
CREATE OR REPLACE FUNCTION coatcheck.worker_beat(
    p_worker integer, p_in_flight integer, p_types text[], p_run_ms real[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET lock_timeout = '2s' AS $$
BEGIN
    UPDATE coatcheck.worker
    SET seen_at = clock_timestamp(), in_flight = p_in_flight
    WHERE worker_id = p_worker;
    WITH k AS (
        SELECT type_id FROM coatcheck.job_type WHERE name = ANY (p_types)
        FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE coatcheck.job_type t SET run_ms = u.run_ms
    FROM k, unnest(p_types, p_run_ms) u(name, run_ms)
    WHERE t.type_id = k.type_id AND t.name = u.name
      AND t.run_ms IS DISTINCT FROM u.run_ms;
END $$;

CREATE OR REPLACE FUNCTION coatcheck.worker_stop(p_worker integer)
RETURNS void
LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    UPDATE coatcheck.worker
    SET seen_at = clock_timestamp(), stopped_at = clock_timestamp(),
        in_flight = 0
    WHERE worker_id = p_worker
$$;
