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

-- Leaves nothing of what follows.
CREATE FUNCTION iso.close() RETURNS void LANGUAGE sql AS $$
    SELECT iso.reset();
    DELETE FROM campus.course;
    DELETE FROM campus.request_rate;
    DELETE FROM campus.landing_cache;
$$;

-- Conversations: course 1 with the topics 11 and 12, and no questions yet.
CREATE FUNCTION iso.campus() RETURNS void LANGUAGE sql AS $$
    SELECT iso.close();
    INSERT INTO campus.course (course_id, slug, name)
    VALUES (iso.id(1), 'iso', 'Iso');
    INSERT INTO campus.topic (topic_id, course_id, title)
    VALUES (iso.id(11), iso.id(1), 'A'), (iso.id(12), iso.id(1), 'B');
$$;

-- Learner 50 asks question n.
CREATE FUNCTION iso.ask(n integer, topic integer DEFAULT 11,
    per_module integer DEFAULT 0, per_minute integer DEFAULT 0)
RETURNS text LANGUAGE sql AS $$
    SELECT outcome FROM campus.ask_course(iso.id(n), iso.id(50), 'iso',
        iso.id(topic), 'q' || n, NULL, 1, per_module, per_minute)
$$;

-- Takes all questions; then iso.answer(n) completes one, and wants a summary
-- from the fourth message on.
CREATE FUNCTION iso.take_questions() RETURNS void LANGUAGE sql AS $$
    INSERT INTO iso.tok SELECT iso.n(job_id), token
    FROM coatcheck.claim(7, '{AI_QUERY}', 100, 0, 600000, 600000, '{}', '{}',
        '{}')
$$;
CREATE FUNCTION iso.answer(n integer) RETURNS text LANGUAGE sql AS $$
    SELECT verdict FROM coatcheck.settle(ARRAY[iso.id(n)],
        ARRAY[iso.token(n)], '{COMPLETED}', '{1}', ARRAY[json_build_object(
            'answer', 'a' || n, 'summarise',
            '{"after": 3, "keep": 2}'::json)::text],
        NULL, NULL, NULL, NULL)
$$;

-- Fails two jobs in one statement.
CREATE FUNCTION iso.fail_both(a integer, b integer)
RETURNS TABLE (n integer, verdict text) LANGUAGE sql AS $$
    SELECT iso.n(job_id), verdict FROM coatcheck.settle(
        ARRAY[iso.id(a), iso.id(b)], ARRAY[iso.token(a), iso.token(b)],
        '{FAILED,FAILED}', NULL, NULL, '{e,e}', '{w,w}', NULL, NULL)
    ORDER BY 1
$$;

-- What was said, in order; how many summaries are asked for, and whether the
-- conversation waits for one of them.
CREATE VIEW iso.said AS
    SELECT (SELECT string_agg(content, ' ' ORDER BY turn, message_id)
            FROM campus.chat_message) AS said,
        (SELECT count(*) FROM coatcheck.ready JOIN coatcheck.job_type t
            USING (type_id) WHERE t.name = 'CHAT_SUMMARY') AS summaries,
        EXISTS (SELECT FROM campus.chat_session JOIN coatcheck.ready
            ON job_id = summary_job) AS waits;

-- Two passages of course 1, anew; then iso.embed() takes the job that makes
-- vectors of them, which is job 1, and iso.store_vectors() completes it.
CREATE FUNCTION iso.ingest() RETURNS integer LANGUAGE sql AS $$
    SELECT campus.ingest_document(iso.id(1), 'a.md', 'A', NULL, NULL,
        '[{"title": "A", "content": "x"}, {"title": "B", "content": "y"}]')
$$;
CREATE FUNCTION iso.embed() RETURNS void LANGUAGE sql AS $$
    SELECT coatcheck.enqueue('EMBED_CHUNKS', jsonb_build_object('model', 'm',
        'chunkIds', (SELECT jsonb_agg(chunk_id) FROM campus.chunk)),
        job_id => iso.id(1), notify => false);
    INSERT INTO iso.tok SELECT 1, token FROM coatcheck.claim(7,
        '{EMBED_CHUNKS}', 1, 0, 600000, 600000, '{}', '{}', '{}');
$$;
CREATE FUNCTION iso.store_vectors() RETURNS text LANGUAGE sql AS $$
    SELECT verdict FROM coatcheck.job j, coatcheck.settle(ARRAY[iso.id(1)],
        ARRAY[iso.token(1)], '{COMPLETED}', '{1}', ARRAY[json_build_object(
            'vectors', (SELECT json_agg(json_build_object('chunkId', c,
                'vector', '{1,0}')) FROM jsonb_array_elements(
                j.payload -> 'chunkIds') c))::text], NULL, NULL, NULL, NULL)
    WHERE j.job_id = iso.id(1)
$$;

-- A gate with one provider and the bounds of a day; nothing asked so far.
CREATE FUNCTION iso.gate() RETURNS void LANGUAGE sql AS
    'TRUNCATE llm.provider_state, llm.reservation, llm.budget_day, llm.usage';

-- One call of a tenant: its verdict.
CREATE FUNCTION iso.admit(rpm integer DEFAULT 0, tokens integer DEFAULT 0,
    tenant text DEFAULT 't') RETURNS text LANGUAGE sql AS $$
    SELECT verdict FROM llm.admit(jsonb_build_object(
        'budget', jsonb_build_object('tokens', tokens), 'providers', jsonb_build_array(jsonb_build_object('provider', 'a',
            'model', 'm', 'fingerprint', 'f', 'rpm', rpm, 'tpm', 0))),
        jsonb_build_array(jsonb_build_object('tenant', tenant, 'of',
            '[{"at": 0, "tokens": 100, "cost": 10, "ms": 600000}]'::jsonb)))
$$;

-- Reports the oldest call of a tenant, or one that went without being asked
-- for: 'opened' or 'closed' if that did so.
CREATE FUNCTION iso.report(outcome text, tenant text DEFAULT NULL)
RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(max(event), 'no change') FROM llm.report(jsonb_build_array(
        jsonb_build_object('provider', 'a', 'model', 'm', 'fingerprint', 'f',
            'reservation', (SELECT min(reservation_id) FROM llm.reservation r
                WHERE r.tenant = report.tenant),
            'tenant', 'local', 'outcome', outcome, 'reserved', 100,
            'tokens', 40, 'cost', 4)))
$$;

-- A gate whose circuit has been open and is half open now.
CREATE FUNCTION iso.half_open() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM iso.gate();
    PERFORM iso.admit(tenant => 'x');
    PERFORM iso.report('failed') FROM generate_series(1, 5);
    UPDATE llm.provider_state SET open_until = clock_timestamp();
    DELETE FROM llm.reservation;
END $$;

CREATE VIEW iso.spent AS SELECT * FROM llm.budget() ORDER BY tenant;
