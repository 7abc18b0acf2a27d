-- The assistant's job types, and who may call what. See queue/functions.

SELECT coatcheck.register_type('AI_QUERY', 1, NULL,
    'campus.end_course_question');
SELECT coatcheck.register_type('LANDING_QUERY', 2);

REVOKE ALL ON SCHEMA campus FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA campus FROM PUBLIC;

SELECT coatcheck.allow('coatcheck_web', 'campus', ARRAY[
    'ask_course(uuid,uuid,text,uuid,text,uuid,integer)',
    'ask_landing(uuid,text,integer)']);
SELECT coatcheck.allow('coatcheck_worker', 'campus', ARRAY[
    'course_passages(uuid,text,integer)',
    'landing_passages(text,integer)']);
SELECT coatcheck.allow('coatcheck_admin', 'campus', ARRAY[
    'ingest_course(text,text)',
    'ingest_document(uuid,text,text,text,jsonb,jsonb)',
    'ingest_finish(uuid,text[])',
    'catalog()']);
