-- Finding what an answer can be taken from, without a model. A question is cut
-- into lexemes, each weighs as much as it is rare, and a passage is as relevant
-- as the share of the question's weight that it covers.
--
-- Both entry points return one object:
--   {"courseName": text or null, "found": is there such a course,
--    "passages": [{"chunkId","title","url","content","relevance"}, …] best
--                first, relevance from 0 to 1; where to cut is the caller's
--    "terms":    [{"word","stem","weight"}, …] the words of the passages, as
--                they stand there, that match the question; forms of one
--                word share a stem, and a compound has one of its own}

-- A tsquery of one lexeme, taken literally. label is '' or weights (':A').
CREATE OR REPLACE FUNCTION campus.word_query(word text, label text)
RETURNS tsquery
LANGUAGE sql IMMUTABLE AS $$
    SELECT ('''' || replace(replace(word, '\', '\\'), '''', '''''') || ''''
        || label)::pg_catalog.tsquery
$$;

-- The lexemes of a question in their order, at most 24 of them. A light one
-- shapes the question and says nothing of its subject, or (in p_name) is what
-- the whole material is about: it helps to choose among passages but does not
-- count as something that must be found. If all are light, none is, unless the
-- subject is not indexed: a word like WHERE, or a sign like ===.
--
-- "How big" asks for a maximum size. The material is the course, and no
-- materialized view. "explain" is light when the question starts with it and
-- "mean" when it ends "does … mean", since both are also subjects of courses. A
-- word in capitals between small letters (EXPLAIN, SHOW) is always meant as a
-- subject. Compounds (many-to-many) are there besides their parts; whether one
-- counts is for the caller to say, who knows if the material has it.
CREATE OR REPLACE FUNCTION campus.question_words(p_question text, p_name text)
RETURNS TABLE (word text, at integer, is_light boolean)
LANGUAGE sql STABLE AS $$
    WITH asked AS (
        SELECT regexp_replace(regexp_replace(regexp_replace(regexp_replace(
            left(p_question, 4000),
            '^\W*((please|can you|could you|would you)\W+)*'
            '(explain|describe|define)\M', '', 'i'),
            '(\m(do|does|did)\M.*)\mmeans?\W*$', '\1', 'i'),
            '\mhow (big|large)\M', 'maximum size', 'gi'),
            '\mmaterials?\M', 'course', 'gi') AS question
    ), given AS (
        SELECT v.lexeme, v.positions[1] AS at,
            v.lexeme = ANY (tsvector_to_array(
                to_tsvector('pg_catalog.english',
                'a actually another answer anybody anyone anything ask avoid '
                'best better big calculate call called choose come command '
                'compare compute consist contain could course detail '
                'difference different do example exist find fine formula get '
                'give go good happen happens have hear hello help hi idea '
                'imply important include info information instead kind know '
                'learn lesson let like long look made make many matter '
                'may might module much must need offer often one please '
                'possible prevent purpose question quick reason right run say '
                'see shall show something sort stand still study suppose take '
                'teach tell term thank thanks there thing think tutor '
                'understand use versus vs want way well whether work would')
                || to_tsvector('pg_catalog.english', p_name))) AS is_light
        FROM asked, unnest(to_tsvector('pg_catalog.english', question)) v
    ), shouted AS (
        SELECT m[1] AS word, to_tsvector('pg_catalog.english', m[1]) AS words
        FROM regexp_matches(p_question, '\m[A-Z]{3,}\M', 'g') m
        WHERE p_question ~ '[a-z]'
    ), judged AS (
        SELECT g.lexeme, g.at, g.is_light AND NOT EXISTS (
            SELECT FROM shouted s WHERE g.lexeme = ANY (
                tsvector_to_array(s.words))) AS is_light
        FROM given g
    )
    SELECT g.lexeme, g.at, g.is_light AND (NOT bool_and(g.is_light) OVER ()
        OR EXISTS (SELECT FROM shouted s WHERE s.words = '')
        OR p_question ~ '(^|\s)[-=<>!|&+*/%~^@#]{2,}(\s|[?.,]|$)')
    FROM judged g
    ORDER BY g.at, g.lexeme
    LIMIT 24
$$;

-- The words in capitals between small letters that are not indexed, such as
-- WHERE and HAVING: up to eight, looked for as they stand.
CREATE OR REPLACE FUNCTION campus.question_literals(p_question text)
RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT ARRAY(SELECT DISTINCT m[1]
        FROM regexp_matches(left(p_question, 4000), '\m[A-Z]{3,}\M', 'g') m
        WHERE p_question ~ '[a-z]'
            AND to_tsvector('pg_catalog.english', m[1]) = ''
        ORDER BY 1
        LIMIT 8)
