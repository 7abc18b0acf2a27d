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
-- same thing. kind is the program_type that it is about, question one that it
-- answers. Of facts that match a question equally, the one with the smallest
-- rank answers: lists before what is in them, the next cohort before later
-- ones.
DROP FUNCTION IF EXISTS campus.landing_facts(); -- had other columns
CREATE FUNCTION campus.landing_facts()
RETURNS TABLE (rank bigint, is_list boolean, title text, stated text, said text,
    kind text, question text)
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
                AS stated, '' AS said, NULL AS kind,
            'Which courses do you offer?' AS question
        FROM campus.course
        HAVING count(*) > 0
        UNION ALL
        SELECT 1, 1, initcap(many), CASE WHEN count(*) = 1
            THEN 'There is one ' || min(one) || ': ' || min(title) || '.'
            ELSE 'There are ' || count(*) || ' ' || many || ': '
                || campus.enumerate(array_agg(title ORDER BY title))
                || '.' END, '', program_type,
            'Which ' || many || ' are there?'
        FROM offer
        GROUP BY many, program_type
        UNION ALL
        SELECT 1, 2, 'Prices', 'What we offer costs: '
            || campus.enumerate(array_agg(k.range ORDER BY k.many)) || '.', '',
            NULL, 'What are the prices?'
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
            'The cohorts to come start on these dates: '
                || campus.enumerate(array_agg(name || ' on ' || day
                    || coalesce(' (' || seats || ' seats)', '') ORDER BY nth))
                || '.', '', 'cohort', 'When do the cohorts start?'
        FROM soon
        HAVING count(*) > 0
        UNION ALL
        SELECT 1, 4, 'Courses by level', 'Courses of ' || level || ' level: '
            || campus.enumerate(array_agg(name ORDER BY name)) || '.', '',
            NULL, 'Which courses are of ' || level || ' level?'
        FROM campus.course
        WHERE level <> ''
        GROUP BY level
        UNION ALL
        SELECT 2, 0, initcap(one) || ' prices', 'What our ' || many
            || ' cost: ' || campus.enumerate(array_agg(title || ' '
                || price ORDER BY price_cents, title)) || '.', '',
            program_type, 'How much do the ' || many || ' cost?'
        FROM offer
        GROUP BY one, many, program_type
        UNION ALL
        SELECT 3, 0, c.name || ': prices', c.name || ' costs '
            || campus.enumerate(array_agg(o.price || ' ' || o.as_part
                ORDER BY o.price_cents)) || '.', '',
            NULL, 'How much does ' || c.name || ' cost?'
        FROM offer o JOIN campus.course c USING (course_id)
        WHERE o.as_part IS NOT NULL
        GROUP BY c.course_id
        UNION ALL
        SELECT 3, 1, o.title, 'The price of ' || o.title || CASE
            WHEN o.program_type = 'workshop' THEN ' (workshop)' ELSE '' END
            || ' is ' || o.price || '.', CASE WHEN o.description = '' THEN ''
            ELSE ' ' || o.title || ': ' || o.description END,
            o.program_type, 'What is the price of ' || o.title || '?'
        FROM offer o
        UNION ALL
        SELECT 4, nth, 'Next cohort', 'The next cohort is ' || name || ' ('
            || course || '), which starts on ' || day || '.' || places, '',
            'cohort', 'When does the next cohort start?'
        FROM soon
        WHERE nth = 1
        UNION ALL
        SELECT 4, nth, name, name || ' is a live cohort of ' || course
            || ' and starts on ' || day || '.' || places, '', 'cohort',
            'When does ' || name || ' start?'
        FROM soon
        UNION ALL
        SELECT 5, nth, course || ': next cohort', 'The next live cohort of '
            || course || ' is ' || name || ', which starts on ' || day || '.'
            || places, '', 'cohort',
            'When does the next cohort of ' || course || ' start?'
        FROM soon
        WHERE nth_of_course = 1
        UNION ALL
        SELECT 6, 0, name || ' (course)', name || ' is a course'
            || CASE level WHEN '' THEN '' ELSE ' of ' || level || ' level' END
            || coalesce(' and takes ' || duration_hours || ' hours', '') || '.',
            CASE WHEN description = '' THEN ''
            ELSE ' ' || name || ': ' || description END, NULL,
            CASE WHEN duration_hours IS NOT NULL
            THEN 'How many hours does ' || name || ' take?' END
        FROM campus.course
    )
    SELECT row_number() OVER (ORDER BY part, nth, title, stated), part < 3,
        title, stated, said, kind, question
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

