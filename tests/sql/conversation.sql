-- A conversation: as the learner reads it, and as a worker is told of it; which
-- questions lean on it, and how they read without.
BEGIN;
\ir helpers.psql
SELECT plan(291);

INSERT INTO campus.course (course_id, slug, name, tenant) VALUES
    (pg_temp.id(1), 't-one', 'T One', 'north'),
    (pg_temp.id(2), 't-two', 'T Two', 'south');
INSERT INTO campus.topic (topic_id, course_id, title) VALUES
    (pg_temp.id(11), pg_temp.id(1), 'Views'), (pg_temp.id(12), pg_temp.id(1),
    'B'), (pg_temp.id(21), pg_temp.id(2), 'C');
INSERT INTO campus.suggestion (suggestion_id, course_id, topic_id,
    parent_suggestion_id, prompt_text, answer, display_order, is_active) VALUES
    (pg_temp.id(31), pg_temp.id(1), NULL, NULL, 'Why?', 'Because.', 2, true),
    (pg_temp.id(32), pg_temp.id(1), pg_temp.id(11), NULL, 'T?', NULL, 1, true),
    (pg_temp.id(33), pg_temp.id(1), pg_temp.id(12), NULL, 'U?', NULL, 0, true),
    (pg_temp.id(34), pg_temp.id(1), NULL, NULL, 'Off?', NULL, 0, false),
    (pg_temp.id(35), pg_temp.id(1), NULL, pg_temp.id(31), 'D?', 'd', 2, true),
    (pg_temp.id(36), pg_temp.id(1), NULL, pg_temp.id(31), 'C?', 'c', 1, true),
    (pg_temp.id(37), pg_temp.id(1), NULL, pg_temp.id(31), 'Off?', 'c', 0,
        false);

CREATE FUNCTION pg_temp.ask(n integer, question text DEFAULT NULL,
    suggestion integer DEFAULT NULL, who integer DEFAULT 50)
RETURNS text LANGUAGE sql AS $$
    SELECT outcome FROM campus.ask_course(pg_temp.id(n), pg_temp.id(who),
        't-one', pg_temp.id(11), coalesce(question, 'q' || n),
        pg_temp.id(suggestion), 1, 0, 0)
$$;
CREATE FUNCTION pg_temp.finish(n integer, standalone text DEFAULT NULL)
RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_temp.take('{AI_QUERY}');
    RETURN (SELECT pg_temp.settle(n, token, 'COMPLETED', effects =>
            json_strip_nulls(json_build_object('answer', 'a' || n,
            'standalone', standalone))::text)
        FROM coatcheck.lease WHERE job_id = pg_temp.id(n));
END $$;
CREATE FUNCTION pg_temp.said(who integer DEFAULT 50) RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(m ->> 'content', ' ') FROM campus.session_view(
            pg_temp.id(who), 'T One', pg_temp.id(11)) v,
        json_array_elements(v.body -> 'messages') m
$$;
CREATE FUNCTION pg_temp.context(n integer, question text DEFAULT 'q?',
    window_ integer DEFAULT 10, who integer DEFAULT 50,
    course integer DEFAULT 1)
RETURNS jsonb LANGUAGE sql AS $$
    SELECT campus.course_context(pg_temp.id(n), pg_temp.id(course),
        pg_temp.id(who), (SELECT session_id FROM campus.chat_session
            WHERE user_id = pg_temp.id(50)), question, window_)
$$;
CREATE FUNCTION pg_temp.history(n integer, window_ integer DEFAULT 10)
RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(m ->> 'content', ' ') FROM jsonb_array_elements(
        pg_temp.context(n, 'q?', window_) -> 'history') m
$$;

-- As the learner reads it
SELECT results_eq($$SELECT outcome, body::text FROM campus.session_view(
        pg_temp.id(50), 't-one', pg_temp.id(11))$$,
    $$VALUES ('found', '{"sessionId" : null, "messages" : []}')$$,
    'before the first question there is no session');
