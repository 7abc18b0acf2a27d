-- What the worker asks for: the course as a model is told of it, and the answer
-- that needs no model.

-- What a model is told of the course before it asks for more, and everybody
-- whose name must not leave with the question.
--   {"assigned", "tenant", "courseName", "cohortName", "snapshot", "people",
--    "lookups"}
-- people is as in a result of a look-up, with "spelled", the words of the name
-- as they stand in the texts; a word that several share is a person of its own.
-- It is everybody of the course: what was said before may be of other cohorts.
-- Only {"assigned": false} if the user does not teach the course any more.
CREATE OR REPLACE FUNCTION campus.tutor_context(
    p_user uuid, p_course uuid, p_cohort uuid, p_question text,
    p_history jsonb)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN campus.tutor_is_assigned(p_user, p_course)
        THEN (SELECT jsonb_build_object('assigned', true,
            'tenant', c.tenant, 'courseName', c.name,
            'cohortName', (SELECT h.name FROM campus.cohort h
                WHERE h.cohort_id = p_cohort AND h.course_id = p_course),
            'snapshot', concat_ws(E'\n', whole.s ->> 'sentence',
                (campus.tutor_numbers(p_course, p_cohort, NULL, true, false,
                    '') ->> 'sentence')),
            'people', coalesce((SELECT jsonb_agg(jsonb_build_object(
                    'name', n.name, 'email', n.email, 'spelled', n.spelled))
                FROM campus.tutor_named(p_course, NULL, concat_ws(E'\n',
                    (SELECT string_agg(h ->> 'content', E'\n')
                    FROM jsonb_array_elements(p_history) h), p_question)) n),
                '[]'),
            'lookups', campus.tutor_lookups())
            FROM campus.course c, LATERAL (SELECT campus.tutor_numbers(
                p_course, p_cohort, NULL, false, false, '') AS s) whole
            WHERE c.course_id = p_course)
        ELSE '{"assigned": false}' END
$$;

-- A number in words or figures.
CREATE OR REPLACE FUNCTION campus.tutor_number(p_text text) RETURNS integer
LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN p_text ~ '^\d{1,4}$' THEN p_text::integer
        ELSE coalesce(array_position('{one,two,three,four,five,six,seven,eight,
            nine,ten,eleven,twelve}'::text[], p_text),
            CASE p_text WHEN 'a' THEN 1 WHEN 'an' THEN 1
                WHEN 'couple of' THEN 2 END) END
$$;

-- What stands in a question beside its words: days, a limit, percentages, a
-- module, addresses. Only what is there has a key.
CREATE OR REPLACE FUNCTION campus.tutor_details(q text) RETURNS jsonb
LANGUAGE sql STABLE AS $$
    WITH number(re) AS (VALUES ('(\d{1,4}|a|an|one|two|three|four|five|six|'
        'seven|eight|nine|ten|eleven|twelve|couple of)')
    ), part AS (
        SELECT regexp_match(q, '\m' || re || '\s+(day|week|fortnight|month|'
                'year)s?\M') AS span,
            regexp_match(q, '\m(this|last|past|current|previous)\s+(week|month|year)\M')
                AS period,
            regexp_match(q, '\m(?:top|first|best|bottom|worst|weakest|'
                'strongest|last|next|only)\s+' || re || '\M(?!\s+(?:day|week|'
                'fortnight|month|year))') AS after,
            regexp_match(q, '\m' || re || '\s+(?:best|worst|weakest|strongest|'
                'top|bottom|leading|highest|lowest)\M') AS before,
            regexp_match(q, '\m(?:below|under|less than|fewer than|lower than)'
                '\s+(\d{1,3})\M') AS below,
            regexp_match(q, '\m(at least|over|above|more than|higher than|'
                'beyond)\s+(\d{1,3})\M') AS above,
            regexp_match(q, '\mmodule\s*(?:no\.?|number|#)?\s*' || re || '\M')
                AS module
        FROM number
    ), given AS (
        SELECT coalesce(campus.tutor_number(span[1]) * CASE span[2]
                WHEN 'day' THEN 1 WHEN 'week' THEN 7 WHEN 'fortnight' THEN 14
                WHEN 'month' THEN 30 ELSE 365 END,
            CASE period[2] WHEN 'week' THEN 7 WHEN 'month' THEN 30
                WHEN 'year' THEN 365 END,
            CASE WHEN q ~ '\mtoday\M' THEN 1
                WHEN q ~ '\myesterday\M' THEN 2 END) AS days,
            campus.tutor_number(coalesce(after[1], before[1])) AS most,
            below[1]::integer AS below,
            above[2]::integer + (above[1] <> 'at least')::integer AS at_least,
            campus.tutor_number(module[1]) AS module
        FROM part
    )
    SELECT jsonb_strip_nulls(jsonb_build_object(
        'days', CASE WHEN days BETWEEN 1 AND 3650 THEN days END,
        'limit', CASE WHEN most BETWEEN 1 AND 100 THEN most END,
        'below', CASE WHEN below BETWEEN 1 AND 100 THEN below END,
        'at_least', CASE WHEN at_least BETWEEN 0 AND 100 THEN at_least END,
        'module', CASE WHEN module BETWEEN 1 AND 1000 THEN module END,
        'with_email', CASE WHEN q ~ '\m(e-?mails?|addresse?s?|contacts?)\M'
            THEN true END))
    FROM given