-- The facts of this moment, with what is needed to find them.
CREATE OR REPLACE FUNCTION campus.build_landing() RETURNS campus.landing_cache
LANGUAGE sql STABLE AS $$
    WITH m AS (
        SELECT campus.landing_words() AS map
    ), about AS (
        SELECT f.*, m.map, setweight(campus.landing_vector(title, map), 'A')
            || campus.landing_vector(stated, map) AS about
        FROM m, campus.landing_facts() f
    ), f AS (
        SELECT *, about || campus.landing_vector(said, map) AS vector
        FROM about
    )
    SELECT true, clock_timestamp(),
        coalesce(array_agg(title ORDER BY rank), '{}'),
        coalesce(array_agg(stated || said ORDER BY rank), '{}'),
        coalesce(array_agg(kind ORDER BY rank), '{}'),
        coalesce(array_agg(question ORDER BY rank), '{}'),
        coalesce(array_agg(is_list ORDER BY rank), '{}'),
        coalesce(array_agg(about ORDER BY rank), '{}'),
        coalesce(array_agg(vector ORDER BY rank), '{}'),
        ARRAY(SELECT DISTINCT unnest(tsvector_to_array(vector)) FROM f),
        coalesce(campus.landing_names((SELECT map FROM m)), '{}')
    FROM f
$$;

-- The facts, at most 5 s old. One caller builds them anew; others go on with
-- the old ones meanwhile.
CREATE OR REPLACE FUNCTION campus.landing_now() RETURNS campus.landing_cache
LANGUAGE plpgsql AS $$
DECLARE
    c campus.landing_cache;
BEGIN
    SELECT * INTO c FROM campus.landing_cache;
    IF c.built_at > clock_timestamp() - interval '5 seconds' THEN
        RETURN c;
    END IF;
    IF NOT pg_try_advisory_xact_lock(hashtext('campus.landing_cache')) THEN
        RETURN CASE WHEN c.only_row THEN c ELSE campus.build_landing() END;
    END IF;
    c := campus.build_landing();
    INSERT INTO campus.landing_cache SELECT c.*
    ON CONFLICT (only_row) DO UPDATE SET built_at = excluded.built_at,
        titles = excluded.titles, contents = excluded.contents,
        kinds = excluded.kinds, questions = excluded.questions,
        are_lists = excluded.are_lists, about = excluded.about,
        vectors = excluded.vectors, words = excluded.words,
        names = excluded.names;
    RETURN c;
END $$;

-- The facts for a question, best first; n is their place in the cache. Those
-- that do not answer it, but come near, have is_answer false.
--
-- A fact must cover three quarters of what is asked, since what it leaves out
-- is what nobody can answer. A name in the question, a word in the title of
-- some of what is offered, must be in what the fact states: the next cohort of
-- another course is no answer. The same holds for a kind, cohort or workshop.
-- Of facts that cover the same, those about one thing go first if a name is
-- asked for, else lists do.
CREATE OR REPLACE FUNCTION campus.landing_search(
    p_facts campus.landing_cache, p_question text)
RETURNS TABLE (n integer, relevance double precision, is_answer boolean)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
    total    integer := cardinality(p_facts.titles);
    asked    text[];
    weights  double precision[];
    needed   boolean[];
    musts    tsquery;
    is_named boolean;