SELECT is((SELECT outcome FROM campus.session_view(pg_temp.id(50), 'nowhere',
    pg_temp.id(11))), 'course_not_found', 'no such course');
SELECT is((SELECT outcome FROM campus.session_view(pg_temp.id(50), 't-one',
    pg_temp.id(21))), 'topic_not_found', 'a topic of another course');
SELECT is(pg_temp.ask(100), 'queued', 'a question');
SELECT is(pg_temp.said(), 'q100', 'shows at once');
SELECT is(pg_temp.ask(101), 'queued', 'another, before the answer');
SELECT is(pg_temp.finish(101), 'COMPLETED', 'is answered first');
SELECT is(pg_temp.said(), 'q100 q101 a101', 'its answer follows it');
SELECT is(pg_temp.finish(100), 'COMPLETED', 'then the first');
SELECT is(pg_temp.said(), 'q100 a100 q101 a101',
    'each answer follows its question');
SELECT is(pg_temp.ask(102, suggestion => 31), 'answered', 'a stored answer');
SELECT is(pg_temp.said(), 'q100 a100 q101 a101 Why? Because.', 'comes last');
SELECT is(pg_temp.said(51), NULL, 'another learner reads nothing of it');
SELECT results_eq($$SELECT m ->> 'role', m ->> 'createdAt'
            ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$',
        m ->> 'messageId' IS NOT NULL
    FROM campus.session_view(pg_temp.id(50), 't-one', pg_temp.id(11)) v,
        json_array_elements(v.body -> 'messages') WITH ORDINALITY x(m, at)
    WHERE at < 3 ORDER BY at$$,
    $$VALUES ('user', true, true), ('assistant', true, true)$$,
    'a message has an id, a role and a time');
SELECT count(pg_temp.ask(n, suggestion => 31))
FROM generate_series(103, 121) n
\g /dev/null
SELECT is(pg_temp.ask(122), 'queued', 'the 45th message');
SELECT is(array_length(string_to_array(pg_temp.said(), ' '), 1), 40,
    'the newest 40 are read');
SELECT alike(pg_temp.said(), 'Because. Why? % q122', 'the newest is last');

-- Prompts
SELECT results_eq(format($$SELECT s ->> 'promptText' FROM
        campus.course_prompts('T One', %L, %L) p,
        json_array_elements(p.body -> 'suggestions') s$$,
        pg_temp.id(topic), pg_temp.id(parent)), want, what)
FROM (VALUES (11, NULL, '{T?,Why?}'::text[], 'roots of course and topic'),
    (NULL, NULL, '{Why?}', 'roots of the course'),
    (11, 31, '{C?,D?}', 'children'), (11, 33, '{}', 'no children'))
    v(topic, parent, want, what);
SELECT results_eq($$SELECT outcome, body::jsonb FROM campus.course_prompts(
        't-one', NULL, NULL)$$,
    $$SELECT 'found', jsonb_build_object('suggestions', jsonb_build_array(
        jsonb_build_object('id', pg_temp.id(31), 'promptText', 'Why?',
            'answer', 'Because.')))$$, 'with their answers');
SELECT results_eq($$SELECT outcome, body::text FROM campus.course_prompts(
        'nowhere', NULL, NULL)$$, $$VALUES ('course_not_found', NULL::text)$$,
    'of no course');

-- As a worker is told
DELETE FROM campus.chat_session;
SELECT count(pg_temp.ask(n)) FROM generate_series(200, 205) n
\g /dev/null
SELECT count(pg_temp.finish(n)) FROM generate_series(200, 202) n
\g /dev/null
SELECT is(pg_temp.context(99, course => 99), '{"found": false}'::jsonb,
    'there is no such course');
SELECT is(pg_temp.context(200) - 'followUp',
    jsonb_build_object('found', true, 'tenant', 'north', 'courseName', 'T One',
        'topicTitle', 'Views', 'personaKey', NULL, 'summary', NULL, 'history',
        '[]'::jsonb), 'the first question has no history');
SELECT is(pg_temp.history(203), 'q200 a200 q201 a201 q202 a202',
    'a later one has what was said before');
