-- Passages by the meaning of their words, as a model for embeddings sees it.

-- Queues EMBED_CHUNKS jobs for the passages that have no vector of p_model yet:
-- of one course, or of all if p_course is NULL. Asked twice, the second time's
-- jobs find little left to do. Returns the number of passages.
--   p_batch  passages a job, which sends them in one request
CREATE OR REPLACE FUNCTION campus.embed_missing(
    p_course uuid, p_model text, p_batch integer)
RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n bigint;
BEGIN
    WITH missing AS (
        SELECT c.course_id, c.chunk_id, (row_number() OVER (
            PARTITION BY c.course_id ORDER BY c.chunk_id) - 1) / p_batch AS nth
        FROM campus.chunk c
        LEFT JOIN campus.chunk_vector v
            ON v.chunk_id = c.chunk_id AND v.model = p_model
        WHERE v.chunk_id IS NULL AND (p_course IS NULL OR c.course_id = p_course)
    ), job AS (
        SELECT count(*) AS chunks, coatcheck.enqueue('EMBED_CHUNKS',
            jsonb_build_object('courseId', course_id, 'model', p_model,
                'chunkIds', jsonb_agg(chunk_id ORDER BY chunk_id)),
            notify => false) AS job_id
        FROM missing GROUP BY course_id, nth
    )
    SELECT coalesce(sum(chunks), 0) INTO n FROM job WHERE job_id IS NOT NULL;
    NOTIFY job_ready;
    RETURN n;
END $$;

-- What a job is to send: {"tenant", "chunks": [{"chunkId", "text"}, …]}, of the
-- passages that are there still and have no vector of the model.
CREATE OR REPLACE FUNCTION campus.chunks_to_embed(
    p_chunks jsonb, p_model text)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT jsonb_build_object('tenant', min(t.tenant), 'chunks', coalesce(
        jsonb_agg(jsonb_build_object('chunkId', c.chunk_id,
            'text', c.title || E'\n' || c.content) ORDER BY c.chunk_id), '[]'))
    FROM jsonb_array_elements_text(p_chunks) p(chunk_id)
    JOIN campus.chunk c ON c.chunk_id = p.chunk_id::bigint
    JOIN campus.course t USING (course_id)
    WHERE NOT EXISTS (SELECT FROM campus.chunk_vector v
        WHERE v.chunk_id = c.chunk_id AND v.model = p_model)
$$;

-- The end hook of EMBED_CHUNKS. effects is {"vectors": [{"chunkId", "vector":
-- "{0.1,…}"}, …], "usage"}. A passage that was replaced meanwhile, or is about
-- to be, is passed over: an ingest is not waited for.
CREATE OR REPLACE FUNCTION campus.end_embedding(
    job uuid, status text, user_id uuid, session uuid, payload jsonb,
    effects jsonb)
RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM llm.record(job, effects -> 'usage');
    IF status <> 'COMPLETED' THEN
        RETURN;
    END IF;
    INSERT INTO campus.chunk_vector AS old (chunk_id, course_id, model,
        dimensions, vector)
    SELECT c.chunk_id, c.course_id, payload ->> 'model',
        cardinality(v.vector), v.vector
    FROM (SELECT (e ->> 'chunkId')::bigint AS chunk_id,
            (e ->> 'vector')::real[] AS vector
        FROM jsonb_array_elements(effects -> 'vectors') e) v
    JOIN campus.chunk c USING (chunk_id)
    ORDER BY c.chunk_id
    FOR KEY SHARE OF c SKIP LOCKED
    ON CONFLICT (chunk_id) DO UPDATE SET model = excluded.model,
        dimensions = excluded.dimensions, vector = excluded.vector;
END $$;

-- The schema of pgvector's type and operators; NULL without it. Those of
-- anybody who could not do what is done here by himself are not taken for it,
-- since they would run with our rights.
CREATE OR REPLACE FUNCTION campus.pgvector_schema() RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT quote_ident(n.nspname)
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    JOIN pg_operator o ON o.oprname = '<=>' AND o.oprleft = t.oid
        AND o.oprright = t.oid AND o.oprnamespace = n.oid
    JOIN pg_roles r ON r.oid = t.typowner
    JOIN pg_roles s ON s.oid = o.oprowner
    WHERE t.typname = 'vector'
      AND (r.rolsuper OR r.rolname = current_user)
      AND (s.rolsuper OR s.rolname = current_user)
    LIMIT 1
$$;

-- The p_limit passages of a course nearest to p_vector, which has length one,
-- and how near: best first, no cosine below p_least. Exact: each passage of the
-- course is compared, by pgvector if it is there, and else at about 80 ns a
-- number (1,000 passages of 512 numbers in 40 ms). NULLs when none is near.
CREATE OR REPLACE FUNCTION campus.nearest_chunks(p_course uuid, p_model text,
    p_vector real[], p_limit integer, p_least real)
RETURNS TABLE (ids bigint[], cosines real[])
LANGUAGE plpgsql STABLE
SET jit = off AS $$
DECLARE
    pgvector text := campus.pgvector_schema();
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT array_agg(chunk_id ORDER BY cosine DESC, chunk_id),
            array_agg(cosine ORDER BY cosine DESC, chunk_id)
        FROM (SELECT chunk_id, (%s)::real AS cosine FROM campus.chunk_vector
            WHERE course_id = $1 AND model = $2
              AND dimensions = cardinality($3)
            ORDER BY cosine DESC, chunk_id LIMIT $4) near
        WHERE cosine >= $5', CASE WHEN pgvector IS NULL
            THEN '(SELECT sum(a * b) FROM unnest(vector, $3) u(a, b))'
            ELSE format('1 - (vector::%1$s.vector OPERATOR(%1$s.<=>) '
                '$3::%1$s.vector)', pgvector) END)
    USING p_course, p_model, p_vector, p_limit, p_least;
END $$;

-- campus.course_passages() with the passages nearest to a vector of the
-- question.
CREATE OR REPLACE FUNCTION campus.course_passages_near(
    p_course uuid, p_question text, p_limit integer, p_model text,
    p_vector real[], p_least real)
RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT campus.course_passages(p_course, p_question, p_limit, ids, cosines)
    FROM campus.nearest_chunks(p_course, p_model, p_vector, 50, p_least)
$$;
