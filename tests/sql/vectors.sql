-- Vectors of passages: which are missing, how they are stored, what is near.
BEGIN;
\ir helpers.psql
SELECT plan(24);

INSERT INTO campus.course (course_id, slug, name)
SELECT pg_temp.id(n), 'course-' || n, 'Course ' || n
FROM generate_series(1, 2) n;
SELECT campus.ingest_document(pg_temp.id(n), 'a.md', 'A', NULL, NULL,
    '[{"title":"A › North","content":"Ice and bears."},
      {"title":"A › East","content":"Tea and silk."},
      {"title":"A › South","content":"Sand and camels."}]')
FROM generate_series(1, 2) n
\g /dev/null
CREATE TEMP VIEW chunks AS
    SELECT course_id, chunk_id, split_part(title, ' › ', 2) AS place
    FROM campus.chunk;
CREATE TEMP VIEW waiting AS
    SELECT j.job_id, j.payload FROM coatcheck.ready JOIN coatcheck.job j
        USING (job_id) ORDER BY seq;

-- What is missing
SELECT is(campus.embed_missing(pg_temp.id(1), 'm1', 2), 3::bigint,
    'all passages of a new course');
SELECT is((SELECT array_agg(jsonb_array_length(payload -> 'chunkIds')
    ORDER BY payload ->> 'chunkIds') FROM waiting), '{2,1}',
    'in jobs of a batch');
SELECT is((SELECT count(*) FROM waiting WHERE payload ->> 'courseId'
    <> pg_temp.id(1)::text OR payload ->> 'model' <> 'm1'), 0::bigint,
    'that say of which course and for which model');
CREATE TEMP TABLE job AS SELECT * FROM waiting
    WHERE jsonb_array_length(payload -> 'chunkIds') = 2;
SELECT is(campus.chunks_to_embed(payload -> 'chunkIds', 'm1')
    -> 'chunks' -> 0 ->> 'text', E'A › North\nIce and bears.',
    'a passage is sent with its title') FROM job;
SELECT is(campus.chunks_to_embed(payload -> 'chunkIds', 'm1') ->> 'tenant',
    'default', 'at the cost of the tenant of its course') FROM job;

-- How they are stored
SELECT campus.end_embedding(job_id, 'COMPLETED', NULL, NULL, payload,
    jsonb_build_object('vectors', (SELECT jsonb_agg(jsonb_build_object(
        'chunkId', chunk_id, 'vector', CASE place WHEN 'North' THEN '{0,1}'
        ELSE '{1,0}' END)) FROM chunks WHERE course_id = pg_temp.id(1)
        AND place <> 'South') || '{"chunkId":9999999,"vector":"{1,0}"}'))
FROM job
\g /dev/null
SELECT results_eq($$SELECT place, v.model, dimensions, vector
    FROM campus.chunk_vector v JOIN chunks USING (chunk_id) ORDER BY 1$$,
    $$VALUES ('East', 'm1', 2, '{1,0}'::real[]), ('North', 'm1', 2, '{0,1}')$$,
    'each with its model; a passage that is gone is passed over');
SELECT is(campus.chunks_to_embed(payload -> 'chunkIds', 'm1') -> 'chunks', '[]',
    'a second job of the same finds nothing left') FROM job;
SELECT is(campus.embed_missing(pg_temp.id(1), 'm1', 2), 1::bigint,
    'what is left');
SELECT is(campus.embed_missing(NULL, 'm1', 100), 4::bigint, 'of all courses');
SELECT is(campus.embed_missing(pg_temp.id(1), 'm2', 100), 3::bigint,
    'another model begins anew');
SELECT campus.end_embedding(job_id, 'COMPLETED', NULL, NULL,
    payload || '{"model":"m2"}', jsonb_build_object('vectors', (SELECT
        jsonb_agg(jsonb_build_object('chunkId', chunk_id, 'vector',
            '{0.6,0.8,0}')) FROM chunks
        WHERE course_id = pg_temp.id(1) AND place = 'North')))
