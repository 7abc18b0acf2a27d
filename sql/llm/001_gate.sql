-- What decides which provider of language models may be asked, shared by all
-- workers, and what the asking has cost. Rows here are few and narrow, but
-- for the ledger. No prompt, answer, user or key ever comes here.
--
-- Who locks more than one row locks providers first, by name and model, then
-- days of the budget, by day and tenant, then reservations.
CREATE SCHEMA llm;

-- A provider with a model: how much it may be asked, and whether it works.
CREATE TABLE llm.provider_state (
    provider      text NOT NULL, -- section of the configuration
    model         text NOT NULL,
    fingerprint   text NOT NULL, -- of URL, model and key; another one: afresh
    -- Two buckets, of requests and of tokens, that fill up all the time. No
    -- limit is known while most and left are NULL. rate is a second's.
    rpm           bigint NOT NULL DEFAULT 0, -- as configured; 0: learned
    tpm           bigint NOT NULL DEFAULT 0,
    requests_most double precision,
    requests_rate double precision,
    requests_left double precision,
    tokens_most   double precision,
    tokens_rate   double precision,
    tokens_left   double precision,
    filled_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    heard_at      timestamptz, -- when the newest headers were sent
    paused_until  timestamptz, -- after a 429
    pauses        integer NOT NULL DEFAULT 0, -- in a row
    -- The circuit is closed while open_until is NULL, and half open once that
    -- has passed: then one call may try, the probe.
    failures      integer NOT NULL DEFAULT 0, -- in a row
    open_until    timestamptz,
    opens         integer NOT NULL DEFAULT 0, -- in a row
    reason        text, -- failed, auth or quota
    probe_id      bigint,
    probe_until   timestamptz,
    -- Since the row was made.
    calls         bigint NOT NULL DEFAULT 0, -- sent and ended
    failed        bigint NOT NULL DEFAULT 0,
    limited       bigint NOT NULL DEFAULT 0,
    opened        bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (provider, model)
) WITH (fillfactor = 50);

-- What a day (UTC) has cost each tenant, and under '*' all of them. What is
-- reserved is for calls under way; both together are held against a bound.
CREATE TABLE llm.budget_day (
    day             date NOT NULL,
    tenant          text NOT NULL,
    tokens          bigint NOT NULL DEFAULT 0,
    cost_micros     bigint NOT NULL DEFAULT 0, -- millionths of money
    reserved_tokens bigint NOT NULL DEFAULT 0,
    reserved_micros bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (day, tenant)
) WITH (fillfactor = 50);

-- A call that was let through and has not been reported. When its worker has
-- died it expires, and what it reserved counts as spent.
CREATE TABLE llm.reservation (
    reservation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider       text NOT NULL,
    model          text NOT NULL,
    day            date NOT NULL,
    tenant         text NOT NULL,
    tokens         bigint NOT NULL,
    cost_micros    bigint NOT NULL,
    expires_at     timestamptz NOT NULL
);

-- The ledger: one row for each request that was sent, written in the
-- transaction that settles its job's attempt.
CREATE TABLE llm.usage (
    job_id            uuid NOT NULL,
    seq               integer NOT NULL, -- from 1, over all attempts
    token             bigint, -- of the attempt
    at                timestamptz NOT NULL DEFAULT clock_timestamp(),
    tenant            text NOT NULL,
    provider          text NOT NULL,
    model             text NOT NULL,
    kind              text NOT NULL, -- chat or embeddings
    outcome           text NOT NULL, -- completed, or why not
    prompt_tokens     bigint NOT NULL,
    cached_tokens     bigint NOT NULL, -- of the prompt's
    completion_tokens bigint NOT NULL,
    cost_micros       bigint NOT NULL,
    is_estimated      boolean NOT NULL,
    request_id        text, -- the provider's
    ms                bigint NOT NULL,
    PRIMARY KEY (job_id, seq)
);
CREATE INDEX usage_at ON llm.usage (at);

ALTER TABLE llm.reservation SET (autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 0);
