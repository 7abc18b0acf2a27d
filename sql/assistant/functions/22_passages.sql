-- The passages of a course that a question is answered from, by a ladder: the
-- passages that have all its words, then those that have enough of them, rare
-- ones first; a word that the course does not know is repaired if the course
-- has one that is spelled nearly so; another word for the same counts almost
-- as much. What is near by meaning, if the caller knows that, is mixed in.

-- The word of a course that p_word, in small letters, is a misspelling of, or
-- NULL: one with two letters swapped, or else the most similar one. A short
-- word is easily another one ("tyre" is no "type"), so up to five letters only
-- a missing one is put right.
CREATE OR REPLACE FUNCTION campus.respell(p_course uuid, p_word text)
RETURNS text
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN coalesce((SELECT s.spelling
        FROM campus.course_spelling s
        WHERE s.course_id = p_course AND s.spelling = ANY (ARRAY(
            SELECT overlay(p_word PLACING reverse(substr(p_word, n, 2))
                FROM n FOR 2)
            FROM generate_series(2, length(p_word) - 1) n))
        ORDER BY s.chunks DESC, s.spelling
        LIMIT 1), (SELECT s.spelling
        FROM campus.course_spelling s
        WHERE s.course_id = p_course AND s.spelling % p_word
            AND left(s.spelling, 1) = left(p_word, 1)
            AND CASE WHEN length(p_word) > 5
                THEN similarity(s.spelling, p_word) >= 0.5::real
                ELSE s.spelling LIKE ANY (ARRAY(
                    SELECT overlay(p_word PLACING '_' FROM n FOR 0)
                    FROM generate_series(2, length(p_word) + 1) n)) END
        ORDER BY similarity(s.spelling, p_word)
            + 0.02::float8 * ln(s.chunks::float8) DESC, s.spelling
        LIMIT 1));
END $$;

-- Its operators are where the extension is. Others may write to that schema,
-- so all types above are exactly those of the functions and operators meant:
-- nothing there can fit better.
DO $$
BEGIN
    EXECUTE format('ALTER FUNCTION campus.respell(uuid, text)'
        ' SET search_path = pg_catalog, %s, pg_temp',
        (SELECT extnamespace::regnamespace FROM pg_extension
        WHERE extname = 'pg_trgm'));
END $$;

-- The words of a question with what a course knows of each. A repaired word has
-- the repaired lexeme. others are synonyms that the course has; found is in how
-- many passages the word is, or one that is as good. name is set if the word is
-- written like a name and the course has next to none of it.
CREATE OR REPLACE FUNCTION campus.course_words(p_course uuid,
    p_question text, p_name text, p_chunks integer)
RETURNS TABLE (word text, at integer, is_light boolean, others text[],
    found integer, name text)
LANGUAGE sql STABLE AS $$
    WITH token AS (
        SELECT kind, t.token, lag(t.token) OVER (ORDER BY n) AS before
        FROM ts_parse('default', left(p_question, 4000)) WITH ORDINALITY
            t(kind, token, n)
    ), written AS (
        SELECT (ts_lexize('pg_catalog.english_stem', t.token))[1] AS stem,
            min(lower(t.token)) AS form,
            min(t.token) FILTER (WHERE t.before !~ '[^\s,''(]'
                AND t.token ~ '^[[:upper:]].*[[:lower:]]') AS name
        FROM token t
        WHERE kind IN (1, 2)
        GROUP BY 1
    ), asked AS (
        SELECT q.word, q.at, q.is_light, c.chunks, w.name, w.form,
            count(*) FILTER (WHERE c.chunks IS NULL) OVER (ORDER BY q.at,
                q.word) AS strange
        FROM campus.question_words(p_question, p_name) q
        LEFT JOIN campus.course_word c
            ON c.course_id = p_course AND c.word = q.word
        LEFT JOIN written w ON w.stem = q.word
        WHERE q.word !~ '.-' OR c.chunks > 0
    ), repaired AS (
        SELECT a.*, CASE WHEN a.chunks IS NULL AND a.name IS NULL
                AND a.strange <= 4 AND length(a.form) BETWEEN 4 AND 40
            THEN (ts_lexize('pg_catalog.english_stem',
                campus.respell(p_course, a.form)))[1] END AS again
        FROM asked a
    )
    SELECT coalesce(r.again, r.word), r.at, r.is_light, o.others,
        least(coalesce(r.chunks, c.chunks, 0) + coalesce(o.chunks, 0) / 2,
            p_chunks),
        CASE WHEN coalesce(r.chunks, 0) <= p_chunks / 500 THEN r.name END
    FROM repaired r
    LEFT JOIN campus.course_word c
        ON c.course_id = p_course AND c.word = r.again,
        LATERAL (SELECT array_agg(s.other) AS others,
            sum(k.chunks)::integer AS chunks
        FROM campus.synonym s
        JOIN campus.course_word k
            ON k.course_id = p_course AND k.word = s.other
        WHERE s.word = coalesce(r.again, r.word) AND NOT r.is_light) o
