-- Visitors: the facts kept for seconds, what else can be asked, what kind of
-- thing an answer is about. What facts answer is in retrieve.sql.
BEGIN;
\ir helpers.psql
SELECT plan(23);

DELETE FROM campus.course;
DELETE FROM campus.offering;
DELETE FROM campus.landing_cache;
CREATE FUNCTION pg_temp.fact(question text) RETURNS text LANGUAGE sql AS $$
    SELECT campus.landing_passages(question, 5) #>> '{passages,0,content}'
$$;
CREATE FUNCTION pg_temp.next(question text) RETURNS text[] LANGUAGE sql AS $$
    SELECT ARRAY(SELECT jsonb_array_elements_text(
        campus.landing_passages(question, 5) -> 'suggestions'))
$$;
CREATE FUNCTION pg_temp.age(seconds integer) RETURNS void LANGUAGE sql AS $$
    UPDATE campus.landing_cache
    SET built_at = clock_timestamp() - seconds * interval '1 s'
$$;

-- Kept for seconds
SELECT is(campus.landing_passages('Which courses do you offer?', 5),
    '{"courseName": null, "found": true, "passages": [], "terms": [],
    "suggestions": [], "kind": null}', 'nothing is on offer');
INSERT INTO campus.course (course_id, slug, name, description, category, level,
    duration_hours) VALUES
    (pg_temp.id(1), 't-sql', 'Tables with PostgreSQL', 'Keys.', '', 'hard', 30),
    (pg_temp.id(2), 't-web', 'Web Pages with JavaScript', '', '', 'beginner',
        40);
SELECT is(pg_temp.fact('Which courses do you offer?'), NULL,
    'what changes is not seen at once');
SELECT pg_temp.age(4)
\g /dev/null
SELECT is(pg_temp.fact('Which courses do you offer?'), NULL,
    'nor after four seconds');
SELECT pg_temp.age(6)
\g /dev/null
SELECT alike(pg_temp.fact('Which courses do you offer?'), '%Tables with%',
    'but after six');
SELECT cmp_ok((SELECT built_at FROM campus.landing_cache), '>', now(),
    'and is kept again');
INSERT INTO campus.offering (offering_id, program_type, title, description,
    price_cents, currency, is_active, course_id) VALUES
    (pg_temp.id(3), 'on-demand', 'Tables with PostgreSQL, on demand', 'Calm.',
        1000, 'EUR', true, pg_temp.id(1)),
    (pg_temp.id(4), 'cohort', 'Tables with PostgreSQL, live cohort',
        'With a certificate.', 2000, 'EUR', true, pg_temp.id(1)),
    (pg_temp.id(5), 'workshop', 'Quick Charts', 'On a Saturday.', 3000, 'EUR',
        true, NULL),
    -- A title of words that say nothing: no question finds it.
    (pg_temp.id(8), 'workshop', 'What Is There?', '', 100, 'EUR', true, NULL);
INSERT INTO campus.cohort (cohort_id, course_id, name, starts_on, seats,
    is_active) VALUES
    (pg_temp.id(6), pg_temp.id(1), 'Cohort Owl', '2100-02-01', 20, true),
    (pg_temp.id(7), pg_temp.id(2), 'Cohort Rook', '2100-03-01', 24, true);
DELETE FROM campus.landing_cache;
SELECT alike(pg_temp.fact('When does the next cohort start?'), '%Owl%',
    'a first call builds');

-- What else can be asked
CREATE TEMP TABLE q AS SELECT DISTINCT q FROM (
    SELECT unnest(questions) FROM campus.landing_cache
    UNION ALL VALUES ('hello'), ('What is the capital of Mongolia?'),
        ('Who teaches the web course?'), ('How much is the web course?'),
        ('Is there a certificate?'), ('postgres'), ('')) v(q)
WHERE q IS NOT NULL;
CREATE TEMP TABLE s AS SELECT q.q AS asked, s.s AS question, at,
    campus.landing_passages(s.s, 5) #> '{passages,0}' AS found
FROM q, unnest(pg_temp.next(q.q)) WITH ORDINALITY s(s, at);
SELECT cmp_ok((SELECT count(*) FROM q), '>', 20::bigint, 'many questions');
SELECT is_empty('SELECT q FROM q LEFT JOIN s ON asked = q GROUP BY q
    HAVING count(s) <> 3 AND q <> ''''', 'three others for each');
SELECT is_empty($$SELECT * FROM s
    WHERE coalesce((found ->> 'relevance')::numeric, 0) < 0.75$$,
    'each of which has an answer');
SELECT is_empty('SELECT * FROM s WHERE asked = question',
    'none is what was asked');
SELECT is_empty($$SELECT * FROM s
    WHERE found = campus.landing_passages(asked, 5) #> '{passages,0}'$$,
    'nor has the same answer');
SELECT is_empty('SELECT asked, found FROM s GROUP BY 1, 2 HAVING count(*) > 1',
    'nor as another one');
SELECT is_empty($$SELECT * FROM s WHERE question LIKE '%What Is There%'$$,
    'what no question finds is not offered');
SELECT is(pg_temp.next('hello'), '{Which courses do you offer?,'
    'Which live cohorts are there?,Which on-demand courses are there?}'::text[],
    'a greeting is answered with what there is');
SELECT alike((pg_temp.next('How much is the postgres course?'))[1],
    '%Tables with PostgreSQL%', 'near ones go first');
SELECT is(pg_temp.next('WHICH COURSES DO YOU OFFER')
    && '{Which courses do you offer?}', false, 'also if spelt otherwise');

-- What it is about
SELECT is(campus.landing_passages(question, 5) ->> 'kind', kind, question)
FROM (VALUES ('When does the next cohort start?', 'cohort'),
    ('Which workshops are there?', 'workshop'),
    ('How much is Quick Charts?', 'workshop'),
    ('Which on-demand courses are there?', 'on-demand'),
    ('What is the price of Tables with PostgreSQL, live cohort?', 'cohort'),
    ('How many hours does Web Pages with JavaScript take?', NULL),
    ('What is the capital of Mongolia?', NULL))
    v(question, kind);

SELECT * FROM finish();
ROLLBACK;
