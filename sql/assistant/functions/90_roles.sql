-- The assistant's job types, and who may call what. See queue/functions.

SELECT coatcheck.register_type('AI_QUERY', 1, NULL,
    'campus.end_course_question');
SELECT coatcheck.register_type('LANDING_QUERY', 2, NULL, 'campus.end_usage');
SELECT coatcheck.register_type('PERSONA_CLASSIFY', 1, NULL,
    'campus.end_persona');
SELECT coatcheck.register_type('TUTOR_COPILOT', 1, NULL,
    'campus.end_usage');
-- When nobody waits for anything else.
SELECT coatcheck.register_type('CHAT_SUMMARY', 3, NULL, 'campus.end_summary');
SELECT coatcheck.register_type('EMBED_CHUNKS', 3, NULL, 'campus.end_embedding');

REVOKE ALL ON SCHEMA campus FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA campus FROM PUBLIC;

SELECT coatcheck.allow('coatcheck_web', 'campus', ARRAY[
    'ask_course(uuid,uuid,text,uuid,text,uuid,integer,integer,integer)',
    'ask_landing(uuid,text,integer)',
    'ask_persona(uuid,uuid,text,jsonb,integer)',
    'ask_tutor(uuid,uuid,text,text,text,text,jsonb,integer)',
    'session_view(uuid,text,uuid)',
    'course_prompts(text,uuid,uuid)',
    'persona_status(uuid,text)']);
SELECT coatcheck.allow('coatcheck_worker', 'campus', ARRAY[
    'course_context(uuid,uuid,uuid,uuid,text,integer)',
    'summary_context(uuid,uuid)',
    'course_passages(uuid,text,integer,bigint[],real[])',
    'course_passages_near(uuid,text,integer,text,real[],real)',
    'chunks_to_embed(jsonb,text)',
    'landing_passages(text,integer)',
    'tutor_context(uuid,uuid,uuid,text,jsonb)',
    'tutor_lookup(uuid,uuid,uuid,text,jsonb)',
    'tutor_lookups()',
    'tutor_answer(uuid,uuid,uuid,text,jsonb)']);
SELECT coatcheck.allow('coatcheck_admin', 'campus', ARRAY[
    'ingest_course(text,text)',
    'ingest_document(uuid,text,text,text,jsonb,jsonb)',
    'ingest_finish(uuid,text[])',
    'embed_missing(uuid,text,integer)',
    'catalog()',
    'forget(uuid)']);
