-- Handing work over.

-- The number of a job type, registering the name on first use. An unknown type
-- is accepted here and failed by the first worker that takes it, with a message
-- that says so: the worker's configuration decides what is known, not the
-- database.
CREATE OR REPLACE FUNCTION coatcheck.job_type_of(wanted text)
RETURNS coatcheck.job_type
LANGUAGE plpgsql AS $$
DECLARE
    t coatcheck.job_type;
BEGIN
    SELECT * INTO t FROM coatcheck.job_type WHERE name = wanted;
    IF FOUND THEN
        RETURN t;
    END IF;
    IF wanted IS NULL OR wanted !~ '^[A-Z][A-Z0-9_]{0,62}$' THEN
        RAISE EXCEPTION 'job type % is not a name', coalesce(quote_literal(
            left(wanted, 80)), 'NULL')
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Use capitals, digits and _, as in SEND_EMAIL.';
    END IF;
    INSERT INTO coatcheck.job_type (name) VALUES (wanted)
    ON CONFLICT (name) DO NOTHING;
    SELECT * INTO t FROM coatcheck.job_type WHERE name = wanted;
    RETURN t;
END $$;

-- A job id of RFC 9562 version 7: 48 bits of milliseconds, 74 random bits. A
-- version 4 value has its random bits in the right places; the time goes over
-- the first 48, and the version nibble 4 becomes 7.
CREATE OR REPLACE FUNCTION coatcheck.new_job_id() RETURNS uuid
LANGUAGE sql VOLATILE AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send(floor(
            extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
        FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- Stores a job in the caller's transaction: it exists if and only if that
-- commits.
--   job_type      capitals, as in SEND_EMAIL
--   payload       what the handler gets
--   user_id       owner; all zeros for public work
--   run_at        not before this time; NULL or past = now; never infinite
--   priority      0 (first) to 3; NULL = the type's
--   max_attempts  1 to 100; NULL = the type's
--   job_id        chosen by the caller, else new; a known one is refused with
--                 unique_violation
--   notify        ring job_ready at commit. A program that enqueues at a high
--                 rate passes false and rings once itself: a NOTIFY inside the
--                 inserting transaction cost four of five enqueues at 64
--                 connections. Polling stands behind it either way.
-- Returns the job id.
CREATE OR REPLACE FUNCTION coatcheck.enqueue(
    job_type text, payload jsonb,
    user_id uuid DEFAULT '00000000-0000-0000-0000-000000000000',
    session_id uuid DEFAULT NULL, run_at timestamptz DEFAULT NULL,
    priority integer DEFAULT NULL, max_attempts integer DEFAULT NULL,
    job_id uuid DEFAULT NULL, notify boolean DEFAULT true)
RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    t    coatcheck.job_type := coatcheck.job_type_of(job_type);
    id   uuid := coalesce(job_id, coatcheck.new_job_id());
    prio integer := coalesce(priority, t.priority);
    most integer := coalesce(max_attempts, t.max_attempts);
BEGIN
    IF payload IS NULL OR prio NOT BETWEEN 0 AND 3
        OR most NOT BETWEEN 1 AND 100 OR NOT coalesce(isfinite(run_at), true)
    THEN
        RAISE EXCEPTION 'payload, priority, max_attempts or run_at '
            'out of range' USING ERRCODE = 'invalid_parameter_value',
            HINT = 'A payload is needed; priority is 0 to 3, max_attempts '
            '1 to 100, run_at a finite time.';
    END IF;
    INSERT INTO coatcheck.job (job_id, type_id, priority, max_attempts,
        user_id, session_id, payload)
    VALUES (id, t.type_id, prio, most,
        coalesce(user_id, '00000000-0000-0000-0000-000000000000'),
        session_id, payload);
    IF run_at > clock_timestamp() THEN
        INSERT INTO coatcheck.scheduled
        VALUES (run_at, id, t.type_id, prio, 0, most);
    ELSE
        INSERT INTO coatcheck.ready (type_id, priority, job_id, attempts,
            max_attempts)
        VALUES (t.type_id, prio, id, 0, most);
    END IF;
    IF notify THEN
        NOTIFY job_ready;
    END IF;
    RETURN id;
END $$;

-- What migrations and configuration know of a type. NULL keeps what is there.
-- A hook runs with the rights of the queue's owner, so it must be that owner's
-- function; its name is kept qualified and quoted.
CREATE OR REPLACE FUNCTION coatcheck.register_type(
    job_type text, priority integer DEFAULT NULL,
    max_attempts integer DEFAULT NULL, end_hook text DEFAULT NULL)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    t    coatcheck.job_type := coatcheck.job_type_of(job_type);
    hook text;
BEGIN
    IF end_hook IS NOT NULL THEN
        SELECT p.oid::regproc INTO hook FROM pg_proc p
        WHERE p.oid = to_regprocedure(
                end_hook || '(uuid,text,uuid,uuid,jsonb,jsonb)')
          AND p.proowner = current_user::regrole;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no hook %(uuid,text,uuid,uuid,jsonb,jsonb) '
                'of the owner of the queue', end_hook
                USING ERRCODE = 'undefined_function';
        END IF;
    END IF;
    UPDATE coatcheck.job_type k
    SET priority = coalesce(register_type.priority, k.priority),
        max_attempts = coalesce(register_type.max_attempts, k.max_attempts),
        end_hook = coalesce(hook, k.end_hook)
    WHERE k.type_id = t.type_id;
END $$;
