-- Who may call what. See queue/functions.

REVOKE ALL ON SCHEMA llm FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA llm FROM PUBLIC;

SELECT coatcheck.allow('coatcheck_web', 'llm', ARRAY[
    'metrics()',
    'providers()']);
SELECT coatcheck.allow('coatcheck_worker', 'llm', ARRAY[
    'admit(jsonb,jsonb)',
    'report(jsonb)']);
SELECT coatcheck.allow('coatcheck_admin', 'llm', ARRAY[
    'spend(date,date)',
    'budget(date)',
    'providers()']);
