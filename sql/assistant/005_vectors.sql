-- Passages as vectors, made by jobs of the queue (EMBED_CHUNKS) when an
-- embeddings endpoint is configured. Of length one each, so that a cosine is a
-- sum of products. A chunk has the vector of one model; another model's takes
-- its place.
CREATE TABLE campus.chunk_vector (
    chunk_id   bigint PRIMARY KEY REFERENCES campus.chunk ON DELETE CASCADE,
    course_id  uuid NOT NULL,
    model      text NOT NULL,
    dimensions integer NOT NULL CHECK (dimensions = cardinality(vector)),
    vector     real[] NOT NULL
);
-- Floats do not compress, and unpacking them costs more than reading them.
ALTER TABLE campus.chunk_vector ALTER COLUMN vector SET STORAGE EXTERNAL;
CREATE INDEX chunk_vector_course ON campus.chunk_vector (course_id, model,
    dimensions);