$$;

-- Any of some lexemes.
CREATE OR REPLACE FUNCTION campus.any_query(p_words text[], p_label text)
RETURNS tsquery
LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(campus.word_query(w, p_label)::text, '|')::tsquery
    FROM unnest(p_words) w
$$;

-- How far a passage counts by its title. Lists of changes have a word of
-- everything and explain nothing, and an appendix goes after the chapters.
CREATE OR REPLACE FUNCTION campus.title_factor(p_title text)
RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_title ~* '\m(release [0-9]|release notes|change ?log)'
            THEN 0.5
        WHEN p_title ~ '^[A-Z]\.[0-9]' THEN 0.9 ELSE 1 END
$$;

-- Which passages of a course to rank: an index condition that about p_max of
-- them meet. All words, or enough of them: a word that few passages have is
-- enough by itself; of common ones it takes two, and of a single common one the
-- title decides. Of many pairs the rarest are taken.
CREATE OR REPLACE FUNCTION campus.candidate_query(p_queries tsquery[],
    p_titled tsquery[], p_found integer[], p_max integer, p_chunks integer)
RETURNS tsquery
LANGUAGE sql IMMUTABLE AS $$
    WITH w AS (
        SELECT query, titled, found, row_number() OVER o AS rank,
            sum(found) OVER o <= p_max AS is_rare
        FROM unnest(p_queries, p_titled, p_found) w(query, titled, found)
        WHERE found > 0
        WINDOW o AS (ORDER BY found, query)
    ), pair AS (
        SELECT a.query && b.query AS query, row_number() OVER o AS rank,
            sum(a.found::float8 * b.found / p_chunks) OVER o AS expected
        FROM w a JOIN w b ON a.rank < b.rank
        WHERE NOT a.is_rare AND b.rank <= 8
        WINDOW o AS (ORDER BY a.found::float8 * b.found, a.rank, b.rank)
    ), part AS (
        SELECT query FROM w
        WHERE is_rare AND rank <= 12
        UNION ALL
        SELECT query FROM pair
        WHERE rank <= 2 OR expected <= p_max
        UNION ALL
        SELECT titled FROM w WHERE NOT is_rare AND rank = 1
    )
    SELECT string_agg('(' || query::text || ')', '|')::tsquery FROM part
$$;

-- Scores passages like score_passages(), for words that have others of the same
-- meaning (NULL if not), which count 0.8 as much. Relevance is half the share
-- of the weight, half that of the number of words: one rare word that a passage
-- happens to have is not the question. A document whose name the question
-- says scores up to 0.1 more; p_subjects are their names.
CREATE OR REPLACE FUNCTION campus.score_chunks(p_vectors tsvector[],
    p_subjects tsvector[], p_words text[], p_others tsquery[],
    p_weights double precision[], p_needed boolean[])
RETURNS TABLE (n integer, relevance double precision, score double precision)
LANGUAGE sql STABLE AS $$
    WITH w AS (
        SELECT at, weight, needed, others,
            campus.word_query(word, '') AS plain,
            campus.word_query(word, ':A') AS in_title,
            CASE WHEN NOT needed AND word IN ('see', 'show', 'look')
                THEN 'see | show | look | display | view'::tsquery
                ELSE campus.word_query(word, '') END AS query,
            sum(weight) FILTER (WHERE needed) OVER () AS total,
            count(*) FILTER (WHERE needed) OVER () AS count
        FROM unnest(p_words, p_others, p_weights, p_needed) WITH ORDINALITY
            w(word, others, weight, needed, at)
    ), pair AS (
        SELECT CASE WHEN a.needed AND b.needed
                THEN 0.2 * least(a.weight, b.weight)
                WHEN a.needed THEN 0.7 * a.weight ELSE 0.7 * b.weight END
                / a.total AS bonus,
            tsquery_phrase(q.a, q.b) || tsquery_phrase(q.b, q.a)
                || tsquery_phrase(q.a, q.b, 2) || tsquery_phrase(q.a, q.b, 3)
                AS query
        FROM w a JOIN w b ON b.at = a.at + 1,
            LATERAL (SELECT coalesce(a.query || a.others, a.query) AS a,
                coalesce(b.query || b.others, b.query) AS b) q
        WHERE a.needed OR b.needed
    )
    SELECT v.n::integer, coalesce(
            (hit.covered / hit.total + hit.words::float8 / hit.count) / 2, 0),
        coalesce((hit.often + 0.3 * coalesce(hit.titled * hit.titled_words
                    / greatest(length(ts_filter(v.words, '{a}')), 1), 0)
                + 0.1 * coalesce(hit.named * hit.named_words
                    / greatest(length(v.subject), 1), 0)) / hit.total, 0)
            + coalesce((SELECT sum(bonus) FROM pair
                WHERE v.words @@ pair.query), 0)
    FROM unnest(p_vectors, p_subjects) WITH ORDINALITY v(words, subject, n),
        LATERAL (SELECT max(total) AS total, max(count) AS count,
            sum(weight * has) FILTER (WHERE needed) AS covered,
            sum(has) FILTER (WHERE needed) AS words,
            sum(weight * greatest(ts_rank('{1,1,1,1}', v.words, query),
                0.8 * ts_rank('{1,1,1,1}', v.words, others))) AS often,
            sum(weight) FILTER (WHERE v.words @@ in_title) AS titled,
            count(*) FILTER (WHERE v.words @@ in_title) AS titled_words,
            sum(weight) FILTER (WHERE v.subject @@ plain) AS named,
            count(*) FILTER (WHERE v.subject @@ plain) AS named_words
        FROM (SELECT w.*, CASE WHEN v.words @@ query THEN 1
            WHEN v.words @@ others THEN 0.8 ELSE 0 END AS has FROM w) w) hit
