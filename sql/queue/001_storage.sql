-- Storage of the queue. A job is one immutable row with its payload, and at any
-- moment one narrow row that says where it stands: ready, scheduled, leased, or
-- a result. The row with the payload is never updated, so an old snapshot held
-- by a backup or a report makes only the narrow tables grow. One table with a
-- status column fell from 4,990 to 750 jobs/s within a minute of such a
-- snapshot; this shape with a claim cursor stayed flat.
--
-- Nothing here is reached directly: three roles have EXECUTE on the functions
-- in functions/ and no right on any table.

-- Kinds of job. A row appears with the first job of its name; configuration
-- and migrations fill in the rest.
CREATE TABLE coatcheck.job_type (
    type_id      smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL UNIQUE
                 CHECK (name ~ '^[A-Z][A-Z0-9_]{0,62}$'),
    priority     smallint NOT NULL DEFAULT 2 CHECK (priority BETWEEN 0 AND 3),
    max_attempts smallint NOT NULL DEFAULT 3
                 CHECK (max_attempts BETWEEN 1 AND 100),
    -- "schema.function", called in the transaction that ends a job; see
    -- functions/20_end.sql. Text, since pg_upgrade refuses regprocedure.
    end_hook     text,
    -- Smoothed run time that workers report; paces the clients that poll.
    run_ms       real
);

CREATE TABLE coatcheck.job (
    job_id       uuid PRIMARY KEY,
    type_id      smallint NOT NULL,
    priority     smallint NOT NULL,
    max_attempts smallint NOT NULL,
    user_id      uuid NOT NULL,
    session_id   uuid,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    payload      jsonb NOT NULL
);
ALTER TABLE coatcheck.job ALTER COLUMN payload SET COMPRESSION lz4;

-- Jobs that a worker may take now. seq orders them: it comes from the database,
-- so no clock of a front end can put a job out of reach of a claim cursor.
CREATE SEQUENCE coatcheck.ready_seq;
CREATE TABLE coatcheck.ready (
    type_id      smallint NOT NULL,
    priority     smallint NOT NULL,
    seq          bigint NOT NULL DEFAULT nextval('coatcheck.ready_seq'),
    job_id       uuid NOT NULL UNIQUE,
    attempts     smallint NOT NULL, -- counted so far
    max_attempts smallint NOT NULL,
    PRIMARY KEY (type_id, priority, seq),
    CHECK (attempts < max_attempts)
);

-- Jobs with a time to wait for: delayed ones, and failed attempts that back off.
CREATE TABLE coatcheck.scheduled (
    run_at       timestamptz NOT NULL,
    job_id       uuid NOT NULL UNIQUE,
    type_id      smallint NOT NULL,
    priority     smallint NOT NULL,
    attempts     smallint NOT NULL,
    max_attempts smallint NOT NULL,
    PRIMARY KEY (run_at, job_id),
    CHECK (attempts < max_attempts)
);

-- A worker's time-limited right to one attempt. The token fences: it only ever
-- grows, across attempts, refunds and retries. No index on lease_until, so a
-- heartbeat stays a HOT update; a sweep reads a table the size of what is in
-- flight.
CREATE SEQUENCE coatcheck.token_seq;
CREATE TABLE coatcheck.lease (
    job_id       uuid PRIMARY KEY,
    token        bigint NOT NULL,
    type_id      smallint NOT NULL,
    priority     smallint NOT NULL,
    attempts     smallint NOT NULL, -- with the one that runs
    max_attempts smallint NOT NULL,
    worker_id    integer NOT NULL,
    claimed_at   timestamptz NOT NULL,
    lease_until  timestamptz NOT NULL,
    deadline_at  timestamptz NOT NULL, -- no heartbeat goes beyond
    CHECK (attempts <= max_attempts),
    CHECK (lease_until <= deadline_at)
) WITH (fillfactor = 50);

-- How a job ended. Insert-only: the primary key is what makes a final state
-- final.
CREATE TABLE coatcheck.result (
    job_id       uuid PRIMARY KEY,
    type_id      smallint NOT NULL,
    status       text NOT NULL
                 CHECK (status IN ('COMPLETED', 'FAILED', 'CANCELLED')),
    attempts     smallint NOT NULL,
    token        bigint, -- of the attempt that ended it; NULL if none ran
    claimed_at   timestamptz,
    completed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    result       jsonb,
    error        text, -- a sentence for people
    error_code   text, -- a word for programs
    CHECK ((status = 'COMPLETED') = (result IS NOT NULL)),
    CHECK ((status = 'FAILED') = (error IS NOT NULL AND error_code IS NOT NULL))
);
ALTER TABLE coatcheck.result ALTER COLUMN result SET COMPRESSION lz4;

-- Attempts that did not complete their job, for operators. Insert-only, and
-- written on unhappy paths alone.
CREATE TABLE coatcheck.attempt_failure (
    job_id     uuid NOT NULL,
    token      bigint NOT NULL,
    attempt    smallint NOT NULL,
    worker_id  integer NOT NULL,
    claimed_at timestamptz NOT NULL,
    failed_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    error_code text NOT NULL,
    error      text NOT NULL,
    detail     text, -- never shown to a client
    PRIMARY KEY (job_id, token)
);

-- Output while a job runs, in pieces, written under the token of its lease.
CREATE TABLE coatcheck.event (
    job_id     uuid NOT NULL,
    token      bigint NOT NULL,
    seq        integer NOT NULL CHECK (seq > 0), -- from 1 in each attempt
    kind       text NOT NULL CHECK (kind IN ('status', 'chunk')),
    body       text NOT NULL, -- a stage, or a piece of text
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (job_id, token, seq)
);

-- One row a worker process, for readiness checks and for people.
CREATE TABLE coatcheck.worker (
    worker_id  integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    host       text NOT NULL,
    pid        integer NOT NULL,
    version    text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    stopped_at timestamptz,
    in_flight  integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- The claimed tables turn over all the time: vacuum them by count, not by a
-- share of their size, and at full speed.
ALTER TABLE coatcheck.ready SET (autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE coatcheck.lease SET (autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
ALTER TABLE coatcheck.scheduled SET (autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);

-- The shape of the table this design replaces, for programs that know it.
CREATE VIEW coatcheck.background_jobs AS
SELECT j.job_id,
       t.name AS job_type,
       CASE WHEN r.job_id IS NOT NULL THEN r.status
            WHEN l.job_id IS NOT NULL THEN 'PROCESSING'
            ELSE 'PENDING' END AS status,
       j.payload,
       r.result,
       coalesce(r.error, f.error) AS error_message,
       coalesce(r.attempts, l.attempts, q.attempts, s.attempts, 0)::integer
           AS attempts,
       j.max_attempts::integer AS max_attempts,
       j.user_id,
       j.session_id,
       l.claimed_at AS locked_at,
       s.run_at,
       j.created_at,
       r.completed_at,
       coalesce(r.completed_at, l.claimed_at, f.failed_at, j.created_at)
           AS updated_at
FROM coatcheck.job j
JOIN coatcheck.job_type t USING (type_id)
LEFT JOIN coatcheck.result r USING (job_id)
LEFT JOIN coatcheck.lease l USING (job_id)
LEFT JOIN coatcheck.ready q USING (job_id)
LEFT JOIN coatcheck.scheduled s USING (job_id)
LEFT JOIN LATERAL (
    SELECT error, failed_at FROM coatcheck.attempt_failure
    WHERE job_id = j.job_id ORDER BY token DESC LIMIT 1) f ON true;
