-- The end of a job, whoever brings it about. Every path to a final state goes
-- through end_job, after it has removed the row that held the job (ready,
-- scheduled or lease): that removal is the lock, so of two that would end the
-- same job one finds nothing to remove.

-- Runs the hook of a job's type, in the caller's transaction.
--   status   COMPLETED, FAILED or CANCELLED; or RETRY: the attempt has failed
--            and another will come
--   effects  what the handler wants written elsewhere; only the hook reads it
-- The hook is schema.function(job_id uuid, status text, user_id uuid,
-- session_id uuid, payload jsonb, effects jsonb). If it raises, a COMPLETED
-- job does not end: result and effects commit together or not at all. Any
-- other goes on all the same, with a warning in the server's log, since
-- a job that no hook lets go would never end; but what another try may mend (a
-- deadlock, a lock) is raised. Hooks run under the caller's search_path
-- (pg_catalog, pg_temp) and planner settings.
CREATE OR REPLACE FUNCTION coatcheck.run_hook(
    p_job uuid, p_type smallint, p_status text, p_effects jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    hook text;
    j    coatcheck.job;
BEGIN
    SELECT end_hook INTO hook FROM coatcheck.job_type WHERE type_id = p_type;
    IF hook IS NULL THEN
        RETURN;
    END IF;
    SELECT * INTO j FROM coatcheck.job WHERE job_id = p_job;
    BEGIN
        EXECUTE format('SELECT %s($1, $2, $3, $4, $5, $6)', hook)
        USING p_job, p_status, j.user_id, j.session_id, j.payload, p_effects;
    EXCEPTION WHEN OTHERS THEN
        IF p_status = 'COMPLETED' OR SQLSTATE = '55P03'
            OR SQLSTATE LIKE '40%' THEN
            RAISE;
        END IF;
        RAISE WARNING 'end hook % of job % failed: % %', hook, p_job,
            SQLSTATE, SQLERRM;
    END;
END $$;

-- Ends a job and runs its type's hook, all in the caller's transaction.
--   status   COMPLETED, FAILED or CANCELLED
CREATE OR REPLACE FUNCTION coatcheck.end_job(
    p_job uuid, p_type smallint, p_status text, p_attempts integer,
    p_token bigint, p_claimed_at timestamptz, p_result jsonb,
    p_error text, p_code text, p_effects jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO coatcheck.result (job_id, type_id, status, attempts, token,
        claimed_at, result, error, error_code)
    VALUES (p_job, p_type, p_status, p_attempts, p_token, p_claimed_at,
        p_result, p_error, p_code);
    PERFORM coatcheck.run_hook(p_job, p_type, p_status, p_effects);
END $$;

-- Cancels a job of an owner. Returns
--   cancelled   it was waiting; it is CANCELLED and never runs
--   cut         it was running; it is CANCELLED, its token is void, and
--               job_cancel asks the worker to drop the work
--   final       it had ended before
--   NULL        no such job of this owner and these types
-- A job can move between the looks at its possible places, never out of all
-- of them for good: a job that was found nowhere is looked for again.
CREATE OR REPLACE FUNCTION coatcheck.cancel(
    p_job uuid, p_owner uuid, p_types text[])
RETURNS text
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
    r record;
BEGIN
    PERFORM FROM (SELECT * FROM coatcheck.job WHERE job_id = p_job OFFSET 0) j
    JOIN coatcheck.job_type t USING (type_id)
    WHERE j.user_id = p_owner AND t.name = ANY (p_types);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    FOR try IN 1..10 LOOP
        DELETE FROM coatcheck.ready WHERE job_id = p_job
        RETURNING type_id, attempts INTO r;
        IF NOT FOUND THEN
            DELETE FROM coatcheck.scheduled WHERE job_id = p_job
            RETURNING type_id, attempts INTO r;
        END IF;
        IF FOUND THEN
            PERFORM coatcheck.end_job(p_job, r.type_id, 'CANCELLED',
                r.attempts, NULL, NULL, NULL, NULL, NULL, NULL);
            RETURN 'cancelled';
        END IF;
        DELETE FROM coatcheck.lease WHERE job_id = p_job
        RETURNING type_id, attempts, token, claimed_at INTO r;
        IF FOUND THEN
            PERFORM coatcheck.end_job(p_job, r.type_id, 'CANCELLED',
                r.attempts, r.token, r.claimed_at, NULL, NULL, NULL, NULL);
            PERFORM pg_notify('job_cancel', p_job::text);
            RETURN 'cut';
        END IF;
        PERFORM FROM coatcheck.result WHERE job_id = p_job;
        IF FOUND THEN
            RETURN 'final';
        END IF;
    END LOOP;
    RAISE EXCEPTION 'job % moved ten times while it was cancelled', p_job
        USING ERRCODE = 'serialization_failure', HINT = 'Cancel it again.';
END $$;