SELECT is(pg_temp.history(203, 3), 'a201 q202 a202', 'the newest of it');
SELECT is(pg_temp.history(201), 'q200 a200', 'and nothing of what came after');
SELECT is(pg_temp.history(205, 4), 'q202 a202 q203 q204',
    'with what is not answered yet');
SELECT is(pg_temp.history(999, 2), 'q204 q205',
    'a job that asked nothing here is told all');
SELECT is(pg_temp.context(203) #> '{history,0}',
    '{"role": "user", "content": "q200"}', 'who said what');
SELECT is(pg_temp.context(203, who => 51) -> 'history', '[]',
    'another learner''s job is told nothing');
SELECT is(pg_temp.context(203, course => 2) -> 'history', '[]',
    'nor is one of another course');
UPDATE campus.chat_session SET summary = 'S.';
INSERT INTO campus.persona_profile (user_id, course_id, persona_key, summary,
    version) VALUES (pg_temp.id(50), pg_temp.id(1), 'steady', 'S.', 'v1');
SELECT is((SELECT ARRAY[c ->> 'summary', c ->> 'personaKey']
    FROM pg_temp.context(203) c), '{S.,steady}', 'summary and persona');
SELECT is((SELECT ARRAY[c ->> 'summary', c ->> 'personaKey']
    FROM pg_temp.context(203, who => 51) c), '{NULL,NULL}',
    'but not another''s');

-- Follow-ups in a conversation
DELETE FROM campus.chat_session;
SELECT count(pg_temp.ask(n, q)) FROM (VALUES (300, 'why?'),
    (301, 'What is a view?'), (302, 'why use it?'), (303, 'and why?'),
    (304, 'What is a join?'), (305, 'is it fast?')) v(n, q)
\g /dev/null
SELECT is(pg_temp.context(n, q) ->> 'followUp', want, q || ' – ' || why)
FROM (VALUES (300, 'why?', NULL, 'nothing was said before'),
    (301, 'What is a view?', NULL, 'it stands alone'),
    (302, 'why use it?', 'What is a view? why use it?', 'a view'),
    (303, 'and why?', 'What is a view? and why?',
        'the question before leans itself'),
    (305, 'is it fast?', 'What is a join? is it fast?', 'the newest'))
    v(n, q, want, why);
SELECT is(pg_temp.finish(302, 'Why does one use views?'), 'COMPLETED',
    'a worker has made a question stand alone');
SELECT is(pg_temp.context(303, 'and why?') ->> 'followUp',
    'Why does one use views? and why?', 'which the next one goes on from');
SELECT is((SELECT standalone FROM campus.chat_message
    WHERE job_id = pg_temp.id(302) AND role = 'user'),
    'Why does one use views?', 'it is kept with the question');
SELECT unalike(pg_temp.said(), '%one use%', 'and not shown');

-- How they read
SELECT is(campus.follow_up(b, q), want, coalesce(want, 'alone: ' || q))
FROM (VALUES (NULL, 'why?', NULL), ('', 'why?', NULL), ('What is a view?',
        'What is a join?', NULL),
    ('What is a view?', 'Why  use' || chr(10) || 'it?',
        'What is a view? Why use it?'),
    ('views', 'why?', 'views. why?'),
    ('What is a view?', 'Explain more', 'What is a view?'),
    ('What is a view?', 'Can you explain that in simpler words, please?',
        'What is a view?'),
    ('What is a view?', 'I still don’t understand it', 'What is a view?'),
    ('What is a view?', 'explain the second point', 'What is a view?'),
    ('What is a view?', 'Give me an example',
        'What is a view? an example'),
    ('What is a view?', 'And a materialized view?',
        'What is a materialized view?'),
    ('What are views?', 'what about triggers', 'What are triggers?'),
    ('What is a view?', 'What about it?', 'What is a view? What about it?'),
    ('What is a view?', 'And in SQLite?', 'What is a view? And in SQLite?'),
    ('How do I make a view?', 'And a trigger?',
        'How do I make a view? And a trigger?'),
    ('What is a view? Is it fast?', 'why?', 'What is a view? Is it fast? why?'),
    ('What is a view? Is it fast? why?', 'Can I index one?',
        'What is a view? why? Can I index one?'),
    (repeat('x', 5000), 'why?', repeat('x', 1000) || '. why?'))
    v(b, q, want);

