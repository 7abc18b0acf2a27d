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
-- is a row, and what it states is made here; said is what somebody wrote of the
-- same thing. Of facts that match a question equally, the one with the smallest
-- rank answers: lists before what is in them, the next cohort before later
-- ones.
DROP FUNCTION IF EXISTS campus.landing_facts(); -- had other columns
CREATE OR REPLACE FUNCTION campus.landing_facts()
RETURNS TABLE (rank bigint, is_list boolean, title text, stated text, said text)
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
        SELECT h.name, c.name AS course, h.starts_on,
            to_char(h.starts_on, 'FMDD FMMonth YYYY') AS day, h.seats,
            coalesce(' It has ' || h.seats || ' seats.', '') AS places,
            row_number() OVER (ORDER BY h.starts_on, h.name) AS nth,
            row_number() OVER (PARTITION BY h.course_id
                ORDER BY h.starts_on, h.name) AS nth_of_course
        FROM campus.cohort h JOIN campus.course c USING (course_id)
        WHERE h.is_active AND h.starts_on > current_date
    ), fact AS (
        SELECT 1 AS part, 0 AS nth, 'Courses' AS title,
            'The courses we offer: '
                || campus.enumerate(array_agg(name ORDER BY name)) || '.'
                AS stated, '' AS said
        FROM campus.course
        HAVING count(*) > 0
        UNION ALL
        SELECT 1, 1, initcap(many), CASE WHEN count(*) = 1
            THEN 'There is one ' || min(one) || ': ' || min(title) || '.'
            ELSE 'There are ' || count(*) || ' ' || many || ': '
                || campus.enumerate(array_agg(title ORDER BY title))
                || '.' END, ''
        FROM offer
        GROUP BY many
        UNION ALL
        SELECT 1, 2, 'Prices', 'What we offer costs: '
            || campus.enumerate(array_agg(k.range ORDER BY k.many)) || '.', ''
        FROM (SELECT many, many || CASE WHEN min(price_cents) = max(price_cents)
                THEN ' ' || min(price)
                ELSE ' from ' || (array_agg(price ORDER BY price_cents))[1]
                    || ' to ' || (array_agg(price ORDER BY price_cents DESC))[1]
                END AS range
            FROM offer
            GROUP BY many) k
        HAVING count(*) > 0
        UNION ALL
        SELECT 1, 3, 'Cohort dates',
            'The cohorts to come start on these dates: ' || campus.enumerate(array_agg(name || ' on ' || day
                || coalesce(' (' || seats || ' seats)', '') ORDER BY nth))
            || '.', ''
        FROM soon
        HAVING count(*) > 0
        UNION ALL
        SELECT 1, 4, 'Courses by level', 'Courses of ' || level || ' level: '
            || campus.enumerate(array_agg(name ORDER BY name)) || '.', ''
        FROM campus.course
        WHERE level <> ''
        GROUP BY level
        UNION ALL
        SELECT 2, 0, initcap(one) || ' prices', 'What our ' || many
            || ' cost: ' || campus.enumerate(array_agg(title || ' '
                || price ORDER BY price_cents, title)) || '.', ''
        FROM offer
        GROUP BY one, many
        UNION ALL
        SELECT 3, 0, c.name || ': prices', c.name || ' costs '
            || campus.enumerate(array_agg(o.price || ' ' || o.as_part
                ORDER BY o.price_cents)) || '.', ''
        FROM offer o JOIN campus.course c USING (course_id)
        WHERE o.as_part IS NOT NULL
        GROUP BY c.course_id
        UNION ALL
        SELECT 3, 1, o.title, 'The price of ' || o.title || CASE
            WHEN o.program_type = 'workshop' THEN ' (workshop)' ELSE '' END
            || ' is ' || o.price || '.', CASE WHEN o.description = '' THEN ''
            ELSE ' ' || o.title || ': ' || o.description END
        FROM offer o
        UNION ALL
        SELECT 4, nth, 'Next cohort', 'The next cohort is ' || name || ' ('
            || course || '), which starts on ' || day || '.' || places, ''
        FROM soon
        WHERE nth = 1
        UNION ALL
        SELECT 4, nth, name, name || ' is a live cohort of ' || course
            || ' and starts on ' || day || '.' || places, ''
        FROM soon
        UNION ALL
        SELECT 5, nth, course || ': next cohort', 'The next live cohort of '
            || course || ' is ' || name || ', which starts on ' || day || '.'
            || places, ''
        FROM soon
        WHERE nth_of_course = 1
        UNION ALL
        SELECT 6, 0, name || ' (course)', name || ' is a course'
            || CASE level WHEN '' THEN '' ELSE ' of ' || level || ' level' END
            || coalesce(' and takes ' || duration_hours || ' hours', '') || '.',
            CASE WHEN description = '' THEN ''
            ELSE ' ' || name || ': ' || description END
        FROM campus.course
    )
    SELECT row_number() OVER (ORDER BY part, nth, title, stated), part < 3,
        title, stated, said
    FROM fact
