-- What the assistants answer from and remember: courses and their text, what
-- is on offer, and conversations. Schema campus; the queue knows nothing of it.

CREATE SCHEMA campus;

CREATE EXTENSION IF NOT EXISTS btree_gin;

CREATE TABLE campus.course (
    course_id      uuid PRIMARY KEY,
    slug           text NOT NULL UNIQUE
                   CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name           text NOT NULL,
    description    text NOT NULL DEFAULT '',
    category       text NOT NULL DEFAULT '',
    level          text NOT NULL DEFAULT '',
    duration_hours integer
);
CREATE UNIQUE INDEX course_name ON campus.course (lower(name));

CREATE TABLE campus.topic (
    topic_id  uuid PRIMARY KEY,
    course_id uuid NOT NULL REFERENCES campus.course ON DELETE CASCADE,
    module_no integer NOT NULL DEFAULT 1,
    position  integer NOT NULL DEFAULT 1,
    title     text NOT NULL
);
CREATE INDEX topic_course ON campus.topic (course_id, position);

CREATE TABLE campus.offering (
    offering_id  uuid PRIMARY KEY,
    program_type text NOT NULL
                 CHECK (program_type IN ('cohort', 'workshop', 'on-demand')),
    title        text NOT NULL,
    description  text NOT NULL DEFAULT '',
    price_cents  integer NOT NULL CHECK (price_cents >= 0),
    currency     text NOT NULL DEFAULT 'USD',
    is_active    boolean NOT NULL DEFAULT true,
    course_id    uuid REFERENCES campus.course ON DELETE CASCADE
);

CREATE TABLE campus.cohort (
    cohort_id uuid PRIMARY KEY,
    course_id uuid NOT NULL REFERENCES campus.course ON DELETE CASCADE,
    name      text NOT NULL,
    starts_on date NOT NULL,
    seats     integer,
    is_active boolean NOT NULL DEFAULT true
);

-- Prompts a learner can click. One with an answer is answered at once and never
-- queued; children are offered after it.
CREATE TABLE campus.suggestion (
    suggestion_id        uuid PRIMARY KEY,
    course_id            uuid NOT NULL
                         REFERENCES campus.course ON DELETE CASCADE,
    topic_id             uuid REFERENCES campus.topic ON DELETE CASCADE,
    parent_suggestion_id uuid REFERENCES campus.suggestion ON DELETE CASCADE,
    prompt_text          text NOT NULL,
    answer               text,
    display_order        integer NOT NULL DEFAULT 0,
    is_active            boolean NOT NULL DEFAULT true
);
CREATE INDEX suggestion_course ON campus.suggestion (course_id);
CREATE INDEX suggestion_parent ON campus.suggestion (parent_suggestion_id);

-- A document is one ingested file; its chunks are what retrieval finds. Both
-- carry the id of the course and no other name of it: text stored under one
-- name and asked for under another is never found.
CREATE TABLE campus.document (
    document_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    course_id   uuid NOT NULL REFERENCES campus.course ON DELETE CASCADE,
    topic_id    uuid REFERENCES campus.topic ON DELETE SET NULL,
    path        text NOT NULL,
    title       text NOT NULL,
    url         text,
    UNIQUE (course_id, path)
);

CREATE TABLE campus.chunk (
    chunk_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    document_id uuid NOT NULL REFERENCES campus.document ON DELETE CASCADE,
    course_id   uuid NOT NULL,
    position    integer NOT NULL, -- from 1, within the document
    title       text NOT NULL,    -- document, then headings, " › " between
    content     text NOT NULL,
    words       tsvector NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('english', content), 'D')) STORED,
    UNIQUE (document_id, position)
);
CREATE INDEX chunk_words ON campus.chunk USING gin (course_id, words);

-- In how many chunks of a course a word stands: what makes a word rare.
CREATE TABLE campus.course_word (
    course_id uuid NOT NULL REFERENCES campus.course ON DELETE CASCADE,
    word      text NOT NULL,
    chunks    integer NOT NULL,
    PRIMARY KEY (course_id, word)
);

CREATE TABLE campus.chat_session (
    session_id      uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    user_id         uuid NOT NULL,
    course_id       uuid NOT NULL REFERENCES campus.course ON DELETE CASCADE,
    topic_id        uuid NOT NULL REFERENCES campus.topic ON DELETE CASCADE,
    last_message_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (user_id, course_id, topic_id)
);

-- message_id orders a conversation; times can be equal. A question is stored
-- with its job, the answer when that job completes, each once.
CREATE TABLE campus.chat_message (
    message_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id uuid NOT NULL
               REFERENCES campus.chat_session ON DELETE CASCADE,
    job_id     uuid,
    role       text NOT NULL CHECK (role IN ('user', 'assistant')),
    content    text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (job_id, role)
);
CREATE INDEX chat_message_session ON campus.chat_message
    (session_id, message_id);