FROM job
\g /dev/null
SELECT results_eq($$SELECT place, v.model, dimensions
    FROM campus.chunk_vector v JOIN chunks USING (chunk_id) ORDER BY 1$$,
    $$VALUES ('East', 'm1', 2), ('North', 'm2', 3)$$,
    'and takes the place of the first');
SELECT throws_ok(format($$INSERT INTO campus.chunk_vector SELECT chunk_id,
    course_id, 'm', 3, '{1,0}' FROM chunks WHERE place = 'South' LIMIT 1$$),
    '23514', NULL, 'the dimensions are those of the vector');

-- What is near
DELETE FROM campus.chunk_vector;
INSERT INTO campus.chunk_vector SELECT chunk_id, course_id, 'm', 2,
    CASE place WHEN 'North' THEN '{0,1}' WHEN 'East' THEN '{1,0}'
    ELSE '{0,-1}' END::real[] FROM chunks;
CREATE FUNCTION pg_temp.near(v real[], most integer DEFAULT 9,
    floor_ real DEFAULT 0.1, model text DEFAULT 'm') RETURNS text
LANGUAGE sql AS $$
    SELECT string_agg(c.place || ' ' || round(n.cosine::numeric, 2), ', '
        ORDER BY n.nth)
    FROM campus.nearest_chunks(pg_temp.id(1), model, v, most, floor_) f,
        unnest(f.ids, f.cosines) WITH ORDINALITY n(chunk_id, cosine, nth)
    JOIN chunks c USING (chunk_id)
$$;
SELECT is(pg_temp.near('{0.6,0.8}'), 'North 0.80, East 0.60',
    'best first, of this course only');
SELECT is(pg_temp.near('{0.6,0.8}', 1), 'North 0.80', 'so many');
SELECT is(pg_temp.near('{0.6,0.8}', 9, 0.7), 'North 0.80', 'near enough');
SELECT is(pg_temp.near('{-1,0}'), NULL, 'nothing is near');
SELECT is(pg_temp.near('{1,0,0}'), NULL, 'vectors of other dimensions');
SELECT is(pg_temp.near('{1,0}', model => 'x'), NULL, 'and of another model');

-- With what stands in for pgvector: its type, its cast and its operator.
CREATE DOMAIN public.vector AS real[];
CREATE FUNCTION public.t_distance(public.vector, public.vector)
RETURNS double precision LANGUAGE sql AS
    $$SELECT 1 - sum(a * b)::double precision
        FROM unnest($1::real[], $2::real[]) u(a, b)$$;
SELECT is(campus.pgvector_schema(), NULL, 'a type alone is not pgvector');
CREATE OPERATOR public.<=> (LEFTARG = public.vector, RIGHTARG = public.vector,
    FUNCTION = public.t_distance);
SELECT is(campus.pgvector_schema(), 'public', 'with its operator it is');
SELECT is(pg_temp.near('{0.6,0.8}'), 'North 0.80, East 0.60',
    'it gives the same');

-- What it is for
SELECT ok(campus.course_passages_near(pg_temp.id(1), 'Where do polar animals '
    'live?', 1, 'm', '{0,1}', 0.5) -> 'passages' -> 0 ->> 'title' LIKE '%North',
    'a passage without a word of the question is found');

-- Somebody else's type would run somebody else's code with our rights.
CREATE ROLE t_stranger;
ALTER DOMAIN public.vector OWNER TO t_stranger;
SELECT is(campus.pgvector_schema(), NULL, 'the type of a stranger is not it');
ALTER DOMAIN public.vector OWNER TO CURRENT_USER;
ALTER OPERATOR public.<=> (public.vector, public.vector) OWNER TO t_stranger;
SELECT is(campus.pgvector_schema(), NULL, 'nor is the operator of one');

SELECT * FROM finish();
ROLLBACK;