$$;

-- What a passage has that says what something is: a pattern for "what is X" (X
-- is a …, or X as a line of its own) and for an identifier such as work_mem (a
-- line that begins with it); NULL for other questions.
CREATE OR REPLACE FUNCTION campus.definition_pattern(p_question text)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(pattern, '|')
    FROM (SELECT '\m' || m[1] || '(e?s)?( \([^)]*\))? (is|are|means|refers to)'
            ' (a|an|the|any)\M|(^|\n)' || m[1] || '(e?s)?( \([^)]*\))?(\n|$)'
        FROM regexp_match(left(p_question, 200), '^\W*(?:what(?: is|''s| are)'
            '|define|explain|describe)'
            '(?: an?| the)? (\w+(?:[ -]\w+){0,3})\W*$', 'i') m
        WHERE m IS NOT NULL
        UNION ALL
        SELECT DISTINCT '(^|\n)' || m[1] || '\M'
        FROM regexp_matches(left(p_question, 200), '\m\w+_\w+\M', 'g') m)
        p(pattern)
$$;

-- The forms of earlier versions.
DROP FUNCTION IF EXISTS campus.course_passages(uuid, text, integer),
    campus.passage_terms(text[], text[], double precision[]),
    campus.candidate_query(text[], integer[], integer);

-- The best p_limit passages of a course for a question. p_near are passages
-- that are near it by meaning, best first, with their cosines: they are mixed
-- in by reciprocal rank, and are relevant whatever their words are. Further
-- passages of a document come after equally good ones of others.
CREATE OR REPLACE FUNCTION campus.course_passages(
    p_course uuid, p_question text, p_limit integer,
    p_near bigint[] DEFAULT NULL, p_cosines real[] DEFAULT NULL)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    course    campus.course;
    literals  text[] := campus.question_literals(p_question);
    asked     text[];
    others    tsquery[];
    weights   double precision[];
    needed    boolean[];
    names     text[];
    candidate tsquery;
    probe     tsquery[]; -- the heaviest words
    gain      double precision[];
    ids       bigint[];
    documents uuid[];
    vectors   tsvector[];
    subjects  tsvector[];
    factors   double precision[];
    pattern   text := campus.definition_pattern(p_question);
    bonus     double precision[];
    passages  jsonb;
    contents  text[];
