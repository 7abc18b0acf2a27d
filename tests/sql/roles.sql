-- Who may do what: by the catalog, and by trying.
BEGIN;
\ir helpers.psql
SELECT plan(31);

CREATE TEMP TABLE may (role text, fn text);
INSERT INTO may
SELECT r, f FROM (VALUES
    ('coatcheck_web', '{coatcheck.schema_versions,coatcheck.enqueue,
        coatcheck.cancel,coatcheck.job_view,coatcheck.worker_age,
        campus.ask_course,campus.ask_landing,campus.ask_persona,
        campus.session_view,campus.course_prompts,campus.persona_status,
        campus.ask_tutor,coatcheck.metrics,llm.metrics,llm.providers}'::text[]),
    ('coatcheck_worker', '{coatcheck.schema_versions,coatcheck.claim,
        coatcheck.heartbeat,coatcheck.settle,coatcheck.release,
        coatcheck.write_event,coatcheck.sweep,coatcheck.promote,
        coatcheck.worker_start,coatcheck.worker_beat,coatcheck.worker_stop,
        campus.course_passages,campus.landing_passages,
        campus.course_context,campus.summary_context,
        campus.tutor_context,campus.tutor_lookup,campus.tutor_lookups,
        campus.tutor_answer,campus.course_passages_near,
        campus.chunks_to_embed,coatcheck.expire,llm.admit,llm.report}'),
    ('coatcheck_admin', '{coatcheck.schema_versions,coatcheck.enqueue,
        coatcheck.register_type,coatcheck.worker_age,campus.ingest_course,
        campus.ingest_document,campus.ingest_finish,campus.catalog,
        campus.embed_missing,campus.forget,coatcheck.forget,
        llm.spend,llm.budget,
        llm.providers}')) v(r, fns),
    unnest(fns) f;
CREATE TEMP VIEW ours AS
    SELECT p.oid, n.nspname || '.' || p.proname AS fn, p.proacl, p.proowner,
        p.prosecdef, p.proconfig
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('coatcheck', 'llm', 'campus');

-- The matrix
SELECT set_eq(format($$SELECT fn FROM ours
        WHERE has_function_privilege(%L, oid, 'EXECUTE')$$, role),
    format('SELECT fn FROM may WHERE role = %L', role),
    role || ' runs its functions and no other')
FROM unnest('{coatcheck_web,coatcheck_worker,coatcheck_admin}'::text[]) role;
CREATE ROLE t_nobody;
SELECT is_empty($$SELECT fn FROM ours
    WHERE has_function_privilege('t_nobody', oid, 'EXECUTE')$$,
    'PUBLIC runs nothing');
SELECT is_empty($$SELECT n.nspname FROM pg_namespace n
    WHERE n.nspname IN ('coatcheck', 'llm', 'campus')
      AND (has_schema_privilege('t_nobody', n.oid, 'USAGE')
        OR has_schema_privilege('t_nobody', n.oid, 'CREATE'))$$,
    'PUBLIC does not even see the schemas');
SELECT is_empty($$SELECT n.nspname, r FROM pg_namespace n, (SELECT DISTINCT
        role FROM may) m(r) WHERE n.nspname IN ('coatcheck', 'llm', 'campus')
    AND has_schema_privilege(r, n.oid, 'CREATE')$$,
    'no role creates anything in them');
SELECT is_empty($$SELECT c.oid::regclass, r, p FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace,
        (SELECT DISTINCT role FROM may UNION VALUES ('t_nobody')) m(r),
        unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER}'::text[]) p
    WHERE n.nspname IN ('coatcheck', 'llm', 'campus') AND c.relkind IN ('r', 'v', 'm',
    'p')
      AND (has_table_privilege(r, c.oid, p)
        OR p IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
        AND has_any_column_privilege(r, c.oid, p))$$,
    'no role has any right on a table, a view or a column');
