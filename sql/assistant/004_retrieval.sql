-- What finding passages without a model needs to know of a course: how its
-- words are spelled, how many passages it has, and words that mean the same.

-- The words of a course as they are written, small letters, four or more: what
-- a misspelled word of a question is compared with.
CREATE TABLE campus.course_spelling (
    course_id uuid NOT NULL REFERENCES campus.course ON DELETE CASCADE,
    spelling  text NOT NULL,
    chunks    integer NOT NULL,
    PRIMARY KEY (course_id, spelling)
);

-- The extension may have been there before, in a schema of somebody's choice.
CREATE EXTENSION IF NOT EXISTS pg_trgm;
DO $$
DECLARE
    home text := (SELECT extnamespace::regnamespace FROM pg_extension
        WHERE extname = 'pg_trgm');
BEGIN
    EXECUTE format('CREATE INDEX course_spelling_trigram'
        ' ON campus.course_spelling USING gin (course_id,'
        ' spelling %s.gin_trgm_ops)', home);
END $$;

ALTER TABLE campus.course ADD COLUMN chunks integer NOT NULL DEFAULT 0;

-- What a document is about by its name, without the number in front of it.
ALTER TABLE campus.document ADD COLUMN subject tsvector NOT NULL
    GENERATED ALWAYS AS (to_tsvector('pg_catalog.english', regexp_replace(
        title, '^((Chapter|Appendix|Part)\M)?\s*'
        '([[:alnum:]]{1,4}(\.[0-9]+)*\.)?', ''))) STORED;

-- A passage with one of the others answers a question with the word nearly as
-- well. All are lexemes of the configuration english. Yours to extend:
--   SELECT campus.add_synonyms('word word …', 'other other …');
CREATE TABLE campus.synonym (
    word  text NOT NULL,
    other text NOT NULL CHECK (other <> word),
    PRIMARY KEY (word, other)
);

CREATE FUNCTION campus.add_synonyms(p_words text, p_others text)
RETURNS void
LANGUAGE sql AS $$
    INSERT INTO campus.synonym (word, other)
    SELECT w, o
    FROM unnest(tsvector_to_array(
            to_tsvector('pg_catalog.english', p_words))) w,
        unnest(tsvector_to_array(
            to_tsvector('pg_catalog.english', p_others))) o
    WHERE w <> o
    ON CONFLICT DO NOTHING
$$;

-- What people say, and what the written word is. Words that mean the same in
-- both directions are given twice.
SELECT campus.add_synonyms(said, written)
FROM (VALUES
    ('kill abort', 'cancel terminate stop abort'),
    ('stop halt', 'shutdown shut terminate stop end'),
    ('cancel', 'abort terminate'),
    ('begin', 'start'), ('start', 'begin'),
    ('big large huge', 'size length maximum limit'),
    ('max maximum', 'maximum max limit upper'),
    ('min minimum', 'minimum min lower'),
    ('limit', 'maximum'),
    ('glue join combine append attach', 'concatenate'),
    ('merge combine', 'merge join union'),
    ('today now', 'current today now'),
    ('day', 'date'), ('date', 'day'),
    ('remove erase', 'delete remove drop eliminate'),
    ('delete', 'remove drop'), ('drop', 'remove delete'),
    ('undo revert', 'rollback undo roll revert'),
    ('speed fast quick faster quicker', 'performance fast speed efficient'),
    ('slow', 'performance slow expensive'),
    ('copy import', 'load copy import'), ('load', 'copy import'),
    ('export', 'dump unload export'),
    ('permission right access', 'privilege permission access grant'),
    ('privilege', 'permission'), ('allow permit', 'grant allow permit'),
    ('give', 'grant'),
    ('user account', 'role user'), ('role', 'user'),
    ('login logon', 'login connect authentication'),
    ('connect', 'connection session'), ('session', 'connection'),
    ('record tuple', 'row'), ('row', 'tuple record'),
    ('field attribute', 'column field'), ('column', 'attribute'),
    ('empty missing blank', 'null empty missing'),
    ('duplicate double twice', 'duplicate distinct unique'),
    ('number', 'numeric integer'), ('text', 'string character'),
    ('string', 'text character'), ('letter', 'character'),
    ('average', 'mean average'), ('repeat', 'loop repeat iterate'),
    ('loop', 'iterate'), ('sort', 'order'), ('order', 'sort'),
    ('find', 'search'), ('search', 'find lookup'),
    ('setting option', 'parameter setting option configuration'),
    ('parameter', 'setting option argument'), ('argument', 'parameter'),
    ('often', 'frequency often interval'),
    ('disk', 'storage disk file'), ('memory ram', 'memory buffer'),
    ('upgrade update', 'upgrade'), ('newer new', 'upgrade new'),
    ('change modify edit', 'alter change modify update'),
    ('rename', 'alter'), ('make', 'create'), ('build', 'create'),
    ('wait block', 'lock wait block'), ('lock', 'block'),
    ('crash', 'failure crash'), ('error problem', 'error failure exception'),
    ('backup', 'dump backup'), ('safe secure', 'security secure'),
    ('wrong bad', 'error invalid wrong'), ('explain', 'describe'),
    ('kind', 'type'), ('type', 'kind'), ('name', 'identifier'),
    ('auto automatic', 'automatic serial'),
    ('increment', 'sequence increment serial'), ('id', 'identifier identity'),
    ('picture image', 'image'), ('grow increase', 'increase'),
    ('shrink reduce', 'decrease reduce shrink'), ('pad', 'fill'),
    ('lead', 'pad'), ('teacher', 'tutor'), ('exam', 'test')
    ) v(said, written);

-- What ingest fills from now on, for what is there already.
INSERT INTO campus.course_spelling (course_id, spelling, chunks)
SELECT c.course_id, w.word, w.ndoc
FROM campus.course c, ts_stat(format('SELECT to_tsvector('
    '''pg_catalog.simple'', title || '' '' || content) FROM campus.chunk'
    ' WHERE course_id = %L', c.course_id)) w
WHERE w.word ~ '^[[:alpha:]]{4,40}$';
UPDATE campus.course c SET chunks = (SELECT count(*) FROM campus.chunk k
    WHERE k.course_id = c.course_id);
