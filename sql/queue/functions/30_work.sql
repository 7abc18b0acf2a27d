-- The worker's side: claim, renew, settle, hand back. All of it in sets, and
-- with plans that cannot turn bad: a statement planned while its table was
-- empty must not go on with a sequential scan, or with the arguments scanned
-- anew for each row of the table, when that is full (a settle of 100 with 6,000
-- in flight took 388 ms so, and takes 2). So sequential scans are off, and rows
-- are fetched by LATERAL subqueries, which run once for each argument, or by an
-- array of ids. And none waits long for a row that somebody else has locked: a
-- worker does one of these at a time, and the rest of its work stands behind it.

-- Takes up to p_limit jobs: a row of ready becomes a lease, the attempt is
-- counted, a new token is drawn, in one statement a lane (type and priority).
--   p_types      names to take, NULL = any
--   p_cursor_*   three arrays of one length, a lower bound for seq by type and
--                priority; lanes not named start at 0. A hint that keeps a
--                claim from walking over rows that are dead but still visible
--                to some old snapshot; the caller now and then claims without.
-- Lanes are visited by priority, and within one the types take turns: a caller
-- that adds 1 to p_turn each time lets each of them be first equally often.
CREATE OR REPLACE FUNCTION coatcheck.claim(
    p_worker integer, p_types text[], p_limit integer, p_turn integer,
    p_lease_ms integer, p_deadline_ms integer,
    p_cursor_types smallint[], p_cursor_priorities smallint[],
    p_cursor_seqs bigint[])
RETURNS TABLE (job_id uuid, token bigint, attempt smallint,
    max_attempts smallint, job_type text, type_id smallint, priority smallint,
    seq bigint, user_id uuid, session_id uuid, created_at timestamptz,
    payload jsonb)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_sort = off SET enable_bitmapscan = off
SET jit = off SET lock_timeout = '2s' AS $$
#variable_conflict use_column
DECLARE
    lane record;
    got  integer;
    free integer := coalesce(p_limit, 0);
    now_ timestamptz;
BEGIN
    FOR lane IN
        SELECT t.type_id, t.name, p.priority, coalesce(c.seq, 0) AS from_seq
        FROM generate_series(0, 3) AS p(priority)
        CROSS JOIN (
            SELECT k.type_id, k.name, count(*) OVER () AS types,
                row_number() OVER (ORDER BY k.type_id) AS place
            FROM coatcheck.job_type k
            WHERE p_types IS NULL OR k.name = ANY (p_types)) t
        LEFT JOIN unnest(p_cursor_types, p_cursor_priorities, p_cursor_seqs)
            AS c(type_id, priority, seq)
            ON c.type_id = t.type_id AND c.priority = p.priority
        ORDER BY p.priority, (t.place + p_turn) % t.types
    LOOP
        EXIT WHEN free <= 0;
        now_ := clock_timestamp();
        RETURN QUERY
        WITH d AS (
            DELETE FROM coatcheck.ready r
            WHERE r.ctid = ANY (ARRAY(
                SELECT q.ctid FROM coatcheck.ready q
                WHERE q.type_id = lane.type_id AND q.priority = lane.priority
                  AND q.seq >= lane.from_seq
                ORDER BY q.seq LIMIT free FOR UPDATE SKIP LOCKED))
            RETURNING r.*),
        c AS (
            SELECT d.*, nextval('coatcheck.token_seq') AS token,
                (d.attempts + 1)::smallint AS attempt
            FROM d),
        l AS (
            INSERT INTO coatcheck.lease (job_id, token, type_id, priority,
                attempts, max_attempts, worker_id, claimed_at, lease_until,
                deadline_at)
            SELECT c.job_id, c.token, c.type_id, c.priority, c.attempt,
                c.max_attempts, p_worker, now_,
                now_ + least(p_lease_ms, p_deadline_ms)
                    * interval '1 millisecond',
                now_ + p_deadline_ms * interval '1 millisecond'
            FROM c)
        SELECT c.job_id, c.token, c.attempt, c.max_attempts, lane.name,
            c.type_id, c.priority, c.seq, j.user_id, j.session_id,
            j.created_at, j.payload
        FROM c CROSS JOIN LATERAL (
            SELECT * FROM coatcheck.job k WHERE k.job_id = c.job_id
            OFFSET 0) j;
        GET DIAGNOSTICS got = ROW_COUNT;
        free := free - got;
    END LOOP;