$$;

-- What a word weighs that stands in p_df of p_n passages. All that are rarer
-- than one passage in 500 weigh the same: a slip of the pen or a name must not
-- outweigh the rest of the question.
CREATE OR REPLACE FUNCTION campus.word_weight(p_df integer, p_n integer,
    p_is_light boolean)
RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT ln(1 + p_n / greatest(p_df + 0.5, p_n / 500.0))::double precision
        * CASE WHEN p_is_light THEN 0.1 ELSE 1 END
$$;

-- Scores passages, numbered from 1 as in p_vectors, for words in the order of
-- the question; p_needed is false for light words. The score adds up
--   1    for the share of the weight that is covered, a word counting more the
--        oftener it comes (ts_rank of a single word saturates)
--   0.3  for words in the title, the more so the less else stands there
--   0.2  for neighbours in the question that are near in the passage, and 0.7
--        if one of them is light: "see what query plan" is a better place to
--        learn how to see a plan than one that has "plan" more often
-- The factors were tuned on 70 questions to the PostgreSQL manual and to the
-- sample courses; small changes to any of them change little.
CREATE OR REPLACE FUNCTION campus.score_passages(p_vectors tsvector[],
    p_words text[], p_weights double precision[], p_needed boolean[])
RETURNS TABLE (n integer, relevance double precision, score double precision)
LANGUAGE sql STABLE AS $$
    WITH w AS (
        SELECT at, weight, needed, campus.word_query(word, ':A') AS in_title,
            CASE WHEN NOT needed AND word IN ('see', 'show', 'look')
                THEN 'see | show | look | display | view'::tsquery
                ELSE campus.word_query(word, '') END AS query,
            sum(weight) FILTER (WHERE needed) OVER () AS total
        FROM unnest(p_words, p_weights, p_needed) WITH ORDINALITY
            w(word, weight, needed, at)
    ), pair AS (
        SELECT CASE WHEN a.needed AND b.needed
                THEN 0.2 * least(a.weight, b.weight)
                WHEN a.needed THEN 0.7 * a.weight ELSE 0.7 * b.weight END
                / a.total AS bonus,
            tsquery_phrase(a.query, b.query) || tsquery_phrase(b.query, a.query)
                || tsquery_phrase(a.query, b.query, 2)
                || tsquery_phrase(a.query, b.query, 3) AS query
        FROM w a JOIN w b ON b.at = a.at + 1
        WHERE a.needed OR b.needed
    )
    SELECT v.n::integer, coalesce(hit.covered / hit.total, 0),
        hit.often / hit.total
            + 0.3 * coalesce(hit.titled / hit.total * hit.titled_words
                / greatest(length(ts_filter(v.words, '{a}')), 1), 0)
            + coalesce((SELECT sum(bonus) FROM pair
                WHERE v.words @@ pair.query), 0)
    FROM unnest(p_vectors) WITH ORDINALITY v(words, n),
        LATERAL (SELECT max(total) AS total,
            sum(weight) FILTER (WHERE needed AND v.words @@ query) AS covered,
            sum(weight * ts_rank('{1,1,1,1}', v.words, query)) AS often,
            sum(weight) FILTER (WHERE v.words @@ in_title) AS titled,
            count(*) FILTER (WHERE v.words @@ in_title) AS titled_words
        FROM w) hit
$$;

-- The terms (see top) of some passages. p_others are queries of words that are
-- as good as each of p_words, or NULL.
CREATE OR REPLACE FUNCTION campus.passage_terms(p_contents text[],
    p_words text[], p_weights double precision[], p_others tsquery[])
RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_agg(jsonb_build_object('word', t.word,
        'stem', w.stem, 'weight', round(w.weight::numeric, 3))
        ORDER BY w.weight DESC, t.word, w.stem), '[]')
    FROM (SELECT DISTINCT word
        FROM unnest(p_contents) c(content),
            unnest('{"[^[:alnum:]]+","[^[:alnum:]-]+"}'::text[]) gap,
            regexp_split_to_table(c.content, gap) word) t
    JOIN unnest(p_words, p_weights, p_others) w(stem, weight, others)
        ON w.stem IN (t.word, (ts_lexize('pg_catalog.english_stem',
            t.word))[1])
        OR array_to_tsvector(ts_lexize('pg_catalog.english_stem', t.word))
            @@ w.others
$$;
