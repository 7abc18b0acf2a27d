-- Conversations that remember: turns, summaries, stand-alone questions; what a
-- learner has used up; personas; and the facts for visitors, kept for seconds.

-- Whose budget a course spends. '*' stands for all of them in llm.budget_day.
ALTER TABLE campus.course ADD COLUMN tenant text NOT NULL DEFAULT 'default'
    CHECK (tenant ~ '\S' AND tenant <> '*');

-- The summary stands for the messages of all turns up to summary_through.
-- summary_job is the job that makes the next one; another applies nothing.
ALTER TABLE campus.chat_session
    ADD COLUMN summary text,
    ADD COLUMN summary_through bigint NOT NULL DEFAULT 0,
    ADD COLUMN summary_job uuid;

-- A turn is a question and its answer, under the message_id of the question:
-- read by (turn, message_id), an answer follows its question though another
-- was asked before it came. standalone is the question as it reads without
-- what was said before it.
ALTER TABLE campus.chat_message
    ADD COLUMN turn bigint,
    ADD COLUMN standalone text;
UPDATE campus.chat_message m SET turn = CASE WHEN m.role = 'user'
    THEN m.message_id
    ELSE coalesce((SELECT q.message_id FROM campus.chat_message q
            WHERE q.job_id = m.job_id AND q.role = 'user'),
        (SELECT max(q.message_id) FROM campus.chat_message q
            WHERE q.session_id = m.session_id AND q.role = 'user'
              AND q.message_id < m.message_id),
        m.message_id) END;
-- Functions of the release before this one give no turn, and are there until
-- the new ones are; message_id is drawn first.
ALTER TABLE campus.chat_message ALTER COLUMN turn SET NOT NULL,
    ALTER COLUMN turn SET DEFAULT
        currval('campus.chat_message_message_id_seq');
DROP INDEX campus.chat_message_session;
CREATE INDEX chat_message_session ON campus.chat_message
    (session_id, turn, message_id);

-- One row a counted question; the quota of a module counts them. A question
-- that fails or is cancelled takes its row with it.
CREATE TABLE campus.typed_question (
    job_id    uuid PRIMARY KEY,
    user_id   uuid NOT NULL,
    course_id uuid NOT NULL REFERENCES campus.course ON DELETE CASCADE,
    module_no integer NOT NULL,
    asked_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX typed_question_module ON campus.typed_question
    (user_id, course_id, module_no);
CREATE INDEX typed_question_course ON campus.typed_question (course_id);

-- The requests of the last minute, by who made them. Locking the row is what
-- makes one request of a user wait for the other.
CREATE TABLE campus.request_rate (
    key    text PRIMARY KEY,
    recent timestamptz[] NOT NULL DEFAULT '{}' -- in order
) WITH (fillfactor = 50);

CREATE TABLE campus.persona_profile (
    user_id     uuid NOT NULL,
    course_id   uuid NOT NULL REFERENCES campus.course ON DELETE CASCADE,
    persona_key text NOT NULL,
    summary     text NOT NULL,
    version     text NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (user_id, course_id)
);
CREATE INDEX persona_profile_course ON campus.persona_profile (course_id);

-- What visitors are told, made of other tables and rebuilt when it is some
-- seconds old: one row, or none after a crash. The arrays are over the facts,
-- in the order of their rank; see functions/25_landing.sql.
CREATE UNLOGGED TABLE campus.landing_cache (
    only_row  boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    built_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    titles    text[] NOT NULL,
    contents  text[] NOT NULL,
    kinds     text[] NOT NULL,     -- program_type a fact is about, or NULL
    questions text[] NOT NULL,     -- that a fact answers, or NULL
    are_lists boolean[] NOT NULL,
    about     tsvector[] NOT NULL, -- of title and statement
    vectors   tsvector[] NOT NULL, -- and of what somebody wrote of it
    words     text[] NOT NULL,     -- all words of theirs
    names     text[] NOT NULL      -- those in the names of what is offered
);