$$;

-- The look-up that a question asks for, by its words, without regard to names:
-- the first line that fits. said.no: is something denied?
CREATE OR REPLACE FUNCTION campus.tutor_kind(
    q text, p_details jsonb, p_cohorts integer)
RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT kind FROM (SELECT q ~ ('(n[''’]t\M|\m(not|never|no|nobody|none|'
        'without|yet to|isnt|hasnt|havent|didnt|dont)\M)')) said(no),
    LATERAL (VALUES
    (1, 'stuck', p_details ? 'module'
        AND q ~ '\m(stuck|struggl\w+|trouble)\M'),
    (2, 'failed', p_details ? 'module'
        AND q ~ '\m(who|whom|whose|which|list|how many|name)\M'
        AND q ~ '\mfail'),
    (3, 'not_passed', p_details ? 'module' AND said.no
        AND q ~ '\m(pass|complet|finish|done|clear|do\M)'),
    (4, 'passed', p_details ? 'module'
        AND q ~ '\m(who|which|list|how many|name)\M'
        AND q ~ '\m(pass|complet|finish|done|clear)'),
    (5, 'module_failures', q ~ '\mmodules?\M' AND q ~ ('\m(fail\w*|hard\w*|'
        'difficult\w*|stuck|struggl\w*|problem\w*|trouble\w*|worst|toughest|'
        'drop\w*)\M')),
    (6, 'module_progress', q ~ '\mmodules?\M'),
    (7, 'module_failures', q ~ '\mfail(ed|ures?|s|ing)?\M'
        OR q ~ '^where\M' AND q ~ '\m(stuck|struggl\w+|los[et]\w*|fail)\M'),
    (8, 'compare_cohorts', p_cohorts > 1
        OR p_cohorts = 1 AND q ~ '\m(compar\w+|versus|vs|others?)\M'
        OR q ~ ('\m(compar\w+|versus|vs|lowest|highest|better|best|worse|worst|ahead|behind|'
        'differ\w*|between|leading|stronger|weaker|strongest|weakest|rank\w*)'
        '\M') AND q ~ '\m(cohorts|which cohort|what cohort|each cohort)\M'),
    (9, 'percent', p_details ?| '{below,at_least}'),
    (10, 'not_started_learners', said.no
        AND q ~ '\m(start|started|begin|begun|began|open|opened|tried|try)\M'),
    (11, 'inactive_learners', q ~ ('\m(inactive|absent|dormant|silent|missing|'
        'disappear\w*|vanish\w*|lost touch)\M') OR said.no
        AND q ~ ('\m(activ\w+|log(ged)?( in)?|login|seen|shown? up|around|'
        'visit\w*|online|engag\w*|study|studied|studying)\M')),
    (12, 'incomplete', said.no
        AND q ~ '\m(complet\w*|finish\w*|graduat\w*)\M'),
    (13, 'at_risk_learners', q ~ ('\m(risk|behind|struggl\w*|weak\w*|worst|'
        'lowest|bottom|attention|worr\w+|help|support|drop\w*|slow\w*|stuck|'
        'trouble|poor\w*|lagging|intervention)\M')),
    (14, 'top_learners', q ~ ('\m(top|best|strong\w*|lead\w*|highest|furthest|'
        'farthest|ahead|star|stars|excel\w*|fastest)\M')),
    (15, 'completed_learners', q ~ ('\m(completed|finished|graduat\w*|'
        'certificates?|finishers?|done with)\M') AND q !~ '\maverage\M'),
    (16, 'recently_joined', q ~ ('\m(join\w*|enrol\w*|new|newest|newcomers?|'
        'sign(ed)? up|signups?|recent)\M') AND q !~ '\mactiv'),
    (17, 'active_learners', q ~ ('\m(active|activity|logged in|online|engaged|'
        'studying|studied)\M')),
    (18, 'cohort_stats', p_cohorts = 1 AND q !~ '\m(list|who|everyone)\M'
        OR q ~ '\mcohorts\M' OR q ~ '\m(each|every|per|by) cohort\M'),
    (19, 'find_learners', q ~ ('\m(list|everyone|everybody|roster|who|names?|'
            'e-?mails?|addresse?s?|contacts?|all)\M')
        AND (q ~ ('\m(learners?|students?|participants?|people|everyone|'
            'everybody|roster|class|enrolled|course)\M') OR p_cohorts > 0)),
    (20, 'course_summary', q ~ ('\m(overview|summar\w+|average|status|'
        'progress|completion|snapshot|statistics|stats|numbers|report|'
        'how many|total|going|doing|performance|performing)\M'))
    ) k(n, kind, fits)
    WHERE k.fits AND (n <> 20 OR q ~ ('\m(course|class|learners?|students?|'
        'people|participants?|cohort|group|completion|progress|overview|'
        'summary|snapshot|everyone|they|we|it|at risk)\M'))
    ORDER BY n LIMIT 1