SELECT is_empty($$SELECT c.oid::regclass, r FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace,
        (SELECT DISTINCT role FROM may UNION VALUES ('t_nobody')) m(r)
    WHERE n.nspname IN ('coatcheck', 'llm', 'campus') AND c.relkind = 'S'
      AND has_sequence_privilege(r, c.oid, 'USAGE, SELECT, UPDATE')$$,
    'nor on a sequence');
SELECT is_empty($$SELECT rolname FROM pg_roles JOIN (SELECT DISTINCT role
        FROM may) m(r) ON rolname = r
    WHERE rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication
        OR rolbypassrls$$, 'the roles have no powers of their own');

-- Functions that run as their owner
SELECT is_empty($$SELECT fn FROM ours JOIN may USING (fn)
    WHERE NOT prosecdef$$, 'what a role may run, runs as the owner');
SELECT is_empty($$SELECT fn FROM ours WHERE prosecdef
    AND fn NOT IN (SELECT fn FROM may)$$, 'and nothing else does');
SELECT is_empty($$SELECT fn, proconfig FROM ours WHERE prosecdef
    AND NOT coalesce(proconfig @> ARRAY['search_path=pg_catalog, pg_temp'],
        false)$$, 'each with its search_path pinned, pg_temp last');
SELECT is((SELECT count(DISTINCT proowner) FROM ours), 1::bigint,
    'all have one owner');
SELECT is_empty($$SELECT fn FROM may WHERE fn NOT IN (SELECT fn FROM ours)$$,
    'and each function of the matrix exists');

-- By trying
SELECT is(pg_temp.as_role('coatcheck_web', s), '42501', 'web: ' || s)
FROM unnest(ARRAY['SELECT * FROM coatcheck.job',
    'SELECT * FROM coatcheck.result',
    'SELECT * FROM coatcheck.background_jobs',
    'SELECT * FROM campus.chat_message',
    'SELECT nextval(''coatcheck.token_seq'')',
    'SELECT * FROM coatcheck.sweep()',
    'SELECT coatcheck.register_type(''A'')',
    'CREATE TABLE coatcheck.x ()']) s;
SELECT is(pg_temp.as_role('coatcheck_worker', s), '42501', 'worker: ' || s)
FROM unnest(ARRAY['SELECT * FROM coatcheck.job',
    'SELECT coatcheck.enqueue(''T_PLAIN'', ''{}'')']) s;
SELECT is(pg_temp.as_role('coatcheck_admin', s), '42501', 'admin: ' || s)
FROM unnest(ARRAY['SELECT * FROM campus.course',
    'SELECT coatcheck.new_job_id()']) s;
SELECT is(pg_temp.as_role('t_nobody', s), '42501', 'nobody: ' || s)
FROM unnest(ARRAY['SELECT coatcheck.worker_age()',
    'SELECT coatcheck.enqueue(''T_PLAIN'', ''{}'')']) s;
SELECT is(pg_temp.as_role('coatcheck_web',
    $$SELECT coatcheck.enqueue('T_PLAIN', '{}')$$), 'ok', 'web: enqueues');

-- A temporary table of the caller must not stand in for ours
SELECT pg_temp.put(1)
\g /dev/null
CREATE TEMP TABLE job AS SELECT * FROM coatcheck.job WHERE false;
CREATE TEMP TABLE job_type AS SELECT * FROM coatcheck.job_type WHERE false;
CREATE FUNCTION pg_temp.jsonb_build_object(VARIADIC text[]) RETURNS jsonb
LANGUAGE sql AS $$SELECT '{"hijacked": true}'::jsonb$$;
SET LOCAL search_path = pg_temp, pg_catalog, public;
SELECT is((SELECT status FROM coatcheck.job_view(pg_temp.id(1),
    '00000000-0000-0000-0000-000000000000', '{T_PLAIN}')), 'PENDING',
    'temporary tables are not taken for ours');
SELECT campus.ask_landing(pg_temp.id(2), 'q', 0)
\g /dev/null
SELECT is((SELECT payload FROM coatcheck.job WHERE job_id = pg_temp.id(2)),
    '{"question": "q", "turnCount": 0}', 'nor are temporary functions');

SELECT * FROM finish();
ROLLBACK;
