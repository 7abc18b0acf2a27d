-- What a page shows of the courses.
BEGIN;
\ir helpers.psql
SELECT plan(7);

DELETE FROM campus.course;
SELECT is(campus.catalog()::text, '{"courses" : []}', 'no course yet');

INSERT INTO campus.course (course_id, slug, name) VALUES
    (pg_temp.id(1), 'z', 'Zoology'), (pg_temp.id(2), 'a', 'Art');
SELECT is(campus.catalog()::jsonb, jsonb_build_object('courses',
    jsonb_build_array(
        jsonb_build_object('courseId', pg_temp.id(2), 'slug', 'a',
            'name', 'Art', 'topics', '{}'::text[], 'suggestions', '{}'::text[]),
        jsonb_build_object('courseId', pg_temp.id(1), 'slug', 'z',
            'name', 'Zoology', 'topics', '{}'::text[],
            'suggestions', '{}'::text[]))),
    'courses by name, with empty lists');

INSERT INTO campus.topic (topic_id, course_id, module_no, position, title)
VALUES (pg_temp.id(11), pg_temp.id(1), 2, 3, 'Birds'),
    (pg_temp.id(12), pg_temp.id(1), 1, 2, 'Fish'),
    (pg_temp.id(13), pg_temp.id(1), 1, 2, 'Eels');
CREATE FUNCTION pg_temp.zoo(list text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT campus.catalog()::jsonb #> ARRAY['courses', '1', list]
$$;
SELECT is(pg_temp.zoo('topics') -> 2, jsonb_build_object(
    'topicId', pg_temp.id(11), 'title', 'Birds', 'moduleNo', 2),
    'a topic');
SELECT is(jsonb_path_query_array(pg_temp.zoo('topics'), '$[*].title'),
    '["Eels", "Fish", "Birds"]', 'topics by position, then title');

INSERT INTO campus.suggestion (suggestion_id, course_id, topic_id,
    parent_suggestion_id, prompt_text, display_order, is_active)
VALUES (pg_temp.id(21), pg_temp.id(1), pg_temp.id(11), NULL, 'Why fly?', 2, true),
    (pg_temp.id(22), pg_temp.id(1), NULL, NULL, 'Why zoos?', 1, true),
    (pg_temp.id(23), pg_temp.id(1), NULL, pg_temp.id(22), 'Why not?', 0, true),
    (pg_temp.id(24), pg_temp.id(1), NULL, NULL, 'Old', 0, false);
SELECT is(pg_temp.zoo('suggestions'), jsonb_build_array(
    jsonb_build_object('id', pg_temp.id(22), 'promptText', 'Why zoos?'),
    jsonb_build_object('id', pg_temp.id(21), 'promptText', 'Why fly?',
        'topicId', pg_temp.id(11))),
    'suggestions that are active and follow none, in their order');
SELECT is(campus.catalog()::jsonb #> '{courses,0,suggestions}', '[]',
    'each with its own course');
SELECT is(pg_temp.as_role('coatcheck_admin', 'SELECT campus.catalog()'), 'ok',
    'as the role of the command line');

SELECT * FROM finish();
ROLLBACK;
