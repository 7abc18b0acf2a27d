-- Three roles with EXECUTE on their own functions and no right on any table.
-- Runs last at each `coatcheck migrate`. Where the migrating user may not
-- create roles (much shared hosting), roles that do not exist are passed over
-- and the one user there is runs everything.

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY
        ARRAY['coatcheck_web', 'coatcheck_worker', 'coatcheck_admin'] LOOP
        IF to_regrole(role) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I LOGIN', role);
            EXCEPTION WHEN insufficient_privilege THEN
                RAISE NOTICE 'role % is missing and may not be created', role;
            END;
        END IF;
    END LOOP;
END $$;

-- Lets one role use a schema and run the functions named, if the role exists.
CREATE OR REPLACE FUNCTION coatcheck.allow(
    role text, schema text, signatures text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    signature text;
BEGIN
    IF to_regrole(role) IS NULL THEN
        RETURN;
    END IF;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', schema, role);
    FOREACH signature IN ARRAY signatures LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %I.%s TO %I', schema,
            signature, role);
    END LOOP;
END $$;

REVOKE ALL ON SCHEMA coatcheck FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA coatcheck FROM PUBLIC;

SELECT coatcheck.allow('coatcheck_web', 'coatcheck', ARRAY[
    'schema_versions()',
    'enqueue(text,jsonb,uuid,uuid,timestamptz,integer,integer,uuid,boolean)',
    'cancel(uuid,uuid,text[])',
    'job_view(uuid,uuid,text[])',
    'worker_age()',
    'metrics()']);
SELECT coatcheck.allow('coatcheck_worker', 'coatcheck', ARRAY[
    'schema_versions()',
    'claim(integer,text[],integer,integer,integer,integer,smallint[],'
        'smallint[],bigint[])',
    'heartbeat(uuid[],bigint[],integer)',
    'settle(uuid[],bigint[],text[],text[],text[],text[],text[],text[],'
        'bigint[])',
    'release(uuid[],bigint[])',
    'write_event(uuid,bigint,integer,text,text)',
    'sweep(integer)',
    'promote(integer)',
    'expire(bigint,integer)',
    'worker_start(text,integer,text)',
    'worker_beat(integer,integer,text[],real[])',
    'worker_stop(integer)']);
SELECT coatcheck.allow('coatcheck_admin', 'coatcheck', ARRAY[
    'schema_versions()',
    'enqueue(text,jsonb,uuid,uuid,timestamptz,integer,integer,uuid,boolean)',
    'register_type(text,integer,integer,text)',
    'forget(uuid)',
    'worker_age()']);