$$;

-- The look-up and its arguments for a question, or NULL.
CREATE OR REPLACE FUNCTION campus.tutor_match(
    p_course uuid, p_cohort uuid, p_question text, p_history jsonb)
RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    q       text := regexp_replace(lower(p_question), '\s+', ' ', 'g');
    before  text := (SELECT h ->> 'content' FROM jsonb_array_elements(
        p_history) WITH ORDINALITY t(h, n)
        WHERE h ->> 'role' = 'user' ORDER BY n DESC LIMIT 1);
    details jsonb := campus.tutor_details(q);
    cohorts uuid[] := campus.tutor_cohorts_named(p_course, p_question);
    names   text[];
    said    text;
    kind    text;
    args    jsonb;
    takes   text[];
BEGIN
    -- Learners, here or, if the question says "she", in what was said last.
    names := ARRAY(SELECT coalesce(nullif(n.email, ''), n.name)
        FROM campus.tutor_named(p_course, p_cohort, p_question) n);
    IF names = '{}' AND q ~ ('\m(he|she|him|her|his|hers|they|them|their|'
        '(this|that|the same) (learner|student|person)|both)\M') THEN
        FOR said IN
            SELECT h ->> 'content'
            FROM jsonb_array_elements(p_history) WITH ORDINALITY t(h, i)
            WHERE i > jsonb_array_length(p_history) - 4
            ORDER BY h ->> 'role' = 'user' DESC, i DESC
        LOOP
            names := ARRAY(SELECT coalesce(nullif(n.email, ''), n.name)
                FROM campus.tutor_named(p_course, p_cohort, said) n);
            EXIT WHEN names <> '{}';
        END LOOP;
        IF cardinality(names) > 1 AND q !~ '\m(they|them|their|both)\M' THEN
            names := '{}';
        END IF;
    END IF;
    IF cardinality(names) = 1 THEN
        RETURN jsonb_build_object('lookup', 'learner',
            'args', jsonb_build_object('name', names[1]));
    ELSIF cardinality(names) > 1 THEN
        RETURN jsonb_build_object('lookup', 'compare_learners',
            'args', jsonb_build_object('names', names[:8]));
    END IF;

    kind := campus.tutor_kind(q, details, cardinality(cohorts));
    -- "And in Heron?", "what about module 3?": the rest was said before.
    IF before IS NOT NULL AND (kind IS NULL OR q ~ ('^(and|or|also|what about|'
        'how about|then|same for)\M')) THEN
        before := regexp_replace(lower(before), '\s+', ' ', 'g');
        IF details ? 'module' THEN
            before := regexp_replace(before, '\mmodule \w+', 'module', 'g');
        END IF;
        IF cohorts = '{}' THEN
            cohorts := campus.tutor_cohorts_named(p_course, before);
        END IF;
        details := campus.tutor_details(before) || details;
        IF coalesce(kind, 'find_learners') IN ('find_learners', 'cohort_stats',
            'module_progress') THEN
            kind := coalesce(campus.tutor_kind(before, details,
                cardinality(cohorts)), kind);
        END IF;
    END IF;
    IF kind IS NULL THEN
        -- "How is Zed doing?" of somebody who is not in reach.
        kind := (regexp_match(p_question, '\m(?:[Hh]ow is|[Hh]ow’?''?s|[Aa]bout|'
            '[Ww]ho is|[Ii]s|[Hh]as|[Dd]oes|[Cc]ontact|[Ee]mail)\s+'
            '([[:upper:]]\S*[^\s?.!,]( [[:upper:]]\S*[^\s?.!,])*)'))[1];
        RETURN CASE WHEN kind IS NOT NULL THEN jsonb_build_object('lookup',
            'learner', 'args', jsonb_build_object('name', left(kind, 80)))
            END;
    END IF;
    args := details || CASE kind
        WHEN 'stuck' THEN jsonb_build_object('stuck_module',
            details -> 'module')
        WHEN 'failed' THEN jsonb_build_object('failed_module',
            details -> 'module')
        WHEN 'passed' THEN jsonb_build_object('passed_module',
            details -> 'module')
        WHEN 'not_passed' THEN jsonb_build_object('not_passed_module',
            details -> 'module')
        WHEN 'incomplete' THEN '{"below": 100, "order": "best"}'
        WHEN 'percent' THEN jsonb_build_object('order',
            CASE WHEN details ? 'below' THEN 'weakest' ELSE 'best' END)
        ELSE '{}' END;
    kind := CASE WHEN kind IN ('stuck', 'failed', 'passed', 'not_passed',
        'incomplete', 'percent') THEN 'find_learners' ELSE kind END;
    IF kind = 'compare_cohorts' AND cardinality(cohorts) > 1 THEN
        args := args || jsonb_build_object('cohorts', cohorts);
    ELSIF cardinality(cohorts) > 0 AND kind <> 'compare_cohorts' THEN
        args := args || jsonb_build_object('cohort', cohorts[1]);
    END IF;
    SELECT parameters INTO takes FROM campus.tutor_lookup_list()
    WHERE name = kind;
    RETURN jsonb_build_object('lookup', kind, 'args', coalesce((
        SELECT jsonb_object_agg(key, value) FROM jsonb_each(args)
        WHERE key = ANY (takes)), '{}'));
