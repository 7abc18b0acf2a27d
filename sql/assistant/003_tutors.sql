-- Who learns, who teaches, and how far each learner has come: what a tutor's
-- questions are answered from.

CREATE TABLE campus.person (
    user_id uuid PRIMARY KEY,
    name    text NOT NULL CHECK (name ~ '\S' AND name !~ '[[:cntrl:]]'),
    email   text NOT NULL DEFAULT '' CHECK (email !~ '[[:space:][:cntrl:]]')
);

CREATE TABLE campus.course_tutor (
    course_id uuid NOT NULL REFERENCES campus.course ON DELETE CASCADE,
    user_id   uuid NOT NULL,
    is_active boolean NOT NULL DEFAULT true,
    PRIMARY KEY (course_id, user_id)
);

CREATE TABLE campus.enrolment (
    course_id      uuid NOT NULL REFERENCES campus.course ON DELETE CASCADE,
    user_id        uuid NOT NULL REFERENCES campus.person ON DELETE CASCADE,
    cohort_id      uuid REFERENCES campus.cohort ON DELETE SET NULL,
    enrolled_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_active_at timestamptz, -- NULL = never
    PRIMARY KEY (course_id, user_id)
);
CREATE INDEX enrolment_user ON campus.enrolment (user_id);
CREATE INDEX enrolment_cohort ON campus.enrolment (cohort_id);

CREATE TABLE campus.module_progress (
    course_id  uuid NOT NULL,
    user_id    uuid NOT NULL,
    module_no  integer NOT NULL,
    attempts   integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    failures   integer NOT NULL DEFAULT 0
               CHECK (failures BETWEEN 0 AND attempts),
    best_score numeric(5, 2), -- of 100
    passed_at  timestamptz,
    updated_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (course_id, user_id, module_no),
    FOREIGN KEY (course_id, user_id) REFERENCES campus.enrolment
        ON DELETE CASCADE
);