-- Which stand alone
SELECT is(campus.leans(q), false, 'alone: ' || q) FROM unnest(ARRAY[
    'how do I create an index?', 'Why use a foreign key?', 'What is a join?',
    'How do joins work?', 'Explain joins', 'What is CASE?',
    'How does CASE work?', 'What is IN?', 'EXPLAIN', 'WITH RECURSIVE',
    'Is it possible to change a column type?', 'for loops', 'in operator',
    'Why is it important to normalise tables?', 'With clause syntax',
    'Is it better to use a CTE or a subquery?', 'foreign keys',
    'How long does it take to build an index?', 'median?',
    'What is it called when a true null hypothesis is rejected?',
    'What is a closure and why is it useful?', 'Does a table keep its order?',
    'If a transaction fails, is it rolled back?', 'What is the mean?',
    'How do I create an index and drop it?', 'What does mean mean?',
    'Why do indexes slow down writes when they grow?', 'What does ACID mean?',
    'How do I find a query that returns too many rows?', 'What is the mode?',
    'Does NULL mean that the value is unknown?', 'What is this course about?',
    'What is covered in this module?', 'What is `this`?', 'What is 404?',
    'What is ''this'' in JavaScript?', 'One-to-many relationship',
    'What is a view and how do I create one?', 'How do I add one column?',
    'Which one is faster, a join or a subquery?', 'What is 2+2?', 'hello',
    'hi', 'thanks', 'ok', 'Who are you?', 'What can you do?',
    'difference between mean and median', 'Give me an example of a closure',
    'What is the difference between a view and a table?', 'Use of EXPLAIN?',
    'What are the advantages of an index?', 'So what is a primary key?',
    'Show me how to write a subquery', 'And what is a foreign key?',
    'In a normal distribution, how much of the data lies within two sigma?',
    'Why does fetch not reject its promise when the server sends a 404?',
    'How should a site keep the passwords of its users?',
    'What makes a recursive function stop calling itself?',
    'Up to which whole number is arithmetic exact?', 'Is NULL equal to NULL?',
    'After five heads in a row, is the coin due for tails?',
    'Which kind of average suits growth rates?', 'Who invented SQL?',
    'What if two transactions update the same row at the same time?',
    'What should I use instead of floats for money?', 'What is a sample?',
    'Can I put an index on an expression?', 'What is a type I error?',
    'What happens if a base case is missing?', 'What is the point of a key?',
    'How do I know whether my query uses an index?', 'Not null constraint',
    'Ok, what is a deadlock?', 'Thanks! What is a closure?',
    'before and after triggers', 'What is such a thing as a p-value?',
    'Is there a limit on the size of a table?', 'list all join types',
    'Is a view the same as a table?', 'Tell me more about transactions',
    'Was ist ein Index?', 'How do I use EXPLAIN?', 'What is in chapter one?',
    '1+1', '???', '', 'What is this.state?', 'What does the this keyword do?',
    'How does this keyword work in JavaScript?', 'What is the third quartile?',
    'How do these two joins differ: left and right?', 'Is variance positive?',
    'What else can be indexed besides columns?', 'the meaning of life',
    'If two sessions update a row, which one wins?',
    'Then what is a savepoint?', 'Does it hurt to have many indexes?',
    'Which is faster, EXISTS or IN?',
    'Is it a problem if a table has no key?', 'Can a key be negative?',
    'How do I know if a table exists?', 'What comes after a SELECT?',
    'How do I write a query that counts them: all students of a course, also '
        'those without a mark, and the teacher?']) q;

