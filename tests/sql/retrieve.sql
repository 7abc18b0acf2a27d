-- Finding what answers are taken from: lessons, and facts for visitors.
BEGIN;
\ir helpers.psql
SELECT plan(39);

CREATE FUNCTION pg_temp.words(question text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(word, ' ' ORDER BY at, word) FILTER (WHERE NOT is_light)
    FROM campus.question_words(question, '')
$$;
SELECT is(pg_temp.words(question), want, question)
FROM (VALUES ('What is the difference between a mean and a mode?', 'mean mode'),
    ('What does variance mean?', 'varianc'),
    ('What does the mean mean?', 'mean'),
    ('What is the formula for the mean?', 'mean'),
    ('How do I prevent a deadlock?', 'deadlock'),
    ('How long is a row?', 'row'),
    ('Explain joins', 'join'),
    ('What does EXPLAIN show?', 'explain'),
    ('a many-to-many key', 'many-to-mani key'),
    ('WHERE vs HAVING', NULL),
    ('What is the difference between == and ===?', NULL))
    v(question, want);
SELECT is(campus.question_literals(question), want, question)
FROM (VALUES ('WHERE and HAVING', '{HAVING,WHERE}'::text[]),
    ('What does EXPLAIN do?', '{}'), ('where?', '{}'), ('WHAT NOW', '{}'))
    v(question, want);

-- A course
CREATE TEMP TABLE c AS SELECT campus.ingest_course('t-course', 'T') AS id;
SELECT campus.ingest_document(id, title, title, NULL, NULL,
    jsonb_build_array(jsonb_build_object('title', title, 'content', content)))
FROM c, (VALUES
    ('Kinds', 'A many-to-many relationship needs a table.'),
    ('Pairs', 'A one-to-one relationship is a unique key.'),
    ('Groups', 'WHERE filters rows, HAVING filters groups.'),
    ('Places', 'This is where a tap is leaking.'),
    ('Backup', 'A backup is a copy.'),
    ('E.1. Release 15.1', 'Repair a leaking backup backup backup.'))
    d(title, content)
\g /dev/null
SELECT campus.ingest_finish(id, NULL) FROM c
\g /dev/null
CREATE FUNCTION pg_temp.titles(question text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(p ->> 'title', ', ' ORDER BY n)
    FROM c, jsonb_array_elements(campus.course_passages(id, question, 5)
        -> 'passages') WITH ORDINALITY v(p, n)
    WHERE (p ->> 'relevance')::numeric > 0.51
$$;
SELECT is(pg_temp.titles(question), want, question)
FROM (VALUES ('What is a many-to-many relationship?', 'Kinds'),
    ('What is a one-to-one relationship?', 'Pairs'),
    ('What is a one-on-one relationship?', 'Pairs, Kinds'),
    ('What is the difference between WHERE and HAVING?', 'Groups'),
    ('What is a backup?', 'Backup'),
    ('How do I repair a leaking roof?', NULL),
    ('Which release can repair a backup?', 'E.1. Release 15.1'))
    v(question, want);
SELECT set_has(format($$SELECT t ->> 'word' AS word, t ->> 'stem' AS stem
    FROM c, jsonb_array_elements(campus.course_passages(id, %L, 5) -> 'terms') t$$,
    'Is WHERE a many-to-many relationship?'),
    $$VALUES ('many-to-many', 'many-to-mani'), ('relationship', 'relationship')
    $$, 'compounds are terms');

-- Facts for visitors
DELETE FROM campus.course;
DELETE FROM campus.offering;
INSERT INTO campus.course (course_id, slug, name, description, category, level,
    duration_hours) VALUES
    (pg_temp.id(1), 't-sql', 'Tables with PostgreSQL', 'Keys.', '', 'hard', 30),
    (pg_temp.id(2), 't-web', 'Web Pages with JavaScript', '', '', 'beginner',
        40);
INSERT INTO campus.offering (offering_id, program_type, title, description,
    price_cents, currency, is_active, course_id) VALUES
    (pg_temp.id(3), 'on-demand', 'Tables with PostgreSQL, on demand', 'Calm.',
        1000, 'EUR', true, pg_temp.id(1)),
    (pg_temp.id(4), 'cohort', 'Tables with PostgreSQL, live cohort',
        'With a certificate.', 2000, 'EUR', true, pg_temp.id(1)),
    (pg_temp.id(5), 'workshop', 'Quick Charts', 'On a Saturday.', 3000, 'EUR',
        true, NULL);
INSERT INTO campus.cohort (cohort_id, course_id, name, starts_on, seats,
    is_active) VALUES
    (pg_temp.id(6), pg_temp.id(1), 'Cohort Owl', '2100-02-01', 20, true),
    (pg_temp.id(7), pg_temp.id(2), 'Cohort Rook', '2100-03-01', 24, true);
CREATE FUNCTION pg_temp.fact(question text) RETURNS text LANGUAGE sql AS $$
    SELECT campus.landing_passages(question, 5) #>> '{passages,0,content}'
$$;
SELECT alike(pg_temp.fact(question), want, question)
FROM (VALUES
    ('When does the next cohort start?', 'The next cohort is Cohort Owl %'),
    ('When does the next web course start and how many seats are left?',
        '%Web Pages% is Cohort Rook, which starts on 1 March 2100.%24 seats.'),
    ('What dates are the cohorts?', '%Owl on 1 February 2100%Rook on 1 March%'),
    ('What''s the price of the postgres course', 'Tables with PostgreSQL costs'
        ' €10.00 on demand and €20.00 as a live cohort.'),
    ('I want to learn SQL, which course?', 'Tables with PostgreSQL is a %'),
    ('Is the web course difficult?', 'Web Pages % of beginner level %'),
    ('which courses are for beginners?', 'Courses of beginner level: Web %'),
    ('weekend workshops?', '%Quick Charts%Saturday.'),
    ('List all workshops with prices', 'What our workshops cost: Quick %'))
    v(question, want);
SELECT is(pg_temp.fact(question), NULL, 'not in the data: ' || question)
FROM (VALUES ('Who teaches the courses?'), ('How can I enrol?'),
    ('Do I get a certificate with the on-demand course?'),
    ('Is there a Java course?'), ('How many people are in a cohort?'),
    ('When does the cooking course start?'), ('hello'))
    v(question);

SELECT * FROM finish();
ROLLBACK;
