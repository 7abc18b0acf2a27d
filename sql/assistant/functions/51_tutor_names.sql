-- Names of people and cohorts in what a tutor writes.

-- A text as words between single blanks, without case, accents, apostrophes
-- and the 's of a possessive: "Zoë O'Neill's" is " zoe oneill ".
CREATE OR REPLACE FUNCTION campus.name_fold(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT regexp_replace(' ' || regexp_replace(regexp_replace(
            lower(normalize(p_text, NFD)), '[''’]s\M', ' ', 'g'),
            '[''’\u0300-\u036f]', '', 'g') || ' ',
        '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\xbf\u2000-\u206f]+', ' ', 'g')
$$;

CREATE OR REPLACE FUNCTION campus.name_words(p_text text) RETURNS text[]
LANGUAGE sql IMMUTABLE AS $$
    SELECT string_to_array(nullif(btrim(campus.name_fold(p_text)), ''), ' ')
$$;

-- Words of questions that are never taken for a part of a name, and names that
-- are words as well: of these, only what is written with a capital.
CREATE OR REPLACE FUNCTION campus.name_is_plausible(p_word text)
RETURNS boolean
LANGUAGE sql IMMUTABLE AS $$
    SELECT lower(p_word) <> ALL ('{a,about,all,an,and,any,are,at,be,can,cohort,
        compare,could,course,did,do,does,each,find,for,from,get,give,had,has,
        have,he,her,hers,him,his,how,i,if,in,is,it,its,learner,learners,list,
        many,me,module,more,most,my,no,not,of,off,on,or,our,out,over,please,
        she,show,so,student,students,tell,than,that,the,their,them,then,they,
        this,to,us,was,we,were,what,when,where,which,who,whom,whose,why,with,
        would,you,your}'::text[])
    AND (p_word <> lower(p_word) OR length(p_word) > 2 AND p_word <> ALL ('{
        amber,april,art,august,bell,best,bill,bishop,brook,brown,case,chance,
        chase,cook,dawn,day,dean,drew,earnest,faith,field,frank,good,grace,
        grant,green,guy,hill,hope,hunter,iris,ivy,jack,jade,joy,june,king,lance,
        lily,little,long,low,major,mark,may,mercy,miles,new,olive,page,park,
        pat,patience,pearl,penny,pierce,price,ray,rice,rich,rob,robin,rose,ruby,
        short,sky,small,stone,strong,sue,summer,sunny,trace,violet,ward,will,
        wise,wood,young}'::text[]))
$$;

-- The cohorts of a course that a text may mean: the one of that id or name,
-- else all whose names hold its words.
CREATE OR REPLACE FUNCTION campus.tutor_cohorts(p_course uuid, p_text text)
RETURNS SETOF campus.cohort
LANGUAGE sql STABLE AS $$
    WITH near AS (
        SELECT h AS cohort, h.cohort_id::text = lower(btrim(p_text))
            OR campus.name_fold(h.name) = campus.name_fold(p_text) AS is_exact
        FROM campus.cohort h
        WHERE h.course_id = p_course AND (
            h.cohort_id::text = lower(btrim(p_text))
            OR campus.name_words(h.name) @> campus.name_words(p_text))
    )
    SELECT (cohort).* FROM near
    WHERE is_exact OR NOT EXISTS (SELECT FROM near WHERE is_exact)
    ORDER BY (cohort).starts_on, (cohort).name
$$;

-- The cohorts of a course that a question names, by all of the name or by a
-- word that no other cohort and not the course has; in the order of the text.
CREATE OR REPLACE FUNCTION campus.tutor_cohorts_named(
    p_course uuid, p_text text)
RETURNS uuid[]
LANGUAGE sql STABLE AS $$
    WITH cohort AS (
        SELECT h.cohort_id, campus.name_fold(h.name) AS folded, w.word
        FROM campus.cohort h, unnest(campus.name_words(h.name)) w(word)
        WHERE h.course_id = p_course
    ), own AS (
        SELECT min(c.cohort_id::text)::uuid AS cohort_id, c.word
        FROM cohort c
        WHERE c.word !~ '^\d{1,3}$' AND campus.name_is_plausible(c.word)
          AND c.word <> ALL (SELECT unnest(campus.name_words(n.name))
            FROM campus.course n WHERE n.course_id = p_course)
        GROUP BY c.word
        HAVING count(DISTINCT c.cohort_id) = 1
    ), hit AS (
        SELECT c.cohort_id, strpos(t.folded, c.folded) AS at
        FROM cohort c, (SELECT campus.name_fold(p_text) AS folded) t
        UNION ALL
        SELECT o.cohort_id, strpos(campus.name_fold(p_text),
            ' ' || o.word || ' ') FROM own o
    )
    SELECT coalesce(array_agg(cohort_id ORDER BY at), '{}')
    FROM (SELECT cohort_id, min(at) AS at FROM hit WHERE at > 0
        GROUP BY cohort_id) h
$$;

-- The learners in reach that a name or an address may mean: of the first kind
-- of match that there is. All of the name, in either order; words of it;
-- beginnings of words of it.
CREATE OR REPLACE FUNCTION campus.tutor_learners(
    p_course uuid, p_cohort uuid, p_name text)
RETURNS SETOF uuid
LANGUAGE sql STABLE AS $$
    WITH wanted AS (
        SELECT campus.name_words(p_name) AS words, lower(btrim(p_name)) AS email
    ), near AS (
        SELECT r.user_id, CASE
            WHEN lower(r.email) = nullif(w.email, '') THEN 1
            WHEN campus.name_words(r.name) @> w.words
                THEN CASE WHEN campus.name_words(r.name) <@ w.words
                THEN 1 ELSE 2 END
            WHEN (SELECT bool_and(EXISTS (SELECT
                    FROM unnest(campus.name_words(r.name)) o
                    WHERE length(x) > 2 AND starts_with(o, x)))
                FROM unnest(w.words) x) THEN 3 END AS kind
        FROM campus.tutor_reach(p_course, p_cohort) r, wanted w
    )
    SELECT user_id FROM near WHERE kind = (SELECT min(kind) FROM near)
$$;

-- Whom of those in reach a text names: by address, all of the name, or a word
-- of it; in the order of the text.
--   spelled   as the text has it
--   learners  how many it may be: a word that several share names none of
--             them, and then user_id is NULL and name is that word
CREATE OR REPLACE FUNCTION campus.tutor_named(
    p_course uuid, p_cohort uuid, p_text text)
RETURNS TABLE (user_id uuid, name text, email text, spelled text[],
    learners integer)
LANGUAGE sql STABLE AS $$
    WITH reach AS MATERIALIZED (
        SELECT r.user_id, r.name, r.email, campus.name_words(r.name) AS words
        FROM campus.tutor_reach(p_course, p_cohort) r
    ), token AS MATERIALIZED (
        SELECT min(t.n) AS n, t.w[1] AS word,
            btrim(campus.name_fold(t.w[1])) AS folded
        FROM regexp_matches(p_text, '[^\x01-\x26\x28-\x2f\x3a-\x40\x5b-'
            '\x60\x7b-\xbf\u2000-\u2018\u201a-\u206f]+', 'g')
            WITH ORDINALITY t(w, n)
        GROUP BY t.w[1]
    ), seen AS MATERIALIZED (
        SELECT r.user_id, r.name, r.email, r.words, t.n, t.word, t.folded
        FROM token t JOIN (SELECT DISTINCT r.*, w.word FROM reach r,
            unnest(r.words) w(word)) r ON r.word = t.folded
    ), whole AS MATERIALIZED (
        SELECT r.user_id, r.words
        FROM reach r JOIN (SELECT DISTINCT rtrim(lower(m[1]), '.') AS email
            FROM regexp_matches(p_text, '[^\s<>(),;:"]+@[^\s<>(),;:"?!]+', 'g')
                m) m ON m.email = lower(r.email)
        UNION
        SELECT s.user_id, s.words
        FROM (SELECT user_id, words FROM seen GROUP BY user_id, words
            HAVING array_agg(folded) @> words) s,
            (SELECT campus.name_fold(p_text) AS folded) t
        WHERE strpos(t.folded, ' ' || array_to_string(s.words, ' ') || ' ') > 0
           OR strpos(t.folded, ' ' || array_to_string(ARRAY(SELECT w
                FROM unnest(s.words) WITH ORDINALITY u(w, n) ORDER BY n DESC),
                ' ') || ' ') > 0
    ), hit AS MATERIALIZED (
        SELECT s.user_id, s.name, s.email, w.user_id IS NOT NULL AS is_whole,
            s.n, regexp_replace(s.word, '[''’]s?$', '') AS word, s.folded
        FROM seen s LEFT JOIN whole w USING (user_id)
        WHERE w.user_id IS NOT NULL OR campus.name_is_plausible(s.word)
            AND NOT EXISTS (SELECT FROM whole o WHERE s.folded = ANY (o.words))
    ), shared AS (
        SELECT folded, count(DISTINCT user_id)::integer AS learners
        FROM hit WHERE NOT is_whole GROUP BY folded
    ), found AS (
        SELECT h.user_id, h.name, h.email, h.n, h.word, 1 AS learners
        FROM hit h LEFT JOIN shared s USING (folded)
        WHERE h.is_whole OR s.learners = 1
        UNION ALL
        SELECT r.user_id, r.name, r.email, NULL, NULL, 1
        FROM reach r JOIN whole USING (user_id)
        UNION ALL
        SELECT NULL, h.word, '', h.n, h.word, s.learners
        FROM hit h JOIN shared s USING (folded)
        WHERE NOT h.is_whole AND s.learners > 1
    )
    SELECT f.user_id, f.name, f.email, array_remove(array_agg(DISTINCT f.word),
        NULL), f.learners
    FROM found f
    GROUP BY f.user_id, f.name, f.email, f.learners
    ORDER BY min(f.n), f.name
$$;
