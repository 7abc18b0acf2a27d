-- Short words for the specs, in a schema of its own that run drops again.
-- Nothing they return changes from run to run: no token, no time, no new id.
DROP SCHEMA IF EXISTS iso CASCADE;
CREATE SCHEMA iso;
CREATE TABLE iso.tok (n integer PRIMARY KEY, token bigint);
CREATE TABLE iso.session (session_id uuid PRIMARY KEY, jobs integer NOT NULL);
CREATE TABLE iso.book (n integer, status text);

CREATE FUNCTION iso.id(n integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid
$$;
CREATE FUNCTION iso.n(job uuid) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT right(job::text, 12)::integer
$$;

-- A hook that writes to the session of its job.
CREATE FUNCTION iso.hook(job uuid, status text, owner uuid, session uuid,
    payload jsonb, effects jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE iso.session s SET jobs = s.jobs + 1 WHERE s.session_id = session;
    INSERT INTO iso.book VALUES (iso.n(job), status);
END $$;

-- Empties the queue.
CREATE FUNCTION iso.reset() RETURNS void LANGUAGE sql AS $$
    TRUNCATE coatcheck.job, coatcheck.ready, coatcheck.scheduled,
        coatcheck.lease, coatcheck.result, coatcheck.attempt_failure,
        coatcheck.event, iso.tok, iso.session, iso.book;
    SELECT coatcheck.register_type('T_HOOKED', end_hook => 'iso.hook');
$$;

CREATE FUNCTION iso.put(n integer, kind text DEFAULT 'T_PLAIN',
    session integer DEFAULT NULL, most integer DEFAULT NULL)
RETURNS integer LANGUAGE sql AS $$
    SELECT iso.n(coatcheck.enqueue(kind, '{}', job_id => iso.id(n),
        session_id => iso.id(session), max_attempts => most, notify => false))
$$;

-- Claims; the tokens go to iso.tok.
CREATE FUNCTION iso.take(most integer, lease_ms integer DEFAULT 600000,
    kinds text[] DEFAULT NULL, from_seq bigint DEFAULT 0)
RETURNS SETOF integer LANGUAGE sql AS $$
    INSERT INTO iso.tok
    SELECT iso.n(c.job_id), c.token FROM coatcheck.job_type t,
        coatcheck.claim(7, kinds, most, 0, lease_ms, 600000,
            ARRAY[t.type_id], '{2}', ARRAY[from_seq]) c
    WHERE t.name = 'T_PLAIN'
    ON CONFLICT (n) DO UPDATE SET token = excluded.token
    RETURNING n
$$;

-- The start of a spec: jobs plain jobs, all taken if there is a lease_ms.
CREATE FUNCTION iso.start(jobs integer, lease_ms integer DEFAULT NULL)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iso.reset();
    PERFORM iso.put(n) FROM generate_series(1, jobs) n;
    IF lease_ms IS NOT NULL THEN
        PERFORM iso.take(jobs, lease_ms);
    END IF;
END $$;

-- The same with jobs that wait and are due.
CREATE FUNCTION iso.start_due(jobs integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iso.start(jobs);
    INSERT INTO coatcheck.scheduled
    SELECT now(), job_id, type_id, priority, attempts, max_attempts
    FROM coatcheck.ready;
    DELETE FROM coatcheck.ready;
END $$;

CREATE FUNCTION iso.token(n integer) RETURNS bigint LANGUAGE sql AS
    'SELECT token FROM iso.tok t WHERE t.n = token.n';

CREATE FUNCTION iso.settle(n integer, outcome text) RETURNS text
LANGUAGE sql AS $$
    SELECT verdict FROM coatcheck.settle(ARRAY[iso.id(n)],
        ARRAY[iso.token(n)], ARRAY[outcome], '{1}', '{"{}"}', '{sentence}',
        '{word}', '{NULL}', '{600000}')
$$;

-- Completes the jobs 1 and 2 in one statement.
CREATE FUNCTION iso.settle_both() RETURNS TABLE (n integer, verdict text)
LANGUAGE sql AS $$
    SELECT iso.n(job_id), verdict FROM coatcheck.settle(
        ARRAY[iso.id(1), iso.id(2)], ARRAY[iso.token(1), iso.token(2)],
        '{COMPLETED,COMPLETED}', '{1,2}', NULL, NULL, NULL, NULL, NULL)
    ORDER BY 1
$$;

CREATE FUNCTION iso.beat(n integer) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM coatcheck.heartbeat(ARRAY[iso.id(n)],
        ARRAY[iso.token(n)], 600000))
$$;

CREATE FUNCTION iso.release(n integer) RETURNS integer LANGUAGE sql AS
    'SELECT coatcheck.release(ARRAY[iso.id(n)], ARRAY[iso.token(n)])';

CREATE FUNCTION iso.cancel(n integer) RETURNS text LANGUAGE sql AS $$
    SELECT coatcheck.cancel(iso.id(n), '00000000-0000-0000-0000-000000000000',
        '{T_PLAIN,T_HOOKED}')
$$;

CREATE FUNCTION iso.say(n integer) RETURNS boolean LANGUAGE sql AS $$
    SELECT coatcheck.write_event(iso.id(n), iso.token(n), 1, 'chunk', 'x')
$$;

-- Where each job stands, with its attempts.
CREATE VIEW iso.places AS
    SELECT iso.n(job_id) AS n, string_agg(place || ' ' || attempts, ' + ')
        AS place
    FROM (SELECT 'ready' AS place, job_id, attempts FROM coatcheck.ready
        UNION ALL SELECT 'scheduled', job_id, attempts FROM coatcheck.scheduled
        UNION ALL SELECT 'lease', job_id, attempts FROM coatcheck.lease
        UNION ALL SELECT status, job_id, attempts FROM coatcheck.result) x
    GROUP BY job_id ORDER BY 1;