$$;

-- Which lexemes mean the same in questions about the programme and in the facts
-- above: {"fee": "cost", …}. Those that stand for '' say nothing of what is
-- asked. Nothing stands for a thing that no fact is about: who teaches and how
-- to enrol are not in the data, and such a question must not be taken for one
-- about courses or dates.
CREATE OR REPLACE FUNCTION campus.landing_words() RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_object_agg(lexeme, g.stands_for)
    FROM (VALUES
        ('cost', 'afford charge cheap cheapest cost euro expensive fee free '
            'much paid pay payment price pricing tuition'),
        ('start', 'begin beginning begun commence date schedule soon soonest '
            'start upcoming'),
        ('hour', 'duration hour last length long month week'),
        ('cours', 'class course learn offer study subject take'),
        ('cohort', 'cohort group intake'),
        ('seat', 'seat spot'),
        ('saturday', 'saturday sunday weekend'),
        ('level', 'difficult difficulty easy hard level'),
        ('beginn', 'beginner newcomer novice'),
        ('teach', 'instructor lecturer teach teacher trainer'),
        ('workshop', 'workshop'),
        ('', 'available content cover currently left list many name overview '
            'remaining spend topic'))
        g(stands_for, words),
        unnest(tsvector_to_array(to_tsvector('pg_catalog.english', g.words)))
            lexeme
$$;

-- The lexemes of a text, and behind them what some of them stand for; an
-- acronym at the end of a word is a word, too: PostgreSQL has to do with SQL.
CREATE OR REPLACE FUNCTION campus.landing_vector(p_text text, p_map jsonb)
RETURNS tsvector
LANGUAGE sql STABLE AS $$
    SELECT v.words || to_tsvector('pg_catalog.simple', coalesce((
        SELECT string_agg(DISTINCT p_map ->> lexeme, ' ')
        FROM unnest(tsvector_to_array(v.words)) lexeme), ''))
    FROM (SELECT to_tsvector('pg_catalog.english', p_text
        || coalesce((SELECT string_agg(' ' || m[1], '') FROM regexp_matches(
            p_text, '[[:lower:]]([[:upper:]]{2,})\M', 'g') m), '')) AS words) v
$$;

-- The words in the names of what is offered that tell it from the rest: not
-- those of landing_words(), such as "cohort".
CREATE OR REPLACE FUNCTION campus.landing_names(p_map jsonb) RETURNS text[]
LANGUAGE sql STABLE AS $$
    SELECT tsvector_to_array(ts_delete(
        campus.landing_vector(string_agg(name, ' '), '{}'),
        ARRAY(SELECT value FROM jsonb_each_text(p_map))))
    FROM (SELECT c.name FROM campus.course c
        UNION ALL
        SELECT o.title FROM campus.offering o
        WHERE o.is_active AND o.program_type = 'workshop'
        UNION ALL
        SELECT h.name FROM campus.cohort h
        WHERE h.is_active AND h.starts_on > current_date) offer
$$;

-- The words of a visitor's question as they stand in the facts; p_known is all
-- words of theirs. Joining is about dates when one asks when.
--
-- "when" is no lexeme, and "how much time" asks for no price. An unknown word
-- is taken for the known one that it is more than half of, from the start:
-- "postgres" for PostgreSQL, but not "java" for JavaScript.
CREATE OR REPLACE FUNCTION campus.landing_asked(p_question text, p_map jsonb,
    p_known text[])
