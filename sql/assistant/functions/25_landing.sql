-- What a visitor can be told without a model: sentences made from the courses,
-- offerings and cohorts of the moment, found in the way of 20_retrieve.sql.

-- 34900, 'USD' is $349.00; a currency without a sign here keeps its letters.
CREATE OR REPLACE FUNCTION campus.price(p_cents integer, p_currency text)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_currency WHEN 'USD' THEN '$' WHEN 'EUR' THEN '€'
            WHEN 'GBP' THEN '£' ELSE '' END
        || to_char(p_cents / 100.0, 'FM999,999,990.00')
        || CASE WHEN p_currency IN ('USD', 'EUR', 'GBP') THEN ''
            ELSE ' ' || p_currency END
$$;

-- "a", "a and b", "a, b and c"; with ; for , if there are commas in the items.
CREATE OR REPLACE FUNCTION campus.enumerate(p_items text[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN cardinality(p_items) < 2 THEN p_items[1]
        ELSE array_to_string(p_items[:cardinality(p_items) - 1], comma)
            || last || p_items[cardinality(p_items)] END
    FROM (SELECT CASE WHEN array_to_string(p_items, '') LIKE '%,%'
            THEN '; ' ELSE ', ' END AS comma,
        CASE WHEN array_to_string(p_items, '') LIKE '%,%'
            THEN '; and ' ELSE ' and ' END AS last) style
$$;

-- What can be said to a visitor, from what is active and still to come: a fact
-- is a row, of a sentence or two. Of facts that match a question equally, the
-- one with the smallest rank answers: lists before what is in them, the next
-- cohort before later ones.
CREATE OR REPLACE FUNCTION campus.landing_facts()
RETURNS TABLE (rank bigint, title text, content text)
LANGUAGE sql STABLE AS $$
    WITH kind AS (
        SELECT * FROM (VALUES ('on-demand', 'on-demand course',
                'on-demand courses', 'on demand'),
            ('cohort', 'live cohort', 'live cohorts', 'as a live cohort'),
            ('workshop', 'workshop', 'workshops', NULL))
            k(program_type, one, many, as_part)
    ), offer AS (
        SELECT o.title, o.description, o.course_id, o.price_cents, k.*,
            campus.price(o.price_cents, o.currency) AS price
        FROM campus.offering o JOIN kind k USING (program_type)
        WHERE o.is_active
    ), soon AS (
        SELECT h.name, c.name AS course, h.starts_on, h.seats,
            to_char(h.starts_on, 'FMDD FMMonth YYYY') AS day,
            row_number() OVER (ORDER BY h.starts_on, h.name) AS nth,
            row_number() OVER (PARTITION BY h.course_id
                ORDER BY h.starts_on, h.name) AS nth_of_course
        FROM campus.cohort h JOIN campus.course c USING (course_id)
        WHERE h.is_active AND h.starts_on > current_date
    ), fact AS (
        SELECT 1 AS part, 0 AS nth, 'Courses' AS title,
            'The courses we offer: '
                || campus.enumerate(array_agg(name ORDER BY name)) || '.'
                AS content
        FROM campus.course
        HAVING count(*) > 0
        UNION ALL
        SELECT 1, 1, initcap(many), CASE WHEN count(*) = 1
            THEN 'There is one ' || min(one) || ': ' || min(title) || '.'
            ELSE 'There are ' || count(*) || ' ' || many || ': '
                || campus.enumerate(array_agg(title ORDER BY title))
                || '.' END
        FROM offer
        GROUP BY many
        UNION ALL
        SELECT 1, 2, 'Prices', 'What we offer costs: '
            || campus.enumerate(array_agg(k.range ORDER BY k.many)) || '.'
        FROM (SELECT many, many || CASE WHEN min(price_cents) = max(price_cents)
                THEN ' ' || min(price)
                ELSE ' from ' || (array_agg(price ORDER BY price_cents))[1]
                    || ' to ' || (array_agg(price ORDER BY price_cents DESC))[1]
                END AS range
            FROM offer
            GROUP BY many) k
        HAVING count(*) > 0
        UNION ALL
        SELECT 2, 0, initcap(one) || ' prices', 'What our ' || many
            || ' cost: ' || campus.enumerate(array_agg(title || ' '
                || price ORDER BY price_cents, title)) || '.'
        FROM offer
        GROUP BY one, many
        UNION ALL
        SELECT 3, 0, c.name || ': prices', c.name || ' costs '
            || campus.enumerate(array_agg(o.price || ' ' || o.as_part
                ORDER BY o.price_cents)) || '.'
        FROM offer o JOIN campus.course c USING (course_id)
        WHERE o.as_part IS NOT NULL
        GROUP BY c.course_id
        UNION ALL
        SELECT 3, 1, o.title, 'The price of ' || o.title || CASE
            WHEN o.program_type = 'workshop' THEN ' (workshop)' ELSE '' END
            || ' is ' || o.price || '.' || CASE WHEN o.description = '' THEN ''
            ELSE ' ' || o.title || ': ' || o.description END
        FROM offer o
        UNION ALL
        SELECT 4, nth, CASE nth WHEN 1 THEN 'Next cohort' ELSE name END,
            CASE nth WHEN 1 THEN 'The next cohort is ' || name || ' ('
                || course || '), which starts on ' || day || '.'
            ELSE name || ' (' || course || ') starts on ' || day || '.' END
            || coalesce(' It has ' || seats || ' seats.', '')
        FROM soon
        UNION ALL
        SELECT 5, nth, course || ': next cohort', 'The next cohort of '
            || course || ' is ' || name || ', which starts on ' || day || '.'
        FROM soon
        WHERE nth_of_course = 1
        UNION ALL
        SELECT 6, 0, name, name
            || CASE WHEN level = '' THEN ' is a course'
                WHEN level ~* '^[aeiou]' THEN ' is an ' || level || ' course'
                ELSE ' is a ' || level || ' course' END
            || coalesce(' and takes ' || duration_hours || ' hours', '') || '.'
            || CASE WHEN description = '' THEN ''
                ELSE ' ' || name || ': ' || description END
        FROM campus.course
    )
    SELECT row_number() OVER (ORDER BY part, nth, title), title, content
    FROM fact
$$;

-- Which lexemes mean the same in questions about the programme and in the facts
-- above: {"fee": "cost", …}.
CREATE OR REPLACE FUNCTION campus.landing_words() RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_object_agg(lexeme, g.stands_for)
    FROM (VALUES
        ('cost', 'afford charge cheap cheapest cost euro expensive fee much '
            'paid pay payment price pricing tuition'),
        ('start', 'begin beginning begun commence date enrol enroll join '
            'schedule soon soonest start upcoming'),
        ('hour', 'duration hour last length long'),
        ('cours', 'class course learn offer study subject teach'),
        ('cohort', 'cohort group intake'),
        ('beginn', 'beginner newcomer novice'))
        g(stands_for, words),
        unnest(tsvector_to_array(to_tsvector('pg_catalog.english', g.words)))
            lexeme
$$;

-- The lexemes of a text, and behind them what some of them stand for.
CREATE OR REPLACE FUNCTION campus.landing_vector(p_text text, p_map jsonb)
RETURNS tsvector
LANGUAGE sql STABLE AS $$
    SELECT v.words || to_tsvector('pg_catalog.simple', coalesce((
        SELECT string_agg(DISTINCT p_map ->> lexeme, ' ')
        FROM unnest(tsvector_to_array(v.words)) lexeme), ''))
    FROM (SELECT to_tsvector('pg_catalog.english', p_text) AS words) v
$$;

-- The p_limit facts for a visitor's question, as passages without an id.
CREATE OR REPLACE FUNCTION campus.landing_passages(
    p_question text, p_limit integer)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    map      jsonb := campus.landing_words();
    titles   text[];
    contents text[];
    vectors  tsvector[];
    asked    text[];
    weights  double precision[];
    needed   boolean[];
    passages jsonb;
    said     text[];
    terms    jsonb;
BEGIN
    SELECT array_agg(f.title ORDER BY f.rank),
        array_agg(f.content ORDER BY f.rank),
        array_agg(setweight(campus.landing_vector(f.title, map), 'A')
            || campus.landing_vector(f.content, map) ORDER BY f.rank)
    INTO titles, contents, vectors
    FROM campus.landing_facts() f;
    -- "when" is no lexeme, and "how much time" asks for no price.
    WITH word AS (
        SELECT coalesce(map ->> q.word, q.word) AS word, min(q.at) AS at
        FROM campus.question_words(regexp_replace(regexp_replace(p_question,
            '\mhow much time\M', 'how long', 'gi'),
            '\mwhen\M', 'start', 'gi'), '') q
        WHERE NOT q.is_light OR map ->> q.word = 'cost'
        GROUP BY 1
    )
    SELECT array_agg(w.word ORDER BY w.at), array_agg(campus.word_weight(
            (SELECT count(*)::integer FROM unnest(vectors) v
            WHERE v @@ campus.word_query(w.word, '')),
            coalesce(cardinality(vectors), 0), false) ORDER BY w.at),
        array_agg(true)
    INTO asked, weights, needed
    FROM word w;
    SELECT jsonb_agg(jsonb_build_object('chunkId', NULL,
            'title', titles[s.n], 'url', NULL, 'content', contents[s.n],
            'relevance', round(s.relevance::numeric, 3))
            ORDER BY s.score DESC, s.n),
        array_agg(contents[s.n])
    INTO passages, said
    FROM (SELECT * FROM campus.score_passages(vectors, asked, weights, needed)
        WHERE relevance > 0
        ORDER BY score DESC, n
        LIMIT p_limit) s;
    SELECT campus.passage_terms(said, array_agg(t.lexeme), array_agg(t.word),
        array_agg(t.weight))
    INTO terms
    FROM (SELECT w.word AS lexeme, w.word, w.weight
        FROM unnest(asked, weights) w(word, weight)
        UNION
        SELECT m.key, w.word, w.weight
        FROM unnest(asked, weights) w(word, weight)
        JOIN jsonb_each_text(map) m ON m.value = w.word) t;
    RETURN jsonb_build_object('courseName', NULL, 'found', true,
        'passages', coalesce(passages, '[]'), 'terms', terms);
END $$;