BEGIN
    SELECT c.* INTO course FROM campus.course c WHERE c.course_id = p_course;
    IF course.course_id IS NULL THEN
        RETURN '{"courseName":null,"found":false,"passages":[],"terms":[]}';
    END IF;
    course.chunks := greatest(course.chunks, 1);
    SELECT array_agg(q.word ORDER BY q.at), array_agg(q.any ORDER BY q.at),
        array_agg(q.weight ORDER BY q.at),
        array_agg(NOT q.is_light ORDER BY q.at),
        array_agg(q.name ORDER BY q.at),
        (array_agg(coalesce(q.query || q.any, q.query) ORDER BY q.weight DESC)
            FILTER (WHERE NOT q.is_light)),
        (array_agg(q.weight ORDER BY q.weight DESC)
            FILTER (WHERE NOT q.is_light)),
        campus.candidate_query(
            array_agg(coalesce(q.query || q.any, q.query))
                FILTER (WHERE NOT q.is_light),
            array_agg(campus.any_query(q.word || q.others, ':A'))
                FILTER (WHERE NOT q.is_light),
            array_agg(q.found) FILTER (WHERE NOT q.is_light), 400,
            course.chunks)
    INTO asked, others, weights, needed, names, probe, gain, candidate
    FROM (SELECT w.*, campus.word_query(w.word, '') AS query,
            campus.any_query(w.others, '') AS any,
            campus.word_weight(w.found, course.chunks, w.is_light)
                * CASE WHEN w.name IS NULL THEN 1 ELSE 2 END AS weight
        FROM campus.course_words(p_course, p_question, course.name,
            course.chunks) w) q;
    SELECT array_agg(k.chunk_id), array_agg(k.document_id),
        array_agg(ts_delete(k.words, ARRAY(SELECT u.word
                FROM unnest(asked, names) u(word, name)
                WHERE strpos(k.content, u.name) = 0))
            || array_to_tsvector(ARRAY(SELECT l FROM unnest(literals) l
                WHERE k.content ~ ('\m' || l || '\M')))),
        array_agg(d.subject),
        array_agg(CASE WHEN asked && '{releas,version,chang}' THEN 1
            ELSE campus.title_factor(k.title) END),
        array_agg(CASE WHEN k.content ~* pattern THEN 0.4 ELSE 0 END)
    INTO ids, documents, vectors, subjects, factors, bonus
    FROM (SELECT c.* FROM campus.chunk c
        WHERE c.course_id = p_course AND CASE WHEN candidate IS NOT NULL
            THEN c.words @@ candidate
            ELSE c.content LIKE ANY (ARRAY(SELECT '%' || l || '%'
                FROM unnest(literals) l)) END
        ORDER BY coalesce((c.words @@ probe[1])::integer * gain[1], 0)
            + coalesce((c.words @@ probe[2])::integer * gain[2], 0)
            + coalesce((c.words @@ probe[3])::integer * gain[3], 0)
            + coalesce((c.words @@ probe[4])::integer * gain[4], 0)
            + coalesce((c.words @@ probe[5])::integer * gain[5], 0)
            + coalesce((c.words @@ probe[6])::integer * gain[6], 0) DESC,
            c.chunk_id
        LIMIT 400) k
    JOIN campus.document d USING (document_id);
    SELECT asked || array_agg(l), others || array_agg(NULL::tsquery),
        needed || array_agg(true), names || array_agg(NULL::text),
        weights || array_agg(campus.word_weight((SELECT count(*)::integer
            FROM unnest(vectors) v WHERE v @@ campus.word_query(l, '')),
            course.chunks, false))
    INTO asked, others, needed, names, weights
    FROM unnest(literals) l;
    WITH scored AS (
        SELECT ids[f.n] AS chunk_id, f.relevance * factors[f.n] AS relevance,
            (f.score + bonus[f.n]) * factors[f.n] AS score,
            documents[f.n] AS document_id
        FROM campus.score_chunks(vectors, subjects, asked, others, weights,
            needed) f
    ), spread AS (
        SELECT s.chunk_id, s.relevance, s.score - 0.15 * (row_number() OVER (
            PARTITION BY s.document_id ORDER BY s.score DESC, s.chunk_id) - 1)
            AS score
        FROM scored s
    ), ranked AS (
        SELECT s.chunk_id, s.relevance,
            row_number() OVER (ORDER BY s.score DESC, s.chunk_id) AS rank
        FROM spread s
    ), best AS (
        SELECT chunk_id, greatest(r.relevance,
                0.55 + 0.45 * coalesce(a.cosine, CASE WHEN a.rank > 0 THEN 0
                    END)) AS relevance,
            coalesce(1.0 / (60 + r.rank), 0)
                + coalesce(1.0 / (60 + a.rank), 0) AS score, r.rank
        FROM ranked r
        FULL JOIN (SELECT k.chunk_id, u.cosine, u.rank
            FROM unnest(p_near, p_cosines) WITH ORDINALITY
                u(chunk_id, cosine, rank)
            JOIN campus.chunk k USING (chunk_id)
            WHERE k.course_id = p_course) a USING (chunk_id)
        ORDER BY score DESC, r.rank, chunk_id
        LIMIT p_limit
    )
    SELECT jsonb_agg(jsonb_build_object('chunkId', k.chunk_id,
            'title', k.title, 'url', d.url, 'content', k.content,
            'relevance', least(round(b.relevance::numeric, 3), 1))
            ORDER BY b.score DESC, b.rank, b.chunk_id),
        array_agg(k.content)
    INTO passages, contents
    FROM best b
    JOIN campus.chunk k USING (chunk_id)
    JOIN campus.document d USING (document_id);
    RETURN jsonb_build_object('courseName', course.name, 'found', true,
        'passages', coalesce(passages, '[]'),
        'terms', campus.passage_terms(contents, asked, weights, others));
END $$;
