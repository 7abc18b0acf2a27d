-- What Prometheus reads of the queue.
BEGIN;
\ir helpers.psql
SELECT plan(16);

CREATE FUNCTION pg_temp.shown(line text) RETURNS boolean LANGUAGE sql AS
    $$SELECT E'\n' || coatcheck.metrics() LIKE E'%\n' || line || E'\n%'$$;

SELECT is(coatcheck.metric('a_b', 'Help.', ARRAY['x="1"', NULL],
    ARRAY[0.5, 2e15]::double precision[]),
    E'# HELP a_b Help.\n# TYPE a_b gauge\na_b{x="1"} 0.5\na_b 2000000000000000\n',
    'a family');
SELECT is(coatcheck.metric('a_b', 'Help.', '{x}', '{NULL}'), '',
    'without a value there is none');
SELECT is(coatcheck.metric_label('k', E'a"b\\c\nd'), 'k="a\"b\\c\nd"',
    'labels are escaped');

SELECT coatcheck.enqueue('T_SEEN', '{}', job_id => pg_temp.id(n))
FROM generate_series(1, 6) n
\g /dev/null
SELECT coatcheck.enqueue('T_SEEN', '{}', run_at => now() + interval '1 day')
\g /dev/null
UPDATE coatcheck.job SET created_at = now() - interval '50 s'
WHERE job_id = pg_temp.id(4);
CREATE TEMP TABLE taken AS SELECT * FROM pg_temp.take('{T_SEEN}', 3);
SELECT ok(pg_temp.shown('coatcheck\_jobs\_ready{type="T\_SEEN"} 3'), 'ready');
SELECT ok(pg_temp.shown('coatcheck\_jobs\_scheduled{type="T\_SEEN"} 1'),
    'scheduled');
SELECT ok(pg_temp.shown('coatcheck\_jobs\_running{type="T\_SEEN"} 3'),
    'running');
SELECT ok(pg_temp.shown(
    'coatcheck\_oldest\_ready\_seconds{type="T\_SEEN"} 5_.%'), 'the oldest');
SELECT ok(coatcheck.metrics() NOT LIKE '%ended_5m%', 'nothing has ended');

SELECT coatcheck.settle(array_agg(job_id), array_agg(token),
    '{COMPLETED,COMPLETED,FAILED}', '{1,2,NULL}', NULL, '{NULL,NULL,"No."}',
    '{NULL,NULL,"x"}', NULL, NULL) FROM taken
\g /dev/null
UPDATE coatcheck.result SET claimed_at = completed_at - interval '2 s';
UPDATE coatcheck.job j SET created_at = r.claimed_at - interval '3 s'
FROM coatcheck.result r WHERE r.job_id = j.job_id;
SELECT ok(pg_temp.shown(
    'coatcheck\_jobs\_ended\_5m{type="T\_SEEN",status="COMPLETED"} 2'),
    'completed');
SELECT ok(pg_temp.shown(
    'coatcheck\_jobs\_ended\_5m{type="T\_SEEN",status="FAILED"} 1'), 'failed');
SELECT ok(pg_temp.shown(
    'coatcheck\_wait\_seconds{type="T\_SEEN",quantile="0.5"} 3'), 'waited');
SELECT ok(pg_temp.shown(
    'coatcheck\_run\_seconds{type="T\_SEEN",quantile="0.99"} 2'), 'ran');
UPDATE coatcheck.result SET completed_at = now() - interval '6 minutes';
SELECT ok(coatcheck.metrics() NOT LIKE '%ended_5m%', 'all that is long ago');

-- Providers
SELECT is(llm.metrics(), '', 'nobody was asked');
INSERT INTO llm.provider_state (provider, model, fingerprint, calls, failed,
    open_until)
VALUES ('main', 'm"1', 'f', 7, 2, now() + interval '1 h');
INSERT INTO llm.budget_day (day, tenant, tokens, cost_micros)
VALUES ((now() AT TIME ZONE 'UTC')::date, 'default', 900, 1500000),
    ((now() AT TIME ZONE 'UTC')::date, '*', 900, 1500000);
SELECT llm.record(pg_temp.id(1), '[{"provider":"main","model":"m","ms":1500}]')
\g /dev/null
SELECT is(array_length(string_to_array(llm.metrics(), E'\n# TYPE '), 1), 8,
    'seven families');
SELECT ok(llm.metrics() LIKE ALL (ARRAY[
    E'%\ncoatcheck\_llm\_calls\_total{provider="main",model="m\\\\"1"} 7\n%',
    E'%\ncoatcheck\_llm\_failed\_total{%} 2\n%',
    E'%\ncoatcheck\_llm\_circuit\_open{%} 1\n%',
    E'%\ncoatcheck\_llm\_call\_seconds{%,quantile="0.99"} 1.5\n%',
    E'%\ncoatcheck\_llm\_tokens\_today{tenant="default"} 900\n%',
    E'%\ncoatcheck\_llm\_cost\_today{tenant="default"} 1.5\n%',
    '%# TYPE coatcheck\_llm\_calls\_total counter%']),
    'calls, failures, circuits, times, tokens and money');

SELECT * FROM finish();
ROLLBACK;
