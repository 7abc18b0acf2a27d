-- What `coatcheck ingest` calls, a document a call.

-- The course of a slug. A name creates it if it is missing; without a name a
-- missing course is NULL.
CREATE OR REPLACE FUNCTION campus.ingest_course(p_slug text, p_name text)
RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    id uuid;
BEGIN
    IF p_name IS NOT NULL THEN
        INSERT INTO campus.course (course_id, slug, name)
        VALUES (gen_random_uuid(), p_slug, p_name)
        ON CONFLICT (slug) DO NOTHING;
    END IF;
    SELECT course_id INTO id FROM campus.course WHERE slug = p_slug;
    RETURN id;
END $$;

-- Stores one document, in place of what was there under its path.
--   p_topic   NULL, or {"topicId","title","module","position"}: the topic is
--             made or renamed, and the document belongs to it
--   p_chunks  [{"title","content"}, …] in order
-- Returns the number of chunks.
CREATE OR REPLACE FUNCTION campus.ingest_document(
    p_course uuid, p_path text, p_title text, p_url text, p_topic jsonb,
    p_chunks jsonb)
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    doc   uuid;
    topic uuid := p_topic ->> 'topicId';
    n     integer;
BEGIN
    IF topic IS NOT NULL THEN
        INSERT INTO campus.topic AS t (topic_id, course_id, module_no,
            position, title)
        VALUES (topic, p_course, coalesce((p_topic ->> 'module')::integer, 1),
            coalesce((p_topic ->> 'position')::integer, 1),
            p_topic ->> 'title')
        ON CONFLICT (topic_id) DO UPDATE SET module_no = excluded.module_no,
            position = excluded.position, title = excluded.title
        WHERE t.course_id = p_course;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'topic % belongs to another course', topic
                USING ERRCODE = 'invalid_parameter_value',
                HINT = 'Give the document a topic id of its own.';
        END IF;
    END IF;
    INSERT INTO campus.document AS d (course_id, topic_id, path, title, url)
    VALUES (p_course, topic, p_path, p_title, p_url)
    ON CONFLICT (course_id, path) DO UPDATE SET topic_id = excluded.topic_id,
        title = excluded.title, url = excluded.url
    RETURNING d.document_id INTO doc;
    DELETE FROM campus.chunk WHERE document_id = doc;
    INSERT INTO campus.chunk (document_id, course_id, position, title, content)
    SELECT doc, p_course, c.n, c.chunk ->> 'title', c.chunk ->> 'content'
    FROM jsonb_array_elements(p_chunks) WITH ORDINALITY c(chunk, n);
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- Ends a run: drops the documents of the course that are not in p_paths (NULL
-- keeps all), and counts the words of the course anew. A course
-- without any topic gets one of its own name, so that it can be asked about.
-- Returns the documents dropped.
CREATE OR REPLACE FUNCTION campus.ingest_finish(p_course uuid, p_paths text[])
RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n integer := 0;
BEGIN
    IF p_paths IS NOT NULL THEN
        DELETE FROM campus.document
        WHERE course_id = p_course AND path <> ALL (p_paths);
        GET DIAGNOSTICS n = ROW_COUNT;
    END IF;
    DELETE FROM campus.course_word WHERE course_id = p_course;
    INSERT INTO campus.course_word (course_id, word, chunks)
    SELECT p_course, w.word, w.ndoc
    FROM ts_stat(format('SELECT words FROM campus.chunk WHERE course_id = %L',
        p_course)) w;
    DELETE FROM campus.course_spelling WHERE course_id = p_course;
    INSERT INTO campus.course_spelling (course_id, spelling, chunks)
    SELECT p_course, w.word, w.ndoc
    FROM ts_stat(format('SELECT to_tsvector(''pg_catalog.simple'', title || '
        ''' '' || content) FROM campus.chunk WHERE course_id = %L', p_course)) w
    WHERE w.word ~ '^[[:alpha:]]{4,40}$';
    UPDATE campus.course SET chunks = (SELECT count(*) FROM campus.chunk k
        WHERE k.course_id = p_course)
    WHERE course_id = p_course;
    INSERT INTO campus.topic (topic_id, course_id, title)
    SELECT gen_random_uuid(), course_id, name FROM campus.course c
    WHERE course_id = p_course AND NOT EXISTS (
        SELECT FROM campus.topic t WHERE t.course_id = c.course_id);
    RETURN n;
END $$;
