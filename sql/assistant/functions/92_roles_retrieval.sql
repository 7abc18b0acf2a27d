-- Who may call what retrieval brings.

SELECT coatcheck.allow('coatcheck_worker', 'campus', ARRAY[
    'course_passages(uuid,text,integer,bigint[],real[])']);
