-- Vectors are made when nobody waits for anything else.

SELECT coatcheck.register_type('EMBED_CHUNKS', 3, NULL, 'campus.end_embedding');

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA campus FROM PUBLIC;

SELECT coatcheck.allow('coatcheck_worker', 'campus', ARRAY[
    'chunks_to_embed(jsonb,text)',
    'course_passages_near(uuid,text,integer,text,real[],real)']);
SELECT coatcheck.allow('coatcheck_admin', 'campus', ARRAY[
    'embed_missing(uuid,text,integer)']);