END $$;

-- Renews leases by token, never beyond an attempt's deadline. One that has run
-- out is renewed too, as long as nobody has taken it: a database that was away
-- for a while voids no work. The row's lock decides between renewal and sweep.
-- Returns those that hold; what is missing is lost, and its work is to be
-- dropped.
CREATE OR REPLACE FUNCTION coatcheck.heartbeat(
    p_jobs uuid[], p_tokens bigint[], p_lease_ms integer)
RETURNS TABLE (job_id uuid, token bigint)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
SET lock_timeout = '2s' AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    UPDATE coatcheck.lease l
    SET lease_until = least(l.deadline_at,
        clock_timestamp() + p_lease_ms * interval '1 millisecond')
    WHERE l.job_id = ANY (ARRAY(
        SELECT h.job_id
        FROM (SELECT * FROM unnest(p_jobs, p_tokens) v(job_id, token)
            ORDER BY 1) u
        CROSS JOIN LATERAL (
            SELECT k.job_id FROM coatcheck.lease k
            WHERE k.job_id = u.job_id AND k.token = u.token
              AND k.deadline_at > clock_timestamp()
            FOR NO KEY UPDATE) h))
    RETURNING l.job_id, l.token;
END $$;

-- Ends attempts, in arrays of one length:
--   p_outcomes   COMPLETED, FAILED (for good) or RETRY (a transient failure)
--   p_results    JSON text for COMPLETED
--   p_effects    JSON text for the type's hook, or NULL; a RETRY with effects
--                runs the hook, too, and so does a COMPLETED that becomes one
--   p_errors, p_codes   a sentence for people and a word for programs
--   p_details    for operators, or NULL
--   p_delays_ms  how long RETRY waits
-- Returns one row for each, with a verdict:
--   COMPLETED, FAILED   the job has ended so
--   RETRY       it waits for its next attempt
--   CANCELLED   it was cancelled meanwhile
--   LOST        the token is void: nothing was changed, drop the outcome
-- A RETRY without attempts left is FAILED. Effects that raise turn a COMPLETED
-- into a RETRY with code effects_failed; a deadlock, a serialization failure or a
-- lock that does not come in time is raised, for the caller to settle again. Asking again after a
-- connection broke in between gives the verdict of the first time and changes
-- nothing, and so does a job that stands in the arrays twice.
CREATE OR REPLACE FUNCTION coatcheck.settle(
    p_jobs uuid[], p_tokens bigint[], p_outcomes text[], p_results text[],
    p_effects text[], p_errors text[], p_codes text[], p_details text[],
    p_delays_ms bigint[])
RETURNS TABLE (job_id uuid, token bigint, verdict text)
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
SET lock_timeout = '2s' AS $$
#variable_conflict use_column
DECLARE
    held   bigint[]; -- positions whose lease holds, locked in the order of ids
    hooked bigint[]; -- of those, the ones whose type has a hook
    plain  uuid[];   -- the jobs of the others
    i      bigint;
