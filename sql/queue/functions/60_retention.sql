-- How finished jobs leave: by age, and at the wish of the person who asked.

-- Deletes all that is kept of some finished jobs; their results are locked by
-- the caller.
CREATE OR REPLACE FUNCTION coatcheck.drop_jobs(p_jobs uuid[]) RETURNS void
LANGUAGE sql AS $$
    DELETE FROM coatcheck.event WHERE job_id = ANY (p_jobs);
    DELETE FROM coatcheck.attempt_failure WHERE job_id = ANY (p_jobs);
    DELETE FROM coatcheck.result WHERE job_id = ANY (p_jobs);
    DELETE FROM coatcheck.job WHERE job_id = ANY (p_jobs);
$$;

-- Deletes up to p_limit of the jobs that ended more than p_age_ms ago, oldest
-- first: a small batch, so that nothing is locked for long. Those that somebody
-- else holds are left for another time. Returns how many; as long as it is
-- p_limit, there may be more. With them go the rows of as many workers that
-- nobody has heard of for as long, and for a day.
CREATE OR REPLACE FUNCTION coatcheck.expire(p_age_ms bigint, p_limit integer)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
SET lock_timeout = '500ms' AS $$
DECLARE
    before timestamptz := clock_timestamp()
        - p_age_ms * interval '1 millisecond';
    gone   uuid[];
BEGIN
    SELECT array_agg(job_id) INTO gone FROM (
        SELECT job_id FROM coatcheck.result WHERE completed_at < before
        ORDER BY completed_at LIMIT p_limit FOR UPDATE SKIP LOCKED) r;
    PERFORM coatcheck.drop_jobs(gone);
    DELETE FROM coatcheck.worker WHERE worker_id = ANY (ARRAY(
        SELECT worker_id FROM coatcheck.worker
        WHERE seen_at < least(before, clock_timestamp() - interval '1 day')
        ORDER BY worker_id LIMIT p_limit FOR UPDATE SKIP LOCKED));
    RETURN coalesce(cardinality(gone), 0);
END $$;

-- Forgets a user: cancels what waits or runs, and deletes every job of theirs.
-- Reads the whole table of jobs, as nothing else looks for jobs by their user,
-- and again until there are none: what ended meanwhile may have asked for more.
-- Leases are locked in the order in which settle does. Returns how many jobs
-- there were.
CREATE OR REPLACE FUNCTION coatcheck.forget(p_user uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    theirs uuid[];
    total  bigint := 0;
BEGIN
    IF p_user = '00000000-0000-0000-0000-000000000000' THEN
        RAISE EXCEPTION 'public work belongs to nobody'
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'It leaves by its age: [worker] retention.';
    END IF;
    LOOP
        theirs := ARRAY(SELECT job_id FROM coatcheck.job
            WHERE user_id = p_user);
        EXIT WHEN theirs = '{}';
        PERFORM FROM coatcheck.lease WHERE job_id = ANY (theirs)
        ORDER BY job_id FOR UPDATE;
        PERFORM coatcheck.cancel(j.job_id, p_user, ARRAY[t.name])
        FROM unnest(theirs) u(job_id)
        JOIN coatcheck.job j USING (job_id)
        JOIN coatcheck.job_type t USING (type_id)
        ORDER BY j.session_id, j.job_id;
        PERFORM coatcheck.drop_jobs(theirs);
        total := total + cardinality(theirs);
    END LOOP;
    RETURN total;
END $$;
