-- Storing what answers are taken from.
BEGIN;
\ir helpers.psql
SELECT plan(26);

SELECT is(campus.ingest_course('t-new', NULL), NULL,
    'without a name a missing course stays missing');
CREATE TEMP TABLE c AS SELECT campus.ingest_course('t-new', 'T New') AS id;
SELECT isnt(id, NULL, 'with one it is made') FROM c;
SELECT is(campus.ingest_course('t-new', NULL), id, 'and found') FROM c;
SELECT is(campus.ingest_course('t-new', 'T Newer'), id, 'and not made again')
FROM c;
SELECT is((SELECT name FROM campus.course WHERE slug = 't-new'), 'T New',
    'nor renamed');
SELECT throws_ok(format('SELECT campus.ingest_course(%L, %L)', slug, name),
    state, NULL, format('refused: %s, %s', slug, name))
FROM (VALUES ('T New', 'X', '23514'), ('a--b', 'X', '23514'),
    ('t-newest', 't NEW', '23505')) v(slug, name, state);

CREATE FUNCTION pg_temp.doc(path text, chunks jsonb, topic jsonb DEFAULT NULL)
RETURNS integer LANGUAGE sql AS $$
    SELECT campus.ingest_document(id, path, 'Doc ' || path,
    'https://x/' || path,
        topic, chunks) FROM c
$$;
SELECT is(pg_temp.doc('a.md', '[{"title": "Doc › One", "content": "apple tree"},
    {"title": "Doc › Two", "content": "apple pie"}]',
    jsonb_build_object('topicId', pg_temp.id(1), 'title', 'First',
        'module', 2, 'position', 3)), 2, 'a document of two chunks');
SELECT results_eq('SELECT position, title, content FROM campus.chunk
        JOIN c ON course_id = c.id ORDER BY position',
    $$VALUES (1, 'Doc › One', 'apple tree'), (2, 'Doc › Two', 'apple pie')$$,
    'in their order, under the id of the course');
SELECT row_eq('SELECT module_no, position, title FROM campus.topic
    WHERE topic_id = pg_temp.id(1)', ROW(2, 3, 'First'::text),
    'its topic is made');
SELECT is(pg_temp.doc('a.md', '[{"title": "Doc", "content": "pear tree"}]',
    jsonb_build_object('topicId', pg_temp.id(1), 'title', 'Renamed')), 1,
    'the same path again');
SELECT results_eq('SELECT content FROM campus.chunk JOIN c ON course_id = c.id',
    ARRAY['pear tree'], 'takes the place of what was there');
SELECT is((SELECT count(*) FROM campus.document JOIN c ON course_id = c.id),
    1::bigint, 'as the same document');
SELECT is((SELECT title FROM campus.topic WHERE topic_id = pg_temp.id(1)),
    'Renamed', 'and renames its topic');
CREATE TEMP TABLE d AS SELECT campus.ingest_course('t-else', 'T Else') AS id;
SELECT throws_ok(format($$SELECT campus.ingest_document(%L, 'b.md', 'B', NULL,
        jsonb_build_object('topicId', pg_temp.id(1), 'title', 'Taken'), '[]')$$,
    id), '22023', NULL, 'a topic of another course is refused') FROM d;
SELECT is((SELECT title FROM campus.topic WHERE topic_id = pg_temp.id(1)),
    'Renamed', 'and left as it was');
SELECT is(pg_temp.doc('b.md', '[{"title": "B", "content": "pear cake"}]'), 1,
    'a document without a topic');
SELECT is(pg_temp.doc('c.md', '[]'), 0, 'a document without text');

SELECT is(campus.ingest_finish(id, NULL), 0, 'a run that drops nothing') FROM c;
SELECT results_eq($$SELECT word, chunks FROM campus.course_word
        JOIN c ON course_id = c.id WHERE word IN ('pear', 'cake', 'appl')
    ORDER BY 1$$, $$VALUES ('cake', 1), ('pear', 2)$$,
    'words are counted by chunk, and gone ones forgotten');
SELECT results_eq($$SELECT spelling, s.chunks, k.chunks
    FROM campus.course_spelling s JOIN c ON course_id = c.id
    JOIN campus.course k USING (course_id)
    WHERE spelling IN ('pear', 'cake', 'apple', 'apples') ORDER BY 1$$,
    $$VALUES ('cake', 1, 2), ('pear', 2, 2)$$,
    'so are spellings, and chunks');
SELECT is((SELECT count(*) FROM campus.topic JOIN c ON course_id = c.id),
    1::bigint, 'a course with a topic gets no other');
SELECT is(campus.ingest_finish(id, '{a.md}'), 2,
    'a run that keeps one path drops the others') FROM c;
SELECT is((SELECT count(*) FROM campus.chunk JOIN c ON course_id = c.id),
    1::bigint, 'with their chunks');
SELECT campus.ingest_finish(id, '{}') FROM d
\g /dev/null
SELECT results_eq('SELECT title FROM campus.topic JOIN d ON course_id = d.id',
    ARRAY['T Else'], 'a course without topics gets one of its own name');

SELECT * FROM finish();
ROLLBACK;
