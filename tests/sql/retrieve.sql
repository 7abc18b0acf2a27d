-- Finding what answers are taken from: lessons, and facts for visitors.
BEGIN;
\ir helpers.psql
SELECT plan(94);

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

-- The ladder
SELECT is(pg_temp.titles(question), want, 'ladder: ' || question)
FROM (VALUES ('Does HAVING filter groups or rows?', 'Groups'), -- all words
    ('backup copy of a tap', 'Backup'), -- enough of them
    ('many-to-many relashionship', 'Kinds'), -- spelling
    ('one-to-one relatoinship', 'Pairs'),
    ('Where is the duplicate?', NULL),
    ('erase the roof', NULL))
    v(question, want);
SELECT is(campus.respell(id, word), want, 'spelling: ' || word)
FROM c, (VALUES ('relashionship', 'relationship'), ('leeking', NULL),
    ('leakng', 'leaking'), ('bakcup', 'backup'), ('kyes', NULL),
    ('coyp', 'copy'), ('uniqe', 'unique'), ('tabel', 'table'),
    ('cable', NULL), ('relay', NULL), ('neighbourhood', NULL))
    v(word, want);
SELECT is((SELECT array_agg(DISTINCT t ->> 'stem') FROM c,
    jsonb_array_elements(campus.course_passages(id, 'relashionship', 5)
    -> 'terms') t WHERE t ->> 'word' = 'relationship'), '{relationship}',
    'a repaired word is a term');
SELECT campus.add_synonyms('liaison', 'relationship')
\g /dev/null
SELECT is(pg_temp.titles('a liaison of one-to-one'), 'Pairs', 'a synonym');
SELECT is((SELECT array_agg(DISTINCT t ->> 'stem') FROM c,
    jsonb_array_elements(campus.course_passages(id, 'a liaison', 5)
    -> 'terms') t WHERE t ->> 'word' = 'relationship'), '{liaison}',
    'a synonym is a term of the word that was asked');
SELECT is(campus.definition_pattern(question) IS NOT NULL, want, question)
FROM (VALUES ('What is a backup?', true), ('work_mem', true),
    ('How is a backup?', false), ('What is a(b?', false),
    (repeat('what is ', 60), false))
    v(question, want);

-- Passages that are near by meaning
CREATE TEMP TABLE other AS SELECT campus.ingest_course('t-other', 'O') AS id;
SELECT campus.ingest_document(id, 'Alien', 'Alien', NULL, NULL,
    '[{"title":"Alien","content":"A backup of the relationship."}]') FROM other
\g /dev/null
SELECT campus.ingest_finish(id, NULL) FROM other
\g /dev/null
CREATE FUNCTION pg_temp.near(question text, near text[], cosines real[])
RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(p ->> 'title', ', ' ORDER BY n)
    FROM c, jsonb_array_elements(campus.course_passages(id, question, 5, ARRAY(
        SELECT k.chunk_id FROM unnest(near) WITH ORDINALITY u(title, n)
        JOIN campus.chunk k USING (title) ORDER BY u.n), cosines)
        -> 'passages') WITH ORDINALITY v(p, n)
    WHERE (p ->> 'relevance')::numeric > 0.51
$$;
SELECT is(pg_temp.near(question, near, '{0.9,0.5}'), want, message)
FROM (VALUES ('plumbing', '{Places}'::text[], 'Places',
        'a near passage is relevant without any word'),
    ('backup', '{Places,Kinds}', 'Backup, Places, Kinds',
        'words and meaning are mixed'),
    ('backup', '{Places,Backup}', 'Backup, Places',
        'what both find is first'),
    ('backup', '{Alien,Places}', 'Backup, Places',
        'another course is not reached by its ids'),
    ('what is it', '{Places}', 'Places', 'a question without words'),
    ('backup', '{}', 'Backup', 'nothing is near'))
    v(question, near, want, message);
SELECT is(pg_temp.near('plumbing', '{Places}', NULL), 'Places',
    'cosines may be missing');
SELECT is((SELECT count(*) FROM c, jsonb_array_elements(campus.course_passages(
    id, 'backup relationship leak filter key', 20) -> 'passages') p
    JOIN campus.chunk k ON k.chunk_id = (p ->> 'chunkId')::bigint
    WHERE k.course_id <> c.id), 0::bigint, 'no passage of another course');
SELECT is(campus.course_passages(pg_temp.id(9), 'backup', 5),
    '{"courseName":null,"found":false,"passages":[],"terms":[]}',
    'no such course');

-- Hostile input
SELECT lives_ok(format('SELECT campus.course_passages(%L, %L, 5)', id, left(
    repeat(bad, 4000), 4000)), 'hostile: ' || left(bad, 20))
FROM c, (VALUES ('& | ! <-> ( ) : * '), (''''), ('\'), ('"'), ('''\'''),
    ('\y[[:alpha:]]+(?=x)'), ('%_%'), (E'\u2028\u00e9\u00df '), ('a:*A '),
    ('THE AND for '), ('x_y_(?:z) '), ('Bob Alice '), ('0x1F 1e99 -5 '),
    ('http://a.b/c?d=e&f '), (''' OR 1=1 -- '), ('{"a":[1]} '), ('$1 $$ '),
    ('zx qwv kjh bdf ')) v(bad);
SELECT is(jsonb_array_length(campus.course_passages(id, '', 5) -> 'passages'),
    0, 'an empty question finds nothing') FROM c;

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

-- What strangers put where the extension is does not run with our rights.
DO $$
DECLARE
    home text := (SELECT extnamespace::regnamespace FROM pg_extension
        WHERE extname = 'pg_trgm');
    says text := '$f$BEGIN RAISE EXCEPTION ''taken in''; END$f$';
BEGIN
    EXECUTE format('CREATE FUNCTION %s.ln(integer) RETURNS numeric'
        ' LANGUAGE plpgsql AS %s', home, says);
    EXECUTE format('CREATE FUNCTION %s.t_ge(real, numeric) RETURNS boolean'
        ' LANGUAGE plpgsql AS %s', home, says);
    EXECUTE format('CREATE OPERATOR %1$s.>= (LEFTARG = real, RIGHTARG ='
        ' numeric, FUNCTION = %1$s.t_ge)', home);
END $$;
SELECT is(campus.respell(campus.ingest_course('t-spelling', 'Spelling'),
    'normalizaton'), NULL, 'a course without words');
INSERT INTO campus.course_spelling SELECT course_id, 'normalization', 3
FROM campus.course WHERE slug = 't-spelling';
SELECT is(campus.respell(course_id, 'normalizaton'), 'normalization',
    'a word is respelled by the functions meant')
FROM campus.course WHERE slug = 't-spelling';

SELECT * FROM finish();
ROLLBACK;