-- Which lean
SELECT is(campus.leans(q), true, 'leans: ' || q) FROM unnest(ARRAY['why?',
    'Why', 'how?', 'How so?', 'why not?', 'WHY?', 'How does it work?',
    'HOW DOES IT WORK?', 'Explain that', 'explain more', 'Explain it again',
    'Explain this in simpler terms', 'Can you elaborate?', 'clarify',
    'could you explain that please', 'tell me more', 'Tell me more about it',
    'more details please', 'go on', 'continue', 'Give me an example',
    'another example', 'Any other examples?', 'And another one?',
    'What about foreign keys?', 'and what about deletes?', 'in JavaScript?',
    'How about strings?', 'And foreign keys?', 'and for strings?',
    'with two tables?', 'without an index?', 'Or a subquery?', 'but why?',
    'But is that safe?', 'So it is always unique?', 'what if it fails?',
    'What if the table is empty?', 'What is the difference?',
    'What are the advantages?', 'what is the syntax?', 'Which is better?',
    'Which is faster?', 'Which one should I use?', 'When should I use it?',
    'when would I use one?', 'Can it be null?', 'Can they be null?',
    'Does it need an index?', 'Does PostgreSQL support it?', 'Why is that?',
    'Why is that a problem?', 'What does that mean?', 'what do you mean?',
    'How do I create one?', 'How do I fix that?', 'How can I avoid this?',
    'What happens then?', 'then what?', 'what else?', 'Are there others?',
    'Is there a better way?', 'Explain step 2', 'explain the second point',
    'the latter?', 'Can you give me an example of that?', 'Can you rephrase?',
    'Can you show me the code?', 'in other words?', 'Say that again',
    'You said it is slow, why?', 'Is your first example right?',
    'Do views have that too?', 'What should I use instead?',
    'How do these differ?', 'What are those?', 'Who invented it and when?',
    'yes please', 'yes, go on', 'ok, and why?', 'Thanks. And why is that?',
    'Is that true for all types?', 'How many?', 'such as?', 'Is one enough?',
    'What are its advantages?', 'How does it differ from a hash index?',
    'What is it used for?', 'Does this also work with views?',
    'does it have to be unique?', 'Can a table have two of them?',
    'In that case, what is the cost?', 'I still don’t understand that',
    'What happens when it is full?', 'and in a left join?',
    'only for numbers?', 'what did you mean by normalise?',
    'how is that possible?', 'what is the difference between the two?',
    'And how do I undo it?', 'what if someone else changes it?', 'which ones?',
    'Explain like I''m five', 'OK and how?', 'do I have to?', 'are you sure?',
    'Does the same apply to views?', 'keep going', 'Is there a limit?',
    'Since when?', 'the other way round?', 'compare both', 'I am confused',
    'isn''t that slow?', 'Could you go into more detail?', 'Tell me why',
    'What does this mean for my query?', 'for how long?']) q;

-- A learner is forgotten
INSERT INTO campus.chat_session (user_id, course_id, topic_id)
VALUES (pg_temp.id(51), pg_temp.id(1), pg_temp.id(11));
SELECT count(campus.take_rate('user:' || pg_temp.id(n), 8))
FROM generate_series(50, 51) n
\g /dev/null
CREATE TEMP TABLE stored AS
    SELECT 1 + (SELECT count(*) FROM campus.chat_message)
        + (SELECT count(*) FROM campus.typed_question) + 1 AS total;
SELECT is(campus.forget(pg_temp.id(50)), (SELECT total FROM stored),
    'all rows of a learner go');
SELECT is((SELECT array_agg(key) FROM campus.request_rate),
    ARRAY['user:' || pg_temp.id(51)], 'with the count of requests');
SELECT is(campus.forget(pg_temp.id(50)), 0::bigint, 'once');
SELECT results_eq('SELECT user_id FROM campus.chat_session',
    'SELECT pg_temp.id(51)', 'and no other''s');
SELECT is(pg_temp.finish(305), 'COMPLETED',
    'what was under way completes');
SELECT is_empty('SELECT FROM campus.chat_message', 'and brings nothing back');
SELECT is_empty('SELECT FROM campus.typed_question', 'at all');

SELECT * FROM finish();
ROLLBACK;
