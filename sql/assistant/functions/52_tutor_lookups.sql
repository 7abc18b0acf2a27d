-- The look-ups that answer a tutor, with or without a model. What there is
-- stands in two lists, of look-ups and of their parameters: the model is told of
-- them, and arguments are checked against them. A result is
--   {"title", "columns", "rows", "total", "sentence", "people"}
-- rows are arrays of text in the order of columns, total is how many there
-- would be without limit, sentence is the same in English, and people is
-- everybody named in it, [{"name","email"}]. What is wrong with a name or an
-- argument is {"error": a sentence}.

CREATE OR REPLACE FUNCTION campus.tutor_parameters()
RETURNS TABLE (parameter text, kind text, smallest integer, largest integer,
    description text)
LANGUAGE sql IMMUTABLE AS $$
    VALUES ('limit', 'integer', 1, 100, 'How many rows; 10 if absent'),
    ('offset', 'integer', 0, 1000000, 'How many rows to skip'),
    ('cohort', 'string', 1, 200, 'Only this cohort, by its name'),
    ('cohorts', 'array', 1, 8, 'Names of cohorts; all if absent'),
    ('days', 'integer', 1, 3650, 'How many days back'),
    ('at_least', 'integer', 0, 100, 'Have completed at least this percentage'),
    ('below', 'integer', 1, 100, 'Have completed less than this percentage'),
    ('active_days', 'integer', 1, 3650,
        'Have been active in the last so many days'),
    ('inactive_days', 'integer', 1, 3650,
        'Have not been active for so many days'),
    ('joined_days', 'integer', 1, 3650, 'Joined in the last so many days'),
    ('passed_module', 'integer', 1, 1000, 'Have passed this module'),
    ('not_passed_module', 'integer', 1, 1000, 'Have not passed this module'),
    ('failed_module', 'integer', 1, 1000,
        'Have failed this module, whether they passed it later or not'),
    ('stuck_module', 'integer', 1, 1000,
        'Have failed this module and not passed it since'),
    ('not_started', 'boolean', NULL, NULL, 'Have not begun any module'),
    ('with_email', 'boolean', NULL, NULL, 'Add the e-mail addresses'),
    ('order', 'best|weakest|newest|oldest|active|inactive|name', NULL, NULL,
        'Who comes first'),
    ('module', 'integer', 1, 1000, 'Only this module, by its number'),
    ('name', 'string', 1, 200, 'Name or e-mail address of the learner'),
    ('names', 'array', 2, 8, 'Names or e-mail addresses of learners')
$$;

-- parameters with a * are required.
CREATE OR REPLACE FUNCTION campus.tutor_lookup_list()
RETURNS TABLE (name text, description text, parameters text[])
LANGUAGE sql IMMUTABLE AS $$
    VALUES ('course_summary', 'The course in numbers: learners, new ones, '
        'average completion, active, at risk, completed', '{cohort}'::text[]),
    ('top_learners', 'The learners who are furthest, best scores first',
        '{limit,offset,cohort,with_email}'),
    ('at_risk_learners', 'Learners who have completed less than 50 percent, '
        'or less than "below", weakest first',
        '{below,limit,offset,cohort,with_email}'),
    ('inactive_learners', 'Learners who have not been active for 14 days, or '
        'for "days", longest first', '{days,limit,offset,cohort,with_email}'),
    ('active_learners', 'Learners who were active in the last 7 days, or in '
        'the last "days"', '{days,limit,offset,cohort,with_email}'),
    ('recently_joined', 'Learners who joined in the last 7 days, or in the '
        'last "days", newest first', '{days,limit,offset,cohort,with_email}'),
    ('completed_learners', 'Learners who have passed every module',
        '{limit,offset,cohort,with_email}'),
    ('not_started_learners', 'Learners who have not begun any module',
        '{limit,offset,cohort,with_email}'),
    ('find_learners', 'Learners to whom all of the given conditions apply, and '
        'how many they are; all learners without conditions',
        '{at_least,below,active_days,inactive_days,joined_days,passed_module,'
        'not_passed_module,failed_module,stuck_module,not_started,cohort,order,'
        'limit,offset,with_email}'),
    ('learner', 'All about one learner, module by module', '{name*}'),
    ('compare_learners', 'Two or more learners side by side', '{names*}'),
    ('cohort_stats', 'Each cohort, or one, in numbers', '{cohort}'),
    ('compare_cohorts', 'Cohorts side by side, and which is ahead',
        '{cohorts}'),
    ('module_progress', 'For each module, or one: how many passed it, are at '
        'it or have not begun it, and the average of their best scores',
        '{module,cohort}'),
    ('module_failures', 'For each module, or one: failed attempts, and how '
        'many learners failed it or are stuck there; worst first',
        '{module,cohort}')