RETURNS TABLE (word text, at integer, is_light boolean)
LANGUAGE sql STABLE AS $$
    SELECT coalesce(p_map ->> q.word, (SELECT k FROM unnest(p_known) k
            WHERE q.word <> ALL (p_known) AND length(q.word) >= 4
                AND starts_with(k, q.word) AND length(k) < 2 * length(q.word)
            ORDER BY k LIMIT 1), q.word), min(q.at), bool_and(q.is_light
            AND p_map ->> q.word NOT IN ('cost', 'teach'))
    FROM campus.question_words(regexp_replace(regexp_replace(regexp_replace(
        p_question, '\mwhen (can|could|do|may) (i|we) (join|enroll?)\M', 'when',
        'gi'), '\mhow much time\M', 'how long', 'gi'),
        '\mwhen\M', 'start', 'gi'), '') q
    WHERE coalesce(p_map ->> q.word, q.word) <> '' AND q.word !~ '.-'
        AND (NOT q.is_light OR p_map ? q.word)
    GROUP BY 1
$$;

-- The p_limit facts for a visitor's question, as passages without an id, to be
-- quoted whole: terms is empty.
--
-- A fact must cover three quarters of what is asked, since what it leaves out
-- is what nobody can answer. A name in the question, a word in the title of
-- some of what is offered, must be in what the fact states: the next cohort of
-- another course is no answer. The same holds for a kind, cohort or workshop.
-- Of facts that cover the same, those about one thing go first if a name is
-- asked for, else lists do.
CREATE OR REPLACE FUNCTION campus.landing_passages(
    p_question text, p_limit integer)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    map      jsonb := campus.landing_words();
    named    text[] := campus.landing_names(map);
    facts    record;
    asked    text[];
    weights  double precision[];
    needed   boolean[];
    musts    tsquery;
    is_named boolean;
    passages jsonb;
BEGIN
    SELECT array_agg(f.title ORDER BY f.rank) AS titles,
        array_agg(f.stated || f.said ORDER BY f.rank) AS contents,
        array_agg(f.is_list ORDER BY f.rank) AS are_lists,
        array_agg(f.about ORDER BY f.rank) AS about,
        array_agg(f.about || campus.landing_vector(f.said, map)
            ORDER BY f.rank) AS vectors,
        count(*)::integer AS total
    INTO facts
    FROM (SELECT *, setweight(campus.landing_vector(title, map), 'A')
            || campus.landing_vector(stated, map) AS about
        FROM campus.landing_facts()) f;
    SELECT array_agg(q.word ORDER BY q.at), array_agg(campus.word_weight(
            (SELECT count(*)::integer FROM unnest(facts.vectors) v
            WHERE v @@ campus.word_query(q.word, '')), facts.total, q.is_light)
            ORDER BY q.at),
        array_agg(NOT q.is_light ORDER BY q.at),
        string_agg(campus.word_query(q.word, '')::text, '&') FILTER (
            WHERE q.word = ANY (named || '{cohort,workshop}'))::tsquery,
        bool_or(q.word = ANY (named))
    INTO asked, weights, needed, musts, is_named
    FROM campus.landing_asked(p_question, map, ARRAY(SELECT DISTINCT unnest(
            tsvector_to_array(v)) FROM unnest(facts.vectors) v)) q;
    SELECT jsonb_agg(jsonb_build_object('chunkId', NULL,
            'title', facts.titles[s.n], 'url', NULL,
            'content', facts.contents[s.n],
            'relevance', round(s.relevance::numeric, 3))
            ORDER BY s.covers DESC, s.fits DESC, s.score DESC, s.n)
    INTO passages
    FROM (SELECT f.*, round(f.relevance::numeric, 2) AS covers,
            facts.are_lists[f.n] <> is_named AS fits
        FROM campus.score_passages(facts.vectors, asked, weights, needed) f
        WHERE f.relevance >= 0.75
            AND (musts IS NULL OR facts.about[f.n] @@ musts)
        ORDER BY covers DESC, fits DESC, f.score DESC, f.n
        LIMIT p_limit) s;
    RETURN jsonb_build_object('courseName', NULL, 'found', true,
        'passages', coalesce(passages, '[]'), 'terms', '[]'::jsonb);
END $$;