BEGIN
    IF NOT coalesce(p_outcomes <@ '{COMPLETED,FAILED,RETRY}', false)
        OR cardinality(p_outcomes) IS DISTINCT FROM cardinality(p_jobs) THEN
        RAISE EXCEPTION 'outcomes are COMPLETED, FAILED or RETRY, one a job'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- Hooks run in the order of sessions, so that two settles which write to
    -- the same conversations do not wait for each other in a circle.
    SELECT array_agg(h.n),
        array_agg(h.n ORDER BY h.session_id, h.job_id)
            FILTER (WHERE h.is_hooked),
        array_agg(h.job_id) FILTER (WHERE NOT h.is_hooked)
    INTO held, hooked, plain
    FROM (SELECT u.n, u.job_id, l.is_hooked, s.session_id
        FROM (SELECT v.job_id, v.token, min(v.n) AS n
            FROM unnest(p_jobs, p_tokens) WITH ORDINALITY v(job_id, token, n)
            GROUP BY 1, 2 ORDER BY 1) u
        CROSS JOIN LATERAL (
            SELECT (SELECT t.end_hook IS NOT NULL FROM coatcheck.job_type t
                WHERE t.type_id = k.type_id) AS is_hooked
            FROM coatcheck.lease k
            WHERE k.job_id = u.job_id AND k.token = u.token
            FOR UPDATE OF k) l
        LEFT JOIN LATERAL (
            SELECT j.session_id FROM coatcheck.job j
            WHERE j.job_id = u.job_id AND l.is_hooked OFFSET 0) s ON true) h;
    -- Each hook may fail on its own, so these go one by one.
    FOREACH i IN ARRAY coalesce(hooked, '{}') LOOP
        RETURN QUERY SELECT p_jobs[i], p_tokens[i],
            coatcheck.settle_hooked(p_jobs[i], p_outcomes[i],
                p_results[i]::jsonb, p_effects[i]::jsonb, p_errors[i],
                p_codes[i], p_details[i], p_delays_ms[i]);
    END LOOP;
    RETURN QUERY
    WITH gone AS (
        DELETE FROM coatcheck.lease l WHERE l.job_id = ANY (plain)
        RETURNING l.*),
    e AS (
        SELECT g.*, u.result, u.error, u.code, u.detail, u.delay_ms,
            coatcheck.verdict(u.outcome, g.attempts, g.max_attempts)
                AS verdict
        FROM gone g
        JOIN unnest(p_jobs, p_outcomes, p_results, p_errors, p_codes,
            p_details, p_delays_ms) WITH ORDINALITY
            u(job_id, outcome, result, error, code, detail, delay_ms, n)
            USING (job_id)
        WHERE u.n = ANY (held)),
    f AS (
        INSERT INTO coatcheck.result (job_id, type_id, status, attempts,
            token, claimed_at, result, error, error_code)
        SELECT job_id, type_id, verdict, attempts, token, claimed_at,
            CASE WHEN verdict = 'COMPLETED' THEN result::jsonb END,
            CASE WHEN verdict = 'FAILED' THEN error END,
            CASE WHEN verdict = 'FAILED' THEN code END
        FROM e WHERE verdict <> 'RETRY'),
    s AS (
        INSERT INTO coatcheck.scheduled
        SELECT coatcheck.retry_at(delay_ms), job_id, type_id, priority,
            attempts, max_attempts
        FROM e WHERE verdict = 'RETRY'),
    a AS (
        INSERT INTO coatcheck.attempt_failure (job_id, token, attempt,
            worker_id, claimed_at, error_code, error, detail)
        SELECT job_id, token, attempts, worker_id, claimed_at, code, error,
            detail
        FROM e WHERE verdict <> 'COMPLETED')
    SELECT e.job_id, e.token, e.verdict FROM e;
    -- No lease answered for these: settled before, cancelled, or lost. The
    -- code tells an outcome stored earlier from one that another has written.
    RETURN QUERY
    SELECT u.job_id, u.token, CASE
        WHEN r.status = 'CANCELLED' THEN r.status
        WHEN r.status = u.outcome
            AND (r.status = 'COMPLETED' OR r.error_code = u.code)
            THEN r.status
        WHEN a.error_code = u.code AND u.outcome <> 'FAILED'
            THEN CASE WHEN r.status = 'FAILED' THEN 'FAILED' ELSE 'RETRY' END
        ELSE 'LOST' END
    FROM (SELECT v.job_id, v.token, v.outcome, v.n,
            CASE v.outcome WHEN 'COMPLETED' THEN 'effects_failed'
            ELSE v.code END AS code
        FROM unnest(p_jobs, p_tokens, p_outcomes, p_codes) WITH ORDINALITY
            v(job_id, token, outcome, code, n)) u
    LEFT JOIN LATERAL (
        SELECT x.status, x.error_code FROM coatcheck.result x
        WHERE x.job_id = u.job_id AND x.token = u.token OFFSET 0) r ON true
    LEFT JOIN LATERAL (
        SELECT x.error_code FROM coatcheck.attempt_failure x
        WHERE x.job_id = u.job_id AND x.token = u.token OFFSET 0) a ON true
    WHERE u.n <> ALL (coalesce(held, '{}'));
END $$;

CREATE OR REPLACE FUNCTION coatcheck.verdict(
    outcome text, attempts integer, max_attempts integer) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN outcome = 'RETRY' AND attempts >= max_attempts
        THEN 'FAILED' ELSE outcome END