BEGIN
    SELECT array_agg(q.word ORDER BY q.at), array_agg(campus.word_weight(
            (SELECT count(*)::integer FROM unnest(p_facts.vectors) v
            WHERE v @@ campus.word_query(q.word, '')), total, q.is_light)
            ORDER BY q.at),
        array_agg(NOT q.is_light ORDER BY q.at),
        string_agg(campus.word_query(q.word, '')::text, '&') FILTER (WHERE
            q.word = ANY (p_facts.names || '{cohort,workshop}'))::tsquery,
        bool_or(q.word = ANY (p_facts.names))
    INTO asked, weights, needed, musts, is_named
    FROM campus.landing_asked(p_question, campus.landing_words(),
        p_facts.words) q;
    RETURN QUERY
    SELECT s.n, s.relevance, s.is_answer
    FROM (SELECT f.n, f.relevance, f.score, f.relevance >= 0.75
            AND (musts IS NULL OR p_facts.about[f.n] @@ musts) AS is_answer
        FROM campus.score_passages(p_facts.vectors, asked, weights, needed) f) s
    ORDER BY s.is_answer DESC, round(s.relevance::numeric, 2) DESC,
        p_facts.are_lists[s.n] <> is_named DESC, s.score DESC, s.n;
END $$;

-- Up to three questions that facts answer, other facts than p_shown: of those
-- in p_order, as far as asking them finds an answer, another one each, and no
-- two that begin alike.
CREATE OR REPLACE FUNCTION campus.landing_suggestions(
    p_facts campus.landing_cache, p_order integer[], p_question text,
    p_shown integer)
RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    shown  integer[] := ARRAY[p_shown];
    result text[] := '{}';
    looked integer := 0;
    i      integer;
    best   integer;
BEGIN
    FOREACH i IN ARRAY p_order LOOP
        CONTINUE WHEN p_facts.questions[i] IS NULL OR i = ANY (shown)
            OR lower(btrim(p_facts.questions[i], ' ?'))
                = lower(btrim(p_question, ' ?'))
            OR EXISTS (SELECT FROM unnest(result) r
                WHERE left(r, 16) = left(p_facts.questions[i], 16));
        EXIT WHEN looked = 8 OR cardinality(result) = 3;
        looked := looked + 1;
        SELECT f.n INTO best
        FROM campus.landing_search(p_facts, p_facts.questions[i]) f
        WHERE f.is_answer
        LIMIT 1;
        CONTINUE WHEN best IS NULL OR best = ANY (shown);
        shown := shown || best;
        result := result || p_facts.questions[i];
    END LOOP;
    RETURN result;
END $$;

-- The p_limit facts for a visitor's question, as passages without an id, to be
-- quoted whole: terms is empty. Besides what 20_retrieve.sql says there are
--   "suggestions": up to three other questions that facts answer, near ones
--                  first
--   "kind":        cohort, workshop or on-demand, if the best fact is about
--                  one of them, else null
CREATE OR REPLACE FUNCTION campus.landing_passages(
    p_question text, p_limit integer)
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    facts    campus.landing_cache := campus.landing_now();
    found_   integer[];
    near     integer[];
    passages jsonb;
BEGIN
    SELECT array_agg(s.n ORDER BY s.at) FILTER (WHERE s.is_answer),
        array_agg(s.n ORDER BY s.relevance >= 0.3 DESC, CASE
            WHEN s.relevance >= 0.3 THEN s.at ELSE s.n END),
        jsonb_agg(jsonb_build_object('chunkId', NULL,
            'title', facts.titles[s.n], 'url', NULL,
            'content', facts.contents[s.n],
            'relevance', round(s.relevance::numeric, 3)) ORDER BY s.at)
            FILTER (WHERE s.is_answer AND s.at <= p_limit)
    INTO found_, near, passages
    FROM campus.landing_search(facts, p_question) WITH ORDINALITY
        s(n, relevance, is_answer, at);
    RETURN jsonb_build_object('courseName', NULL, 'found', true,
        'passages', coalesce(passages, '[]'), 'terms', '[]'::jsonb,
        'suggestions', campus.landing_suggestions(facts,
            coalesce(near, ARRAY(SELECT generate_subscripts(facts.titles, 1))),
            p_question, found_[1]),
        'kind', facts.kinds[found_[1]]);
END $$;
