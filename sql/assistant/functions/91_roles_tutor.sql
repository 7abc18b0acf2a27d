-- The job type of the tutors' assistant, and who may call what.

SELECT coatcheck.register_type('TUTOR_COPILOT', 1, NULL,
    'campus.end_tutor_question');

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA campus FROM PUBLIC;

SELECT coatcheck.allow('coatcheck_web', 'campus', ARRAY[
    'ask_tutor(uuid,uuid,text,text,text,text,jsonb,integer)']);
SELECT coatcheck.allow('coatcheck_worker', 'campus', ARRAY[
    'tutor_context(uuid,uuid,uuid,text,jsonb)',
    'tutor_lookup(uuid,uuid,uuid,text,jsonb)',
    'tutor_lookups()',
    'tutor_answer(uuid,uuid,uuid,text,jsonb)']);