$$;

-- The look-ups as a model is told of them, in OpenAI's form of "tools".
CREATE OR REPLACE FUNCTION campus.tutor_lookups() RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_agg(jsonb_build_object('type', 'function', 'function',
        jsonb_build_object('name', l.name, 'description', l.description,
        'parameters', jsonb_build_object('type', 'object',
            'properties', coalesce((SELECT jsonb_object_agg(p.parameter,
                jsonb_strip_nulls(jsonb_build_object(
                    'type', CASE WHEN p.kind ~ '\|' THEN 'string'
                        ELSE p.kind END,
                    'description', p.description,
                    'enum', CASE WHEN p.kind ~ '\|'
                        THEN to_jsonb(string_to_array(p.kind, '|')) END,
                    'items', CASE p.kind WHEN 'array'
                        THEN '{"type": "string"}'::jsonb END)))
                FROM campus.tutor_parameters() p
                WHERE p.parameter = ANY (w.names)), '{}'),
            'required', (SELECT coalesce(jsonb_agg(rtrim(x, '*')), '[]')
                FROM unnest(l.parameters) x WHERE x LIKE '%*'),
            'additionalProperties', false))))
    FROM campus.tutor_lookup_list() l,
        LATERAL (SELECT ARRAY(SELECT rtrim(x, '*')
            FROM unnest(l.parameters) x) AS names) w
$$;

-- What is wrong with the arguments of a look-up, or NULL. Models write numbers
-- as text and null for what they leave out; both will do.
CREATE OR REPLACE FUNCTION campus.tutor_argument_error(
    p_name text, p_args jsonb)
RETURNS text
LANGUAGE sql STABLE AS $$
    WITH lookup AS (
        SELECT * FROM campus.tutor_lookup_list() WHERE name = p_name
    ), given AS (
        SELECT a.key, a.value, a.value #>> '{}' AS text,
            jsonb_typeof(a.value) AS type, p.*,
            a.key || '*' = ANY (l.parameters) AS is_required
        FROM lookup l, jsonb_each(CASE jsonb_typeof(p_args) WHEN 'object'
            THEN p_args ELSE '{}' END) a
        LEFT JOIN campus.tutor_parameters() p ON p.parameter = a.key
            AND (SELECT a.key = ANY (l.parameters)
                OR a.key || '*' = ANY (l.parameters) FROM lookup l)
        WHERE jsonb_typeof(a.value) <> 'null'
    ), trouble AS (
        SELECT 0 AS rank, format('There is no look-up "%s"; the look-ups are '
            '%s.', left(p_name, 80), (SELECT string_agg(name, ', ')
            FROM campus.tutor_lookup_list())) AS text
        WHERE NOT EXISTS (SELECT FROM lookup)
        UNION ALL
        SELECT 1, 'The arguments must be a JSON object.'
        WHERE coalesce(jsonb_typeof(p_args), 'null') NOT IN ('object', 'null')
        UNION ALL
        SELECT 2, format('%s has no argument "%s"; it takes %s.', p_name,
            left(g.key, 80), (SELECT rtrim(replace(array_to_string(
                l.parameters, ', '), '*', ''), ', ') FROM lookup l))
        FROM given g WHERE g.parameter IS NULL
        UNION ALL
        SELECT 3, format('%s must be %s.', key, CASE
            WHEN kind = 'integer'
                THEN format('a whole number from %s to %s', smallest, largest)
            WHEN kind = 'boolean' THEN 'true or false'
            WHEN kind = 'array' THEN format('a list of %s to %s names',
                smallest, largest)
            WHEN kind = 'string' THEN 'a text that is not empty'
            ELSE 'one of ' || replace(kind, '|', ', ') END)
        FROM given
        WHERE parameter IS NOT NULL AND NOT CASE kind
            WHEN 'integer' THEN type IN ('number', 'string')
                AND text ~ '^\d{1,7}(\.0+)?$' AND CASE
                WHEN text ~ '^\d{1,7}(\.0+)?$'
                THEN text::numeric BETWEEN smallest AND largest END
            WHEN 'boolean' THEN text IN ('true', 'false')
            WHEN 'string' THEN type = 'string' AND text ~ '\S'
                AND length(text) <= largest
            WHEN 'array' THEN type = 'array' AND CASE type WHEN 'array' THEN
                jsonb_array_length(value) BETWEEN smallest AND largest
                AND NOT jsonb_path_exists(value,
                    '$[*] ? (@.type() != "string")') END
            ELSE text = ANY (string_to_array(kind, '|')) END
        UNION ALL
        SELECT 4, format('%s is missing: %s.', p.parameter,
            lower(left(p.description, 1)) || substr(p.description, 2))
        FROM lookup l, campus.tutor_parameters() p
        WHERE p.parameter || '*' = ANY (l.parameters)
          AND coalesce(jsonb_typeof(p_args -> p.parameter), 'null') = 'null'
    )
    SELECT text FROM trouble ORDER BY rank, text LIMIT 1
