-- What was said before: how a conversation reads to a learner and to a worker,
-- and what enters it when a job ends.

-- Is a job waiting or running?
CREATE OR REPLACE FUNCTION campus.is_open(p_job uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM coatcheck.ready WHERE job_id = p_job)
        OR EXISTS (SELECT FROM coatcheck.scheduled WHERE job_id = p_job)
        OR EXISTS (SELECT FROM coatcheck.lease WHERE job_id = p_job)
$$;

-- A question in the form that follow-ups are told by: no capitals, plain
-- quotes, single blanks, and nothing at its start that only greets or nods.
-- What is quoted, in capitals between small letters (CASE, IN), or a piece of
-- code (this.x) is a name and no word of the sentence: it becomes "x".
CREATE OR REPLACE FUNCTION campus.plain_question(p_question text) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT btrim(regexp_replace(regexp_replace(lower(CASE
            WHEN p_question ~ '[[:lower:]]' THEN regexp_replace(quoted,
                '\m(?!OK\M)[A-Z][A-Z]+\M', 'x', 'g')
            ELSE quoted END),
        '[\s?!]+|\.+(?=\s|$)', ' ', 'g'),
        '^\W*((ok|okay|well|hm+|ah|oh|right|great|thanks|thank you|sorry|hi|'
        'hello|hey|yes|no|sure|alright|good|nice|cool|and please|please)'
        '\M[ ,:]*)+', ''), ' ,;:-')
    FROM (SELECT regexp_replace(translate(p_question, '’‘“”', '''''""'),
        '(`[^`]*`|"[^"]*"|(?<!\w)''[^'']*''(?!\w)|\mthis\.\w+|'
        '\m(the|keyword|word) (this|that|it)\M(?= *\?|$| (keyword|word|'
        'pointer))|\m(this|that|it) (keyword|pointer))', 'x', 'g')
        AS quoted) q
$$;

-- Does a question lean on what was said before? Only a short one can: by
-- naming nothing of its own ("why?", "give me an example"), by a word that
-- stands for something said before ("how does it work?"), by going on with a
-- sentence ("and for strings?"), or by speaking of the answer. A pronoun does
-- not lean if what it stands for is in the question ("what is a view and why
-- is it useful?") or if it stands for nothing ("is it possible to …").
CREATE OR REPLACE FUNCTION campus.leans(p_question text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    q     text := campus.plain_question(left(p_question, 200));
    -- Words that name no subject. Forms that are subjects of some course are
    -- not among them: mean, case, class, rule, type.
    empty text := '(a|an|the|and|or|but|so|also|is|are|was|were|be|been|am|do|'
        'between|long|does|did|can|could|would|will|shall|should|may|might|'
        'must|isn''t|aren''t|doesn''t|don''t|can''t|i|me|my|we|us|our|you|'
        'your|please|to|in|on|of|for|with|at|by|as|from|about|into|than|not|'
        'now|just|really|actually|exactly|maybe|quite|very|even|still|again|'
        'any|some|all|both|each|more|most|much|many|less|few|little|bit|lot|'
        'further|else|other|others|another|different|similar|same|next|first|'
        'second|third|last|previous|one|ones|what|what''s|why|how|how''s|when|'
        'where|who|which|there|then|here|ways?|things?|kinds?|sorts?|steps?|'
        'examples?|details?|detailed|differences?|advantages?|disadvantages?|'
        'benefits?|drawbacks?|downsides?|pros|cons|points?|purpose|reasons?|'
        'alternatives?|uses?|used|using|usage|work|works|working|happens?|'
        'happened|comes?|explain|explanation|elaborate|clarify|expand|'
        'continue|go|going|tell|say|show|give|repeat|rephrase|simplify|'
        'summari[sz]e|summary|illustrate|demonstrate|define|definition|'
        'describe|short|shorter|longer|simple|simpler|simply|easier|better|'
        'best|worse|worst|faster|fastest|slower|cheaper|bad|good|important|'
        'useful|necessary|recommended|needed|need|want|terms|words|english|'
        'depth|deeper|practice|code|syntax|formula|default|meaning|'
        'consequences?|limits|limitations|mistakes|common|typical|usual|'
        'usually|often|let|let''s|know|understand|got|get|have|has|had|none|'
        'neither|since|until|says?|compare|confused|lost|unclear|huh|pardon|'
        'right|correct|wrong|sure|understood|understanding|i''m|plain|such|'
        'enough|it|that|this|they|them|these|those|if|yet|too|well|instead)';
    it    text := '(it|its|itself|it''s|they|them|their|theirs|they''re|he|'
        'she|him|his|her|hers)';
    verb  text := '(is|are|was|were|do|does|did|can|could|would|will|shall|'
        'should|has|have|what|which|who|whose|whom|when|where|why|how|explain|'
        'describe|define|compare|show|list|give|tell|name)';
    said  text;
BEGIN
    IF q = '' THEN
        RETURN p_question ~* '^\W*(yes|sure)\M';
    END IF;
    IF length(q) > 100 OR length(p_question) > 200
        OR p_question !~ '[[:lower:]?]'
        OR q ~ '^(who|what|how|where) are you( |$)|^what can you( |$)' THEN
        RETURN false;
    END IF;
    -- "what does that mean" asks for no mean, "step 2" for no 2.
    said := regexp_replace(q, '\m(in other words|(do|did) you mean|'
        '(does|did|do|would) (it|that|this|they|these|those) (really )?mean|'
        'go on|keep going|carry on|more info(rmation)?|use cases?|which cases|'
        'real life|the two|like i''m (five|5|a (child|beginner))|e\.g|i\.e|'
        'is there an? (limit|exception|catch|trick|shortcut|rule)$|'
        '(step|point|part|line|number|item|option) (\d+|two|three|four))\M',
        'explain', 'g');
    IF said ~ ('^([^\w'']*\m' || empty || '(?![\w'']))+\W*$') THEN
        RETURN true;
    END IF;
    -- It speaks of the answer, or goes on from it.
    IF q ~ ('\m((you|you''ve) (just )?(said|mentioned|wrote|explained|meant|'
            'told|gave|described)|(do|did) you mean|'
            'your (last |previous |first |second )?(answer|example|reply|'
            'explanation|point|definition|code|query)|'
            'the (former|latter)|(said|mentioned|described|shown|listed) above|'
            'the (above|previous|last|other|first|second|third|next) '
            '(one|answer|question|example|step|point|explanation|sentence|way|'
            'option|part|line)|(what|anything|who|where|how) else(?!.*'
            '\m(than|besides|except|apart)\M)|the same (apply|hold|go|work)|'
            '(do|does|did|doing) so|such an? |in (that|this|which) '
            'cases?)\M')
        OR q ~ '^((and |but |so |or )?(what|how) about|what if( \w+){1,5}$|'
            'why not|how come|how so|like what|then (what|how|why)$|'
            '(explain|say|tell|show|give) (me )?(that|this|it|these|those)\M)'
        OR q ~ ' (instead|too|as well|either|the same)$'
            AND q !~ ',|\m(and|or|as|but|both)\M(?! well$)' THEN
        RETURN true;
    END IF;
    -- A piece of a sentence that goes on: no verb to make it a question.
    -- Without a question mark it is rather a search for a for loop.
    IF (q ~ '^(and|or|but|also)\M' OR p_question ~ '\?\W*$' AND q ~
            ('^(in|on|for|with|without|from|to|by|between|only|except|even|'
            'like|than|because|since|after|before|not)\M'))
        AND array_length(string_to_array(q, ' '), 1) <= 7
        AND q !~ ('^\w+ (.* )?' || verb || '\M') THEN
        RETURN true;
    END IF;
    -- "is it possible to …", "how long does it take to …": it is nothing.
    q := regexp_replace(q, '\m(it (is |was |be |ever |really |always |still |'
        'even |more )*(a |an )?(good |bad )?(idea|problem|hurt|harm|cost|pay|'
        'possible|better|best|'
        'important|necessary|safe|ok|okay|bad|good|wrong|right|true|hard|easy|'
        'allowed|useful|common|worth|enough|legal|normal|called|take|mean|'
        'matter|make sense|required|dangerous|correct|advisable|recommended|'
        'difficult|sensible|harmful|sufficient)|(is|are|was) it (not )?'
        '(\w+ )?(called|true|possible|better|best|important|necessary|safe|ok|'
        'okay|good|bad|wrong|right|hard|easy|useful|common|worth|normal|'
        'recommended|advisable|a (good |bad )?(idea|problem)))'
        '( \w+)?( \w+)? (to|that|when|if|whether|for|\w{2,}ing)\M', 'x', 'g');
    q := regexp_replace(q, '\mthis (course|module|lesson|topic|chapter|'
        'material|class|unit|page)\M', 'x', 'g');
    -- What a pronoun stands for is in an earlier clause, or just before "its".
    IF q ~ ('\m' || it || '(?![\w''])') THEN
        said := regexp_replace(q, '(\m(and|or|but|if|when|because|so|then|'
            'while|after|before|that|which|until|unless|whether|than|though)'
            '\M|[,;:]).*', '');
        IF q ~ ('^(if|when|while|after|before|because|once|given|suppose)\M')
        THEN
            said := regexp_replace(q, '^\w+ ([^,]*),.*', '\1');
            IF said = q THEN
                said := '';
            END IF;
        END IF;
        IF q !~ ('\m(its|their|itself)\M')
            OR regexp_replace(q, '\m(its|their|itself)\M', '') ~ ('\m' || it
                || '(?![\w''])') THEN
            NULL;
        ELSE
            said := regexp_replace(q, '\m(its|their|itself)\M.*', '');
        END IF;
        RETURN said ~ ('\m' || it || '(?![\w''])')
            OR said ~ ('^([^\w'']*\m' || empty || '(?![\w'']))*\W*$');
    END IF;
    -- "that" and "this" for a thing, not in "a query that returns rows".
    IF q ~ ':.*\w' THEN
        RETURN false; -- it says itself what "this" is
    END IF;
    RETURN q ~ ('(^|\m(\w+n''t|is|was|does|did|do|are|can|could|would|should|'
            'will|'
            'about|of|on|in|for|with|from|by|like|than|to|at|after|before|'
            'without|into|why|how|what|explain|use|using|do|fix|avoid|'
            'prevent|change|solve|understand|mean by) )(that|this)\M(?!:)'
            '|\m(these|this|those(?! (who|that|which)))\M(?!:)|\mthat$')
        OR q ~ '\w one$' AND q !~ '\m(and|or)\M|,|\m(type|chapter|module|'
            'level|lesson|part|unit|version|week|number|than|by|to|is|equals?) '
            'one$'
        OR q ~ '\m(which|that|this|another|other) ones?\M' AND q !~ ' or |,';
END $$;

-- The question before it as it stands alone, and this one, in words that need
-- no conversation. NULL when p_question stands alone already. What only asks to
-- go on or to say it again ("explain more") adds no words: they would be looked
-- for in the material.
CREATE OR REPLACE FUNCTION campus.follow_up(p_before text, p_question text)
RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
    q       text := btrim(regexp_replace(p_question, '\s+', ' ', 'g'));
    before  text := btrim(regexp_replace(left(p_before, 1000), '\s+', ' ',
        'g'));
    added   text;
    parts   text[];
    subject text;
BEGIN
    IF coalesce(before, '') = '' OR NOT campus.leans(p_question) THEN
        RETURN NULL;
    END IF;
    -- "What is a view?", "And a materialized view?": the same of another.
    subject := (regexp_match(campus.plain_question(q),
        '^(?:and |but |or |so )*(?:(?:what|how) about |and )'
        '((?:(?!\m(?:it|its|they|them|their|that|this|these|those|one|if|in|'
        'on|for|with|without|from|by|when|the)\M).)+)$'))[1];
    parts := regexp_match(before, '^(what (?:is|are) )[^?.]+\?$', 'i');
    IF subject IS NOT NULL AND parts IS NOT NULL
        AND subject !~ '\mx\M' AND NOT campus.leans(subject) THEN
        RETURN parts[1] || subject || '?';
    END IF;
    added := btrim(regexp_replace(q, '\m((can|could|would|will) you )?'
        '(please )?(explain|elaborate|clarify|expand|continue|(go|carry) on|'
        'keep going|tell|say|show|give|repeat|rephrase|simplify|summari[sz]e|'
        'describe|illustrate|demonstrate)\M( me| us)?( (it|that|this|these|'
        'those|them)\M)?( (again|more|further|on|about|please)\M)*', '', 'gi'));
    IF campus.plain_question(added) ~ ('^((a|am|again|about|bit|can|code|could|'
        'deeper|depth|detail|details|didn''t|don''t|easier|english|for|five|'
        'further|get|got|huh|i|i''m|in|into|it|like|little|longer|lost|me|more|'
        'much|need|of|on|other|pardon|part|plain|please|point|shorter|simple|'
        'simpler|simply|so|still|step|summary|terms|that|the|this|to|unclear|'
        'understand|words|would|yes|you|confused|first|second|third|last|next|'
        'previous|one|\d+)(\W+|$))*$') THEN
        RETURN before;
    END IF;
    -- Of a long chain, what it began with and what was said last.
    parts := regexp_split_to_array(before, '(?<=[?!.]) +');
    IF cardinality(parts) > 2 THEN
        before := parts[1] || ' ' || parts[cardinality(parts)];
    END IF;
    RETURN before || CASE WHEN before ~ '[?!.]$' THEN ' ' ELSE '. ' END
        || added;
END $$;

-- What a worker needs to know about a question besides its words:
--   {"found": is there such a course, "tenant": whose budget it spends,
--    "courseName", "topicTitle", "personaKey", "summary": texts or null,
--    "history": [{"role","content"}, …] the p_window newest messages before
--               this question, oldest first,
--    "followUp": null if the question stands alone, else it as it reads
--               without the history, made of the learner's own words}
CREATE OR REPLACE FUNCTION campus.course_context(
    p_job uuid, p_course uuid, p_user uuid, p_session uuid, p_question text,
    p_window integer)
RETURNS jsonb
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    c       campus.course;
    s       campus.chat_session;
    limit_  bigint;
    history jsonb;
    before  text;
BEGIN
    SELECT * INTO c FROM campus.course WHERE course_id = p_course;
    IF NOT FOUND THEN
        RETURN '{"found": false}';
    END IF;
    SELECT * INTO s FROM campus.chat_session
    WHERE session_id = p_session AND user_id = p_user AND course_id = p_course;
    SELECT turn INTO limit_ FROM campus.chat_message
    WHERE job_id = p_job AND role = 'user' AND session_id = s.session_id;
    SELECT jsonb_agg(jsonb_build_object('role', m.role, 'content', m.content)
        ORDER BY m.turn, m.message_id)
    INTO history
    FROM (SELECT * FROM campus.chat_message
        WHERE session_id = s.session_id
          AND turn < coalesce(limit_, 9223372036854775807)
        ORDER BY turn DESC, message_id DESC
        LIMIT p_window) m;
    -- The newest question that stands alone, or was made to.
    SELECT coalesce(m.standalone, m.content) INTO before
    FROM (SELECT * FROM campus.chat_message
        WHERE session_id = s.session_id AND role = 'user'
          AND turn < coalesce(limit_, 9223372036854775807)
        ORDER BY turn DESC
        LIMIT 10) m
    WHERE m.standalone IS NOT NULL OR NOT campus.leans(m.content)
    ORDER BY m.turn DESC
    LIMIT 1;
    RETURN jsonb_build_object('found', true, 'tenant', c.tenant,
        'courseName', c.name, 'topicTitle', (SELECT title FROM campus.topic
            WHERE topic_id = s.topic_id),
        'personaKey', (SELECT persona_key FROM campus.persona_profile
            WHERE user_id = p_user AND course_id = p_course),
        'summary', s.summary, 'history', coalesce(history, '[]'),
        'followUp', campus.follow_up(before, p_question));
END $$;

-- What the summary of a conversation is to be made from:
--   {"tenant", "courseName", "summary": the one so far or null,
--    "messages": [{"role","content"}, …] oldest first,
--    "through": the turn up to which they go}
-- Whole turns, and those that have ended: neither the newest messages, as many
-- as the job's payload says under "keep", nor what an answer is still under way
-- for. At most 40, the rest is for the next one. NULL if the job is not of this
-- conversation.
CREATE OR REPLACE FUNCTION campus.summary_context(p_job uuid, p_session uuid)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    WITH s AS (
        SELECT s.*, c.tenant, c.name AS course_name
        FROM campus.chat_session s
        JOIN campus.course c USING (course_id)
        JOIN coatcheck.job j ON j.job_id = p_job
            AND j.session_id = s.session_id
        WHERE s.session_id = p_session
    ), kept AS (
        SELECT m.turn FROM s JOIN campus.chat_message m USING (session_id)
        ORDER BY m.turn DESC, m.message_id DESC
        LIMIT (SELECT greatest(coalesce((payload ->> 'keep')::integer, 0), 0)
            FROM coatcheck.job WHERE job_id = p_job)
    ), old AS (
        SELECT m.* FROM s JOIN campus.chat_message m USING (session_id)
        WHERE m.turn > s.summary_through
            AND m.turn < ALL (SELECT turn FROM kept)
        ORDER BY m.turn, m.message_id
        LIMIT 41
    ), ended AS (
        SELECT * FROM old m
        WHERE m.turn < ALL (SELECT o.turn FROM old o
            WHERE o.role = 'user' AND campus.is_open(o.job_id))
            AND ((SELECT count(*) FROM old) < 41
                OR m.turn < (SELECT max(turn) FROM old))
    )
    SELECT jsonb_build_object('tenant', s.tenant,
        'courseName', s.course_name, 'summary', s.summary,
        'messages', coalesce((SELECT jsonb_agg(jsonb_build_object(
            'role', role, 'content', content) ORDER BY turn, message_id)
            FROM ended), '[]'),
        'through', coalesce((SELECT max(turn) FROM ended), s.summary_through))
    FROM s
$$;

-- Has a summary to be made? One at a time; the row of the session is locked.
-- p_rule is {"after", "keep"}: from how many messages on that no summary
-- stands for, and how many of them stay out of it.
CREATE OR REPLACE FUNCTION campus.ask_summary(p_session uuid, p_rule jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    s   campus.chat_session;
    job uuid := coatcheck.new_job_id();
BEGIN
    SELECT * INTO s FROM campus.chat_session WHERE session_id = p_session;
    IF s.summary_job IS NOT NULL AND campus.is_open(s.summary_job)
        OR (SELECT count(*) FROM campus.chat_message m
            WHERE m.session_id = p_session AND m.turn > s.summary_through)
            <= (p_rule ->> 'after')::integer THEN
        RETURN;
    END IF;
    UPDATE campus.chat_session SET summary_job = job
    WHERE session_id = p_session;
    PERFORM coatcheck.enqueue('CHAT_SUMMARY',
        jsonb_build_object('keep', (p_rule ->> 'keep')::integer),
        user_id => s.user_id, session_id => p_session, priority => 3,
        job_id => job, notify => true);
END $$;

-- The end hook of AI_QUERY: the answer enters the conversation in the
-- transaction that completes the job; a question that fails is not counted, and
-- one that an operator has run again, and well, is. effects is
--   {"answer", "standalone"?: the question as it reads alone,
--    "summarise"?: {"after", "keep"}, "usage"?: of providers}
-- A job without a conversation, or whose course was dropped while it ran,
-- completes without.
CREATE OR REPLACE FUNCTION campus.end_course_question(
    job uuid, status text, user_id uuid, session uuid, payload jsonb,
    effects jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    hook_job alias FOR job;
    s        campus.chat_session;
BEGIN
    IF status = 'COMPLETED' THEN
        UPDATE campus.chat_session SET last_message_at = clock_timestamp()
        WHERE session_id = session
        RETURNING * INTO s;
        IF FOUND THEN
            PERFORM campus.add_answer(session, hook_job, effects ->> 'answer');
            IF effects ? 'standalone' THEN
                UPDATE campus.chat_message
                SET standalone = effects ->> 'standalone'
                WHERE job_id = hook_job AND role = 'user';
            END IF;
            IF payload ->> 'suggestionId' IS NULL THEN
                INSERT INTO campus.typed_question (job_id, user_id, course_id,
                    module_no)
                SELECT hook_job, s.user_id, s.course_id, m.no
                FROM (SELECT CASE WHEN payload ->> 'moduleNo' ~ '^\d{1,7}$'
                    THEN (payload ->> 'moduleNo')::integer END AS no) m
                WHERE m.no IS NOT NULL
                ON CONFLICT DO NOTHING;
            END IF;
            IF effects ? 'summarise' THEN
                PERFORM campus.ask_summary(session, effects -> 'summarise');
            END IF;
        END IF;
    ELSIF status <> 'RETRY' THEN
        DELETE FROM campus.typed_question WHERE job_id = hook_job;
    END IF;
    PERFORM llm.record(hook_job, effects -> 'usage');
END $$;

-- The end hook of CHAT_SUMMARY. effects is {"summary", "through", "usage"?}.
-- It counts only if it is the one that the conversation waits for.
CREATE OR REPLACE FUNCTION campus.end_summary(
    job uuid, status text, user_id uuid, session uuid, payload jsonb,
    effects jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    text_ text := nullif(btrim(effects ->> 'summary'), '');
    upto  bigint := effects ->> 'through';
BEGIN
    IF status <> 'RETRY' THEN
        UPDATE campus.chat_session s SET summary_job = NULL,
            summary = CASE WHEN is_made THEN text_ ELSE s.summary END,
            summary_through = CASE WHEN is_made THEN upto
                ELSE s.summary_through END
        FROM (SELECT session_id, coalesce(status = 'COMPLETED'
                AND text_ IS NOT NULL AND upto > summary_through, false)
                AS is_made
            FROM campus.chat_session WHERE session_id = session
            FOR UPDATE) o
        WHERE s.session_id = o.session_id AND s.summary_job = job;
    END IF;
    PERFORM llm.record(job, effects -> 'usage');
END $$;

-- The end hook of types that leave nothing behind but what they cost.
CREATE OR REPLACE FUNCTION campus.end_usage(
    job uuid, status text, user_id uuid, session uuid, payload jsonb,
    effects jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM llm.record(job, effects -> 'usage');
END $$;

-- A conversation as its learner reads it. outcome is found, course_not_found or
-- topic_not_found; body is {"sessionId": uuid, or null before the first
-- question, "messages": [{"messageId","role","content","createdAt"}, …]}: the
-- newest 40, oldest first.
CREATE OR REPLACE FUNCTION campus.session_view(
    p_user uuid, p_course text, p_topic uuid)
RETURNS TABLE (outcome text, body json)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    course  uuid := campus.resolve_course(p_course);
    session uuid;
BEGIN
    outcome := CASE WHEN course IS NULL THEN 'course_not_found'
        WHEN NOT EXISTS (SELECT FROM campus.topic
            WHERE topic_id = p_topic AND course_id = course)
            THEN 'topic_not_found' ELSE 'found' END;
    IF outcome = 'found' THEN
        SELECT session_id INTO session FROM campus.chat_session
        WHERE user_id = p_user AND course_id = course AND topic_id = p_topic;
        SELECT json_build_object('sessionId', session, 'messages',
            coalesce(json_agg(json_build_object('messageId',
                m.message_id::text, 'role', m.role, 'content', m.content,
                'createdAt', to_char(m.created_at AT TIME ZONE 'UTC',
                    'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
                ORDER BY m.turn, m.message_id), '[]'))
        INTO body
        FROM (SELECT * FROM campus.chat_message WHERE session_id = session
            ORDER BY turn DESC, message_id DESC
            LIMIT 40) m;
    END IF;
    RETURN NEXT;
END $$;

-- The prompts to click: what follows p_parent, or without one those of the
-- course and of the topic that follow none. outcome is found or
-- course_not_found; body is
--   {"suggestions": [{"id","promptText","answer"}, …]}
CREATE OR REPLACE FUNCTION campus.course_prompts(
    p_course text, p_topic uuid, p_parent uuid)
RETURNS TABLE (outcome text, body json)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN c.id IS NULL THEN 'course_not_found' ELSE 'found' END,
        CASE WHEN c.id IS NOT NULL THEN json_build_object('suggestions', (
            SELECT coalesce(json_agg(json_build_object('id', suggestion_id,
                'promptText', prompt_text, 'answer', answer)
                ORDER BY display_order, suggestion_id), '[]')
            FROM campus.suggestion
            WHERE course_id = c.id AND is_active
              AND parent_suggestion_id IS NOT DISTINCT FROM p_parent
              AND (p_parent IS NOT NULL OR topic_id IS NULL
                OR topic_id = p_topic))) END
    FROM campus.resolve_course(p_course) c(id)
$$;

-- Deletes what is stored about a user here; their jobs are the queue's. Returns
-- how many rows went, without the count of requests. Locks in the order in
-- which ask_course does, and waits for a question that is being asked.
CREATE OR REPLACE FUNCTION campus.forget(p_user uuid) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    total bigint := 0;
    n     bigint;
    name  text;
BEGIN
    PERFORM campus.hold_rate('user:' || p_user);
    DELETE FROM campus.request_rate WHERE key = 'user:' || p_user;
    PERFORM FROM campus.chat_session WHERE user_id = p_user
    ORDER BY session_id FOR UPDATE;
    DELETE FROM campus.chat_message m USING campus.chat_session s
    WHERE s.session_id = m.session_id AND s.user_id = p_user;
    GET DIAGNOSTICS n = ROW_COUNT;
    total := total + n;
    FOREACH name IN ARRAY '{chat_session,typed_question,persona_profile,
        module_progress,enrolment,course_tutor,person}'::text[] LOOP
        EXECUTE format('DELETE FROM campus.%I WHERE user_id = $1', name)
        USING p_user;
        GET DIAGNOSTICS n = ROW_COUNT;
        total := total + n;
    END LOOP;
    RETURN total;
END $$;