$$;

-- At most a day ahead, whatever a provider's Retry-After says.
CREATE OR REPLACE FUNCTION coatcheck.retry_at(delay_ms bigint)
RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
    SELECT clock_timestamp()
        + greatest(0, least(coalesce(delay_ms, 0), 86400000))
            * interval '1 millisecond'
$$;

-- One job of a type with a hook; its lease is locked by the caller.
CREATE OR REPLACE FUNCTION coatcheck.settle_hooked(
    p_job uuid, p_outcome text, p_result jsonb, p_effects jsonb, p_error text,
    p_code text, p_detail text, p_delay_ms bigint)
RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
    l       coatcheck.lease;
    outcome text := p_outcome;
    error   text := p_error;
    code    text := p_code;
    detail  text := p_detail;
    delay   bigint := p_delay_ms;
    final   text;
BEGIN
    DELETE FROM coatcheck.lease WHERE job_id = p_job RETURNING * INTO l;
    IF outcome = 'COMPLETED' THEN
        BEGIN
            PERFORM coatcheck.end_job(p_job, l.type_id, outcome, l.attempts,
                l.token, l.claimed_at, p_result, NULL, NULL, p_effects);
            RETURN outcome;
        EXCEPTION WHEN transaction_rollback OR lock_not_available THEN
            RAISE;
        WHEN OTHERS THEN
            outcome := 'RETRY';
            error := 'The result could not be stored.';
            code := 'effects_failed';
            detail := SQLSTATE || ': ' || SQLERRM;
            delay := 1000;
        END;
    END IF;
    INSERT INTO coatcheck.attempt_failure (job_id, token, attempt, worker_id,
        claimed_at, error_code, error, detail)
    VALUES (p_job, l.token, l.attempts, l.worker_id, l.claimed_at, code,
        error, detail);
    final := coatcheck.verdict(outcome, l.attempts, l.max_attempts);
    IF final = 'RETRY' THEN
        INSERT INTO coatcheck.scheduled VALUES (coatcheck.retry_at(delay),
            p_job, l.type_id, l.priority, l.attempts, l.max_attempts);
        IF p_effects IS NOT NULL THEN
            PERFORM coatcheck.run_hook(p_job, l.type_id, final, p_effects);
        END IF;
    ELSE
        PERFORM coatcheck.end_job(p_job, l.type_id, final, l.attempts,
            l.token, l.claimed_at, NULL, error, code, p_effects);
    END IF;
    RETURN final;
END $$;

-- Hands unfinished jobs back when a worker drains: ready at once, the attempt
-- refunded. Their tokens are void from here on. Returns how many.
CREATE OR REPLACE FUNCTION coatcheck.release(p_jobs uuid[], p_tokens bigint[])
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off
SET lock_timeout = '2s' AS $$
DECLARE
    n integer;
BEGIN
    WITH d AS (
        DELETE FROM coatcheck.lease l
        WHERE l.job_id = ANY (ARRAY(
            SELECT h.job_id
            FROM (SELECT * FROM unnest(p_jobs, p_tokens) v(job_id, token)
                ORDER BY 1) u
            CROSS JOIN LATERAL (
                SELECT k.job_id FROM coatcheck.lease k
                WHERE k.job_id = u.job_id AND k.token = u.token
                FOR UPDATE) h))
        RETURNING l.*)
    INSERT INTO coatcheck.ready (type_id, priority, job_id, attempts,
        max_attempts)
    SELECT type_id, priority, job_id, attempts - 1, max_attempts FROM d;
    GET DIAGNOSTICS n = ROW_COUNT;
    IF n > 0 THEN
        NOTIFY job_ready;
    END IF;
    RETURN n;
END $$;

-- Stores a piece of output under a live token. Returns whether it held. A piece
-- sent again after a connection broke is stored once.
CREATE OR REPLACE FUNCTION coatcheck.write_event(
    p_job uuid, p_token bigint, p_seq integer, p_kind text, p_body text)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
    PERFORM FROM coatcheck.lease WHERE job_id = p_job AND token = p_token
    FOR KEY SHARE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO coatcheck.event (job_id, token, seq, kind, body)
    VALUES (p_job, p_token, p_seq, p_kind, p_body)
    ON CONFLICT DO NOTHING;
    RETURN true;
END $$;