$$;

-- How long ago a time was, in days of UTC.
CREATE OR REPLACE FUNCTION campus.tutor_ago(p_time timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN d IS NULL THEN 'never' WHEN d <= 0 THEN 'today'
        WHEN d = 1 THEN 'yesterday' ELSE d || ' days ago' END
    FROM (SELECT (now() AT TIME ZONE 'UTC')::date
        - (p_time AT TIME ZONE 'UTC')::date AS d) x
$$;

CREATE OR REPLACE FUNCTION campus.tutor_activity(p_time timestamptz)
RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_time IS NULL THEN 'never active'
        ELSE 'last active ' || campus.tutor_ago(p_time) END
$$;

CREATE OR REPLACE FUNCTION campus.plural(p_n bigint, p_one text, p_many text)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT p_n || ' ' || CASE p_n WHEN 1 THEN p_one ELSE p_many END
$$;

-- The conditions of find_learners in words: "have passed module 2 and …".
CREATE OR REPLACE FUNCTION campus.tutor_condition(p jsonb) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT string_agg(text, ' and ' ORDER BY n) FROM (VALUES
        (1, CASE p ->> 'at_least' WHEN '100' THEN 'have completed the course'
            ELSE 'have completed at least ' || (p ->> 'at_least') || '%' END),
        (2, 'have completed less than ' || (p ->> 'below') || '%'),
        (3, 'have been active in the last ' || campus.plural(
            (p ->> 'active_days')::integer, 'day', 'days')),
        (4, 'have not been active for ' || campus.plural(
            (p ->> 'inactive_days')::integer, 'day', 'days')),
        (5, 'have joined in the last ' || campus.plural(
            (p ->> 'joined_days')::integer, 'day', 'days')),
        (6, 'have passed module ' || (p ->> 'passed_module')),
        (7, 'have not passed module ' || (p ->> 'not_passed_module')),
        (8, 'have failed module ' || (p ->> 'failed_module')
            || ' at least once'),
        (9, 'have failed module ' || (p ->> 'stuck_module')
            || ' and not passed it since'),
        (10, CASE p ->> 'not_started' WHEN 'true'
            THEN 'have not begun any module' END)) v(n, text)
$$;

-- Learners, by conditions.
CREATE OR REPLACE FUNCTION campus.tutor_find(
    p_course uuid, p_cohort uuid, p jsonb, p_title text)
RETURNS jsonb
LANGUAGE sql STABLE AS $$
    WITH reach AS MATERIALIZED (
        SELECT * FROM campus.tutor_reach(p_course, p_cohort)
    ), fit AS (
        SELECT r.*, row_number() OVER (ORDER BY
            CASE p ->> 'order' WHEN 'best' THEN -r.percent
                WHEN 'weakest' THEN r.percent
                WHEN 'newest' THEN -extract(epoch FROM r.enrolled_at)
                WHEN 'oldest' THEN extract(epoch FROM r.enrolled_at)
                WHEN 'active'
                    THEN -coalesce(extract(epoch FROM r.last_active_at), 0)
                WHEN 'inactive'
                    THEN coalesce(extract(epoch FROM r.last_active_at), 0)
                END,
            CASE p ->> 'order' WHEN 'best' THEN -coalesce(r.score, 0)
                WHEN 'weakest' THEN coalesce(r.score, 0) END,
            r.name, r.user_id) AS n
        FROM reach r
        WHERE r.percent >= coalesce((p ->> 'at_least')::integer, 0)
          AND r.percent < coalesce((p ->> 'below')::integer, 101)
          AND coalesce(r.last_active_at > now() - make_interval(days =>
                (p ->> 'active_days')::integer),
            p ->> 'active_days' IS NULL)
          AND (p ->> 'inactive_days' IS NULL OR r.last_active_at IS NULL
            OR r.last_active_at <= now() - make_interval(days =>
                (p ->> 'inactive_days')::integer))
          AND (p ->> 'joined_days' IS NULL OR r.enrolled_at > now()
            - make_interval(days => (p ->> 'joined_days')::integer))
          AND (p ->> 'not_started' IS DISTINCT FROM 'true'
            OR r.attempts = 0 AND r.passed = 0)
          AND NOT EXISTS (SELECT FROM (VALUES
                ('passed_module'), ('not_passed_module'), ('failed_module'),
                ('stuck_module')) c(condition)
            LEFT JOIN campus.module_progress g ON g.course_id = p_course
                AND g.user_id = r.user_id
                AND g.module_no = (p ->> c.condition)::integer
            WHERE p ->> c.condition IS NOT NULL AND NOT CASE c.condition
                WHEN 'passed_module' THEN g.passed_at IS NOT NULL
                WHEN 'not_passed_module' THEN g.passed_at IS NULL
                WHEN 'failed_module' THEN coalesce(g.failures > 0, false)
                ELSE coalesce(g.failures > 0 AND g.passed_at IS NULL, false)
                END)
    ), page AS (
        SELECT * FROM fit
        WHERE n > coalesce((p ->> 'offset')::integer, 0)
          AND n <= coalesce((p ->> 'offset')::integer, 0)
            + coalesce((p ->> 'limit')::integer, 10)
    ), said AS (
        SELECT campus.enumerate(array_agg(name || ' (' || percent
            || '%, ' || campus.tutor_activity(last_active_at)
            || CASE WHEN p ->> 'joined_days' IS NULL THEN ''
                ELSE ', joined ' || campus.tutor_ago(enrolled_at) END
            || CASE WHEN p ->> 'with_email' = 'true' AND email <> ''
                THEN ', ' || email ELSE '' END
            || ')' ORDER BY n)) AS list, count(*) AS shown, min(n) AS first,
            max(n) AS last
        FROM page
    ), counts AS (
        SELECT (SELECT count(*) FROM fit) AS total,
            (SELECT count(*) FROM reach) AS everybody,
            campus.tutor_condition(p) AS condition,
            ' of ' || coalesce((SELECT name FROM campus.cohort
                WHERE cohort_id = p_cohort), (SELECT name FROM campus.course
                WHERE course_id = p_course)) AS place
    )
    SELECT jsonb_build_object('title', p_title || c.place || ': ' || c.total
            || ' of ' || c.everybody || coalesce(', who ' || c.condition, ''),
        'columns', '["name", "cohort", "completed", "modules passed", '
            '"average best score", "last active", "joined"]'::jsonb
            || CASE p ->> 'with_email' WHEN 'true' THEN '["e-mail"]'::jsonb
                ELSE '[]' END,
        'rows', coalesce((SELECT jsonb_agg(jsonb_build_array(name,
                coalesce(cohort, 'none'), percent || '%',
                passed || ' of ' || modules, coalesce(score::text, 'none'),
                campus.tutor_ago(last_active_at),
                campus.tutor_ago(enrolled_at))
                || CASE p ->> 'with_email' WHEN 'true'
                    THEN jsonb_build_array(email) ELSE '[]' END ORDER BY n)
            FROM page), '[]'),
        'total', c.total,
        'people', coalesce((SELECT jsonb_agg(jsonb_build_object('name', name,
            'email', email) ORDER BY n) FROM page), '[]'),
        'sentence', CASE
            WHEN c.everybody = 0 THEN 'There are no learners' || c.place || '.'
            WHEN c.total = 0 THEN 'None of the ' || campus.plural(c.everybody,
                'learner', 'learners') || c.place || ' '
                || regexp_replace(c.condition, '\mhave\M', 'has', 'g') || '.'
            WHEN c.condition IS NULL AND p ->> 'order' = 'best'
                THEN 'Of ' || campus.plural(c.everybody, 'learner', 'learners')
                || c.place || ', furthest ' || CASE s.shown WHEN 1 THEN 'is '
                ELSE 'are ' END || s.list || '.'
            ELSE CASE WHEN c.condition IS NULL
                THEN 'There ' || CASE c.total WHEN 1 THEN 'is ' ELSE 'are ' END
                    || campus.plural(c.total, 'learner', 'learners') || c.place
                ELSE c.total || ' of ' || campus.plural(c.everybody, 'learner',
                    'learners') || c.place || ' ' || CASE c.total WHEN 1
                    THEN regexp_replace(c.condition, '\mhave\M', 'has', 'g')
                    ELSE c.condition END END
                || CASE WHEN s.shown = 0 THEN '.' WHEN s.shown = c.total
                    THEN ': ' || s.list || '.'
                    WHEN s.shown = 1 THEN '. Number ' || s.first || ' is '
                        || s.list || '.'
                    WHEN s.first > 1 THEN '. Numbers ' || s.first || ' to '
                        || s.last || ' are ' || s.list || '.'
                    ELSE '. The first ' || s.shown || ' are ' || s.list || '.'
                    END END)
    FROM counts c, said s
$$;

-- One learner, module by module.
CREATE OR REPLACE FUNCTION campus.tutor_learner(
    p_course uuid, p_cohort uuid, p_user uuid)
RETURNS jsonb
LANGUAGE sql STABLE AS $$
    WITH r AS (
        SELECT * FROM campus.tutor_reach(p_course, p_cohort)
        WHERE user_id = p_user
    ), step AS (
        SELECT m.module_no, g.attempts, g.failures, g.best_score, g.passed_at
        FROM (SELECT DISTINCT module_no FROM campus.topic
            WHERE course_id = p_course AND module_no > 0) m
        LEFT JOIN campus.module_progress g ON g.course_id = p_course
            AND g.user_id = p_user AND g.module_no = m.module_no
    ), gap AS (
        SELECT campus.enumerate(array_agg(CASE
            WHEN coalesce(attempts, 0) = 0
                THEN 'module ' || module_no || ' (not begun)'
            WHEN failures = 0 THEN 'module ' || module_no || ' (begun)'
            ELSE 'module ' || module_no || ' (failed ' || campus.plural(failures,
                'time', 'times') || ')' END ORDER BY module_no)) AS list
        FROM step WHERE passed_at IS NULL
    ), said AS (
        SELECT r.name || coalesce(' of ' || r.cohort, ' (no cohort)')
            || ' joined ' || campus.tutor_ago(r.enrolled_at) || ' and has '
            || 'passed ' || r.passed || ' of ' || campus.plural(r.modules,
                'module', 'modules') || ' (' || r.percent || '%)'
            || coalesce(', with an average best score of ' || r.score, '')
            || '. ' || CASE WHEN r.last_active_at IS NULL
                THEN 'There has been no activity so far.'
                ELSE 'Last activity was ' || campus.tutor_ago(r.last_active_at)
                || '.' END
            || coalesce(' Still to pass: ' || gap.list || '.', '')
            || coalesce(' The e-mail address is ' || nullif(r.email, '')
                || '.', '') AS text
        FROM r, gap
    )
    SELECT jsonb_build_object('title', said.text, 'sentence', said.text,
        'columns', '["module", "state", "attempts", "failed attempts", '
            '"best score"]'::jsonb,
        'rows', (SELECT coalesce(jsonb_agg(jsonb_build_array(module_no::text,
            CASE WHEN passed_at IS NOT NULL
                    THEN 'passed ' || campus.tutor_ago(passed_at)
                WHEN attempts > 0 THEN 'not passed' ELSE 'not begun' END,
            coalesce(attempts, 0)::text, coalesce(failures, 0)::text,
            coalesce(round(best_score)::text, 'none')) ORDER BY module_no),
            '[]') FROM step),
        'total', r.modules,
        'people', jsonb_build_array(jsonb_build_object('name', r.name,
            'email', r.email)))
    FROM r, said
$$;

-- The course, or the cohorts named, in numbers; p_by_cohort has a row each.
CREATE OR REPLACE FUNCTION campus.tutor_groups(
    p_course uuid, p_cohort uuid, p_cohorts uuid[], p_by_cohort boolean)
RETURNS TABLE (name text, learners bigint, recent bigint, average integer,
    active bigint, risk bigint, completed bigint)
LANGUAGE sql STABLE AS $$
    SELECT g.name, count(r.user_id),
        count(*) FILTER (WHERE r.enrolled_at > now() - interval '7 days'),
        round(coalesce(avg(r.percent), 0))::integer,
        count(*) FILTER (WHERE r.last_active_at > now() - interval '7 days'),
        count(*) FILTER (WHERE r.percent < 50),
        count(*) FILTER (WHERE r.percent = 100)
    FROM (SELECT h.cohort_id, h.name, h.starts_on FROM campus.cohort h
        WHERE p_by_cohort AND h.course_id = p_course
          AND (p_cohort IS NULL OR h.cohort_id = p_cohort)
          AND (p_cohorts IS NULL OR h.cohort_id = ANY (p_cohorts))
        UNION ALL
        SELECT NULL, CASE WHEN p_by_cohort THEN 'Learners without a cohort'
            ELSE coalesce((SELECT h.name FROM campus.cohort h
                WHERE h.cohort_id = p_cohort AND h.course_id = p_course),
                c.name) END, 'infinity'
        FROM campus.course c WHERE c.course_id = p_course
          AND (NOT p_by_cohort OR p_cohort IS NULL AND p_cohorts IS NULL)) g
    LEFT JOIN campus.tutor_reach(p_course, p_cohort) r
        ON NOT p_by_cohort OR r.cohort_id IS NOT DISTINCT FROM g.cohort_id
    GROUP BY g.cohort_id, g.name, g.starts_on
    HAVING count(r.user_id) > 0 OR g.cohort_id IS NOT NULL OR NOT p_by_cohort
    ORDER BY g.starts_on, g.name
$$;

-- Those numbers as a result; p_compare adds which group is ahead.
CREATE OR REPLACE FUNCTION campus.tutor_numbers(
    p_course uuid, p_cohort uuid, p_cohorts uuid[], p_by_cohort boolean,
    p_compare boolean, p_title text)
RETURNS jsonb
LANGUAGE sql STABLE AS $$
    WITH g AS MATERIALIZED (
        SELECT * FROM campus.tutor_groups(p_course, p_cohort, p_cohorts,
            p_by_cohort) WITH ORDINALITY
    ), ahead AS (
        SELECT *, row_number() OVER (ORDER BY average DESC, name) AS place,
            lag(average) OVER w - average AS gap, lag(name) OVER w AS leader
        FROM g WHERE learners > 0
        WINDOW w AS (ORDER BY average DESC, name)
    )
    SELECT jsonb_build_object('title', p_title,
        'columns', '["name", "learners", "new in 7 days", '
            '"average completed", "active in 7 days", "at risk (below 50%)", '
            '"completed the course"]'::jsonb,
        'rows', coalesce(jsonb_agg(jsonb_build_array(name, learners::text,
            recent::text, average || '%', active::text, risk::text,
            completed::text) ORDER BY ordinality), '[]'),
        'total', count(*), 'people', '[]'::jsonb,
        'sentence', coalesce(CASE WHEN p_compare THEN (SELECT CASE a.gap
                WHEN 0 THEN a.leader || ' and ' || a.name
                    || ' are level in average completion. '
                ELSE a.leader || ' is ahead of ' || a.name || ' by '
                    || campus.plural(a.gap, 'percentage point',
                    'percentage points') || ' of average completion. ' END
            FROM ahead a WHERE a.place = 2) END, '')
            || coalesce(string_agg(name || CASE learners
            WHEN 0 THEN ': no learners.'
            ELSE ': ' || campus.plural(learners, 'learner', 'learners') || ', '
                || recent || ' of them new in the last 7 days, with '
                || average || '% completed on average; ' || active
                || ' active in the last 7 days, ' || risk
                || ' at risk (below 50%) and ' || completed
                || ' with the whole course completed.' END, ' '
                ORDER BY ordinality), 'There are no cohorts.'))
    FROM g
$$;

-- Modules in numbers; p_failures puts the worst first.
CREATE OR REPLACE FUNCTION campus.tutor_modules(
    p_course uuid, p_cohort uuid, p_module integer, p_failures boolean)
RETURNS jsonb
LANGUAGE sql STABLE AS $$
    WITH m AS (
        SELECT t.module_no AS no, count(r.user_id) AS learners,
            count(g.passed_at) AS passed,
            count(*) FILTER (WHERE g.passed_at IS NULL AND g.attempts > 0)
                AS trying,
            count(r.user_id) FILTER (WHERE g.passed_at IS NULL
                AND coalesce(g.attempts, 0) = 0) AS waiting,
            round(avg(g.best_score))::integer AS score,
            coalesce(sum(g.attempts), 0) AS attempts,
            coalesce(sum(g.failures), 0) AS failures,
            count(*) FILTER (WHERE g.failures > 0) AS failed,
            count(*) FILTER (WHERE g.failures > 0 AND g.passed_at IS NULL)
                AS stuck
        FROM (SELECT DISTINCT module_no FROM campus.topic
            WHERE course_id = p_course AND module_no > 0) t
        LEFT JOIN campus.tutor_reach(p_course, p_cohort) r ON true
        LEFT JOIN campus.module_progress g ON g.course_id = p_course
            AND g.user_id = r.user_id AND g.module_no = t.module_no
        WHERE p_module IS NULL OR t.module_no = p_module
        GROUP BY t.module_no
    ), line AS (
        SELECT CASE WHEN p_failures THEN row_number() OVER (
                ORDER BY failures DESC, no) ELSE no END AS n,
            CASE WHEN p_failures THEN jsonb_build_array(no::text,
                failures::text, attempts::text, failed::text, stuck::text)
            ELSE jsonb_build_array(no::text, passed::text, trying::text,
                waiting::text, coalesce(score::text, 'none')) END AS cells,
            CASE WHEN p_failures THEN 'Module ' || no || ': '
                || campus.plural(failures::bigint, 'failed attempt',
                    'failed attempts') || ' of ' || attempts || ', by '
                || campus.plural(failed, 'learner', 'learners') || ', '
                || stuck || ' of whom '
                || CASE stuck WHEN 1 THEN 'has' ELSE 'have' END
                || ' not passed it since.'
            ELSE 'Module ' || no || ': ' || passed || ' of '
                || campus.plural(learners, 'learner', 'learners')
                || ' passed, ' || trying || ' tried without passing, '
                || waiting || ' not begun'
                || coalesce(', average best score ' || score, '') || '.' END
                AS text
        FROM m
    )
    SELECT jsonb_build_object('title', CASE WHEN p_failures
            THEN 'Failures by module' ELSE 'Progress by module' END
            || coalesce(' of ' || (SELECT name FROM campus.cohort
                WHERE cohort_id = p_cohort), ''),
        'columns', CASE WHEN p_failures THEN '["module", "failed attempts", '
            '"attempts", "learners who failed", "learners stuck"]'::jsonb
            ELSE '["module", "passed", "tried without passing", "not begun", '
            '"average best score"]' END,
        'rows', coalesce(jsonb_agg(cells ORDER BY n), '[]'),
        'total', count(*), 'people', '[]'::jsonb,
        'sentence', coalesce(string_agg(text, ' ' ORDER BY n),
            'The course has no modules.'))
    FROM line
$$;

-- Those a name may mean, for one who must say which; at most ten.
CREATE OR REPLACE FUNCTION campus.tutor_which(
    p_course uuid, p_cohort uuid, p_name text, p_users uuid[])
RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('error', CASE count(*)
        WHEN 0 THEN 'No learner in reach matches "' || left(p_name, 80) || '".'
        ELSE '"' || left(p_name, 80) || '" may be '
            || campus.plural(cardinality(p_users), 'learner', 'learners')
            || ': ' || campus.enumerate(array_agg(who.name
                || coalesce(' <' || nullif(who.email, '') || '>', '')
                ORDER BY who.name, who.email))
            || CASE WHEN cardinality(p_users) > 10 THEN ' and others' ELSE ''
                END || '.' END,
        'people', coalesce(jsonb_agg(jsonb_build_object('name', who.name,
            'email', who.email)), '[]'))
    FROM (SELECT r.name, r.email FROM campus.tutor_reach(p_course, p_cohort) r
        WHERE r.user_id = ANY (p_users)
        ORDER BY r.name, r.email LIMIT 10) who
$$;

-- Two or more learners side by side.
CREATE OR REPLACE FUNCTION campus.tutor_compare_learners(
    p_course uuid, p_cohort uuid, p_users uuid[])
RETURNS jsonb
LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('title', 'Learners side by side',
        'columns', '["name", "cohort", "completed", "modules passed", '
            '"average best score", "last active", "joined"]'::jsonb,
        'rows', jsonb_agg(jsonb_build_array(r.name,
            coalesce(r.cohort, 'none'), r.percent || '%',
            r.passed || ' of ' || r.modules, coalesce(r.score::text, 'none'),
            campus.tutor_ago(r.last_active_at),
            campus.tutor_ago(r.enrolled_at)) ORDER BY u.n),
        'total', count(*),
        'people', jsonb_agg(jsonb_build_object('name', r.name,
            'email', r.email) ORDER BY u.n),
        'sentence', string_agg(r.name || ' has passed ' || r.passed || ' of '
            || campus.plural(r.modules, 'module', 'modules') || ' ('
            || r.percent || '%)'
            || coalesce(' with an average best score of ' || r.score, '')
            || ', ' || campus.tutor_activity(r.last_active_at) || '.',
            ' ' ORDER BY u.n))
    FROM unnest(p_users) WITH ORDINALITY u(user_id, n)
    JOIN campus.tutor_reach(p_course, p_cohort) r USING (user_id)
$$;

-- One look-up. p_user must teach the course at this moment; p_cohort, if there
-- is one, bounds all of it.
CREATE OR REPLACE FUNCTION campus.tutor_lookup(
    p_user uuid, p_course uuid, p_cohort uuid, p_name text, p_args jsonb)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    trouble text;
    p       jsonb;
    word    text;
    who     uuid[];
    found   uuid[];
    users   uuid[] := '{}';
    cohorts uuid[];
BEGIN
    IF NOT campus.tutor_is_assigned(p_user, p_course) THEN
        RETURN jsonb_build_object('error',
            'You are not assigned to this course.');
    ELSIF p_cohort IS NOT NULL AND NOT EXISTS (SELECT FROM campus.cohort
        WHERE cohort_id = p_cohort AND course_id = p_course) THEN
        RETURN jsonb_build_object('error',
            'The course has no such cohort any more.');
    END IF;
    trouble := campus.tutor_argument_error(coalesce(p_name, ''), p_args);
    IF trouble IS NOT NULL THEN
        RETURN jsonb_build_object('error', trouble);
    END IF;
    SELECT coalesce(jsonb_object_agg(a.key, CASE d.kind WHEN 'integer'
            THEN to_jsonb((a.value #>> '{}')::numeric::integer)
            ELSE a.value END), '{}')
    INTO p
    FROM jsonb_each(CASE jsonb_typeof(p_args) WHEN 'object' THEN p_args
        ELSE '{}' END) a
    JOIN campus.tutor_parameters() d ON d.parameter = a.key
    WHERE jsonb_typeof(a.value) <> 'null';

    FOR word IN SELECT jsonb_array_elements_text(coalesce(p -> 'cohorts',
            CASE WHEN p ? 'cohort' THEN jsonb_build_array(p -> 'cohort')
            ELSE '[]' END)) LOOP
        found := ARRAY(SELECT cohort_id
            FROM campus.tutor_cohorts(p_course, word));
        IF cardinality(found) <> 1 THEN
            RETURN jsonb_build_object('error', format('%s of the course '
                'matches "%s"; its cohorts are %s.', CASE cardinality(found)
                WHEN 0 THEN 'No cohort' ELSE 'More than one cohort' END,
                left(word, 80), coalesce((SELECT campus.enumerate(array_agg(
                    name ORDER BY starts_on, name)) FROM campus.cohort
                WHERE course_id = p_course), 'none')));
        ELSIF p_cohort <> found[1] THEN
            RETURN jsonb_build_object('error', format(
                'This conversation is about %s and no other cohort.',
                (SELECT name FROM campus.cohort WHERE cohort_id = p_cohort)));
        END IF;
        cohorts := cohorts || found;
    END LOOP;
    IF p ? 'cohort' THEN
        p_cohort := cohorts[1];
    END IF;
    IF p ? 'module' AND NOT EXISTS (SELECT FROM campus.topic
        WHERE course_id = p_course AND module_no = (p ->> 'module')::integer)
    THEN
        RETURN jsonb_build_object('error', format('The course has no module '
            '%s.', p ->> 'module'));
    END IF;
    FOR word IN SELECT jsonb_array_elements_text(coalesce(p -> 'names',
            CASE WHEN p ? 'name' THEN jsonb_build_array(p -> 'name')
            ELSE '[]' END)) LOOP
        who := ARRAY(SELECT campus.tutor_learners(p_course, p_cohort,
            word));
        IF cardinality(who) <> 1 THEN
            RETURN campus.tutor_which(p_course, p_cohort, word, who);
        END IF;
        users := users || who;
    END LOOP;

    RETURN CASE p_name
        WHEN 'course_summary' THEN campus.tutor_numbers(p_course, p_cohort,
            NULL, false, false, 'In numbers')
        WHEN 'top_learners' THEN campus.tutor_find(p_course, p_cohort,
            p || '{"order": "best"}', 'Learners, the furthest first')
        WHEN 'at_risk_learners' THEN campus.tutor_find(p_course, p_cohort,
            '{"below": 50, "order": "weakest"}' || p, 'Learners at risk')
        WHEN 'inactive_learners' THEN campus.tutor_find(p_course, p_cohort,
            jsonb_build_object('inactive_days', coalesce(p -> 'days', '14'),
                'order', 'inactive') || p, 'Inactive learners')
        WHEN 'active_learners' THEN campus.tutor_find(p_course, p_cohort,
            jsonb_build_object('active_days', coalesce(p -> 'days', '7'),
                'order', 'active') || p, 'Active learners')
        WHEN 'recently_joined' THEN campus.tutor_find(p_course, p_cohort,
            jsonb_build_object('joined_days', coalesce(p -> 'days', '7'),
                'order', 'newest') || p, 'New learners')
        WHEN 'completed_learners' THEN campus.tutor_find(p_course, p_cohort,
            p || '{"at_least": 100, "order": "best"}', 'Who has completed')
        WHEN 'not_started_learners' THEN campus.tutor_find(p_course, p_cohort,
            p || '{"not_started": true, "order": "oldest"}',
            'Who has not begun')
        WHEN 'find_learners' THEN campus.tutor_find(p_course, p_cohort,
            '{"order": "name"}' || p, 'Learners')
        WHEN 'learner' THEN campus.tutor_learner(p_course, p_cohort, users[1])
        WHEN 'compare_learners' THEN campus.tutor_compare_learners(p_course,
            p_cohort, users)
        WHEN 'cohort_stats' THEN campus.tutor_numbers(p_course, p_cohort,
            cohorts, true, false, 'Cohorts in numbers')
        WHEN 'compare_cohorts' THEN campus.tutor_numbers(p_course, p_cohort,
            cohorts, true, true, 'Cohorts side by side')
        WHEN 'module_progress' THEN campus.tutor_modules(p_course, p_cohort,
            (p ->> 'module')::integer, false)
        WHEN 'module_failures' THEN campus.tutor_modules(p_course, p_cohort,
            (p ->> 'module')::integer, true)
        END;
END $$;
