-- What retention and the metrics look for: the jobs that ended before, or
-- lately. Results come in the order of their time, so the index grows at its
-- right end only.
CREATE INDEX result_completed ON coatcheck.result (completed_at);