END $$;

-- The answer to a tutor without a model: {"lookup": NULL or the one that was
-- taken, "answer"}.
CREATE OR REPLACE FUNCTION campus.tutor_answer(
    p_user uuid, p_course uuid, p_cohort uuid, p_question text,
    p_history jsonb)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    match  jsonb := campus.tutor_match(p_course, p_cohort, p_question,
        coalesce(p_history, '[]'));
    result jsonb;
BEGIN
    IF NOT campus.tutor_is_assigned(p_user, p_course) THEN
        RETURN jsonb_build_object('lookup', NULL, 'answer',
            'You are not assigned to this course.');
    ELSIF match IS NULL THEN
        RETURN jsonb_build_object('lookup', NULL, 'answer', 'I can answer '
            'questions about the learners of '
            || (SELECT name FROM campus.course WHERE course_id = p_course)
            || ': how many there are and how far they have come, who is ahead, '
            'at risk, inactive, new or finished, how one learner or one cohort '
            'is doing, and which modules are passed or failed.');
    END IF;
    result := campus.tutor_lookup(p_user, p_course, p_cohort,
        match ->> 'lookup', match -> 'args');
    RETURN jsonb_build_object('lookup', match -> 'lookup', 'answer',
        coalesce(result ->> 'sentence', result ->> 'error'));
END $$;
