-- Harbour Lane Campus, the fictional school of the sample data. Ids are fixed
-- and every row is an upsert, so loading it again only refreshes it; cohort
-- dates count from today. Lesson text is not here but in courses/, whose front
-- matter names the topic ids below.

INSERT INTO campus.course (course_id, slug, name, description, category,
    level, duration_hours) VALUES
    ('c0000000-0000-4000-8000-000000000001', 'databases-with-postgresql',
     'Databases with PostgreSQL',
     'Design tables, write queries from simple filters to recursive ones, keep '
     'data safe with transactions, and make slow queries fast with indexes and '
     'EXPLAIN.',
     'Data', 'intermediate', 36),
    ('c0000000-0000-4000-8000-000000000002', 'web-programming',
     'Web Programming with JavaScript',
     'From HTTP requests to a secure interactive page: values, functions, '
     'recursion, objects and polymorphism, the DOM, promises and browser '
     'security.',
     'Programming', 'beginner', 48),
    ('c0000000-0000-4000-8000-000000000003', 'everyday-statistics',
     'Everyday Statistics',
     'Averages, spread, probability, confidence intervals, hypothesis tests '
     'and regression, explained with examples from daily life and no calculus.',
     'Mathematics', 'beginner', 28)
ON CONFLICT (course_id) DO UPDATE SET
    slug = EXCLUDED.slug, name = EXCLUDED.name,
    description = EXCLUDED.description, category = EXCLUDED.category,
    level = EXCLUDED.level, duration_hours = EXCLUDED.duration_hours;

INSERT INTO campus.topic (topic_id, course_id, module_no, position, title)
VALUES
    ('70000000-0000-4000-8000-000000000101',
     'c0000000-0000-4000-8000-000000000001', 1, 1,
     'Tables, Rows and Data Types'),
    ('70000000-0000-4000-8000-000000000102',
     'c0000000-0000-4000-8000-000000000001', 1, 2,
     'Keys, Relationships and Normal Forms'),
    ('70000000-0000-4000-8000-000000000103',
     'c0000000-0000-4000-8000-000000000001', 2, 3,
     'Filtering and Sorting with SELECT'),
    ('70000000-0000-4000-8000-000000000104',
     'c0000000-0000-4000-8000-000000000001', 2, 4,
     'Joining Tables'),
    ('70000000-0000-4000-8000-000000000105',
     'c0000000-0000-4000-8000-000000000001', 3, 5,
     'Aggregates and Recursive Queries'),
    ('70000000-0000-4000-8000-000000000106',
     'c0000000-0000-4000-8000-000000000001', 3, 6,
     'Transactions and Isolation'),
    ('70000000-0000-4000-8000-000000000107',
     'c0000000-0000-4000-8000-000000000001', 4, 7,
     'Indexes'),
    ('70000000-0000-4000-8000-000000000108',
     'c0000000-0000-4000-8000-000000000001', 4, 8,
     'Reading Query Plans with EXPLAIN'),
    ('70000000-0000-4000-8000-000000000201',
     'c0000000-0000-4000-8000-000000000002', 1, 1,
     'Requests and Responses'),
    ('70000000-0000-4000-8000-000000000202',
     'c0000000-0000-4000-8000-000000000002', 1, 2,
     'Values, Variables and Types'),
    ('70000000-0000-4000-8000-000000000203',
     'c0000000-0000-4000-8000-000000000002', 2, 3,
     'Functions, Scope and Closures'),
    ('70000000-0000-4000-8000-000000000204',
     'c0000000-0000-4000-8000-000000000002', 2, 4,
     'Recursion'),
    ('70000000-0000-4000-8000-000000000205',
     'c0000000-0000-4000-8000-000000000002', 3, 5,
     'Objects, Prototypes and Polymorphism'),
    ('70000000-0000-4000-8000-000000000206',
     'c0000000-0000-4000-8000-000000000002', 3, 6,
     'The Document and Its Events'),
    ('70000000-0000-4000-8000-000000000207',
     'c0000000-0000-4000-8000-000000000002', 4, 7,
     'Promises, async and fetch'),
    ('70000000-0000-4000-8000-000000000208',
     'c0000000-0000-4000-8000-000000000002', 4, 8,
     'Security in the Browser'),
    ('70000000-0000-4000-8000-000000000301',
     'c0000000-0000-4000-8000-000000000003', 1, 1,
     'Mean, Median and Mode'),
    ('70000000-0000-4000-8000-000000000302',
     'c0000000-0000-4000-8000-000000000003', 1, 2,
     'Measuring Spread'),
    ('70000000-0000-4000-8000-000000000303',
     'c0000000-0000-4000-8000-000000000003', 2, 3,
     'The Rules of Probability'),
    ('70000000-0000-4000-8000-000000000304',
     'c0000000-0000-4000-8000-000000000003', 2, 4,
     'Conditional Probability and Bayes'),
    ('70000000-0000-4000-8000-000000000305',
     'c0000000-0000-4000-8000-000000000003', 3, 5,
     'The Normal Distribution'),
    ('70000000-0000-4000-8000-000000000306',
     'c0000000-0000-4000-8000-000000000003', 3, 6,
     'Samples and Confidence Intervals'),
    ('70000000-0000-4000-8000-000000000307',
     'c0000000-0000-4000-8000-000000000003', 4, 7,
     'Hypothesis Tests and p-Values'),
    ('70000000-0000-4000-8000-000000000308',
     'c0000000-0000-4000-8000-000000000003', 4, 8,
     'Correlation, Regression and Causation')
ON CONFLICT (topic_id) DO UPDATE SET
    course_id = EXCLUDED.course_id, module_no = EXCLUDED.module_no,
    position = EXCLUDED.position, title = EXCLUDED.title;

INSERT INTO campus.offering (offering_id, program_type, title, description,
    price_cents, currency, is_active, course_id) VALUES
    ('0f000000-0000-4000-8000-000000000001', 'on-demand',
     'Databases with PostgreSQL, on demand',
     'All eight topics at your own pace, with twelve months of access and the '
     'course chatbot.',
     14900, 'EUR', true, 'c0000000-0000-4000-8000-000000000001'),
    ('0f000000-0000-4000-8000-000000000002', 'on-demand',
     'Web Programming with JavaScript, on demand',
     'All eight topics at your own pace, with twelve months of access and a '
     'project you can publish.',
     17900, 'EUR', true, 'c0000000-0000-4000-8000-000000000002'),
    ('0f000000-0000-4000-8000-000000000003', 'on-demand',
     'Everyday Statistics, on demand',
     'All eight topics at your own pace, with twelve months of access and '
     'exercises with solutions.',
     8900, 'EUR', true, 'c0000000-0000-4000-8000-000000000003'),
    ('0f000000-0000-4000-8000-000000000004', 'cohort',
     'Databases with PostgreSQL, live cohort',
     'Six weeks with a tutor and a group: two live evenings a week, reviewed '
     'homework and a certificate.',
     34900, 'EUR', true, 'c0000000-0000-4000-8000-000000000001'),
    ('0f000000-0000-4000-8000-000000000005', 'cohort',
     'Web Programming with JavaScript, live cohort',
     'Eight weeks with a tutor and a group: two live evenings a week, code '
     'reviews and a certificate.',
     42900, 'EUR', true, 'c0000000-0000-4000-8000-000000000002'),
    ('0f000000-0000-4000-8000-000000000006', 'cohort',
     'Everyday Statistics, live cohort',
     'Five weeks with a tutor and a group: one live evening a week, a small '
     'survey project and a certificate.',
     25900, 'EUR', true, 'c0000000-0000-4000-8000-000000000003'),
    ('0f000000-0000-4000-8000-000000000007', 'workshop',
     'Query Tuning in a Day',
     'One Saturday in the computer room: bring a slow query and leave with a '
     'fast one. For people who already write SQL.',
     11900, 'EUR', true, 'c0000000-0000-4000-8000-000000000001'),
    ('0f000000-0000-4000-8000-000000000008', 'workshop',
     'Charts That Tell the Truth',
     'An afternoon on choosing, drawing and reading charts. No earlier '
     'knowledge needed, and not tied to any course.',
     6500, 'EUR', true, NULL),
    ('0f000000-0000-4000-8000-000000000009', 'workshop',
     'Browser Tricks of the Nineties',
     'Frames, marquees and other museum pieces. No longer on sale.',
     1900, 'EUR', false, 'c0000000-0000-4000-8000-000000000002')
ON CONFLICT (offering_id) DO UPDATE SET
    program_type = EXCLUDED.program_type, title = EXCLUDED.title,
    description = EXCLUDED.description, price_cents = EXCLUDED.price_cents,
    currency = EXCLUDED.currency, is_active = EXCLUDED.is_active,
    course_id = EXCLUDED.course_id;

-- Curlew is inactive and Plover has begun, though both would otherwise come
-- before Heron, which is the right answer to "when is the next cohort?".
INSERT INTO campus.cohort (cohort_id, course_id, name, starts_on, seats,
    is_active) VALUES
    ('c4000000-0000-4000-8000-000000000001',
     'c0000000-0000-4000-8000-000000000001',
     'Databases Cohort Heron', current_date + 12, 20, true),
    ('c4000000-0000-4000-8000-000000000002',
     'c0000000-0000-4000-8000-000000000002',
     'Web Cohort Kittiwake', current_date + 19, 24, true),
    ('c4000000-0000-4000-8000-000000000003',
     'c0000000-0000-4000-8000-000000000003',
     'Statistics Cohort Gannet', current_date + 33, 30, true),
    ('c4000000-0000-4000-8000-000000000004',
     'c0000000-0000-4000-8000-000000000001',
     'Databases Cohort Tern', current_date + 75, 20, true),
    ('c4000000-0000-4000-8000-000000000005',
     'c0000000-0000-4000-8000-000000000002',
     'Web Cohort Plover', current_date - 40, 24, true),
    ('c4000000-0000-4000-8000-000000000006',
     'c0000000-0000-4000-8000-000000000003',
     'Statistics Cohort Curlew', current_date + 5, 30, false),
    ('c4000000-0000-4000-8000-000000000007',
     'c0000000-0000-4000-8000-000000000001',
     'Databases Cohort Avocet', current_date - 50, 20, true),
    ('c4000000-0000-4000-8000-000000000008',
     'c0000000-0000-4000-8000-000000000001',
     'Databases Cohort Dunlin', current_date - 20, 20, true)
ON CONFLICT (cohort_id) DO UPDATE SET
    course_id = EXCLUDED.course_id, name = EXCLUDED.name,
    starts_on = EXCLUDED.starts_on, seats = EXCLUDED.seats,
    is_active = EXCLUDED.is_active;

-- Parents stand before their children. NULL as answer means that the prompt is
-- queued and answered from the lessons; NULL as topic, that it fits anywhere in
-- the course.
INSERT INTO campus.suggestion (suggestion_id, course_id, topic_id,
    parent_suggestion_id, prompt_text, answer, display_order, is_active)
VALUES
    ('5a000000-0000-4000-8000-000000000101',
     'c0000000-0000-4000-8000-000000000001',
     '70000000-0000-4000-8000-000000000101',
     NULL,
     'What is a table?',
     'A table is a named set of rows that all have the same columns. Each '
     'row describes one thing, such as one student, and each column holds '
     'one fact about it. The rows have no built-in order, so a query that '
     'needs an order must ask for one.',
     1, true),
    ('5a000000-0000-4000-8000-000000000102',
     'c0000000-0000-4000-8000-000000000001',
     '70000000-0000-4000-8000-000000000102',
     '5a000000-0000-4000-8000-000000000101',
     'What is a primary key?',
     'A primary key is a column, or a set of columns, whose value identifies '
     'exactly one row. PostgreSQL keeps it unique and not null, and builds '
     'an index for it.',
     1, true),
    ('5a000000-0000-4000-8000-000000000103',
     'c0000000-0000-4000-8000-000000000001',
     '70000000-0000-4000-8000-000000000102',
     '5a000000-0000-4000-8000-000000000101',
     'What is a foreign key?',
     NULL,
     2, true),
    ('5a000000-0000-4000-8000-000000000104',
     'c0000000-0000-4000-8000-000000000001',
     '70000000-0000-4000-8000-000000000104',
     NULL,
     'What is the difference between an inner join and a left join?',
     'An inner join returns only the pairs of rows that match on both sides. '
     'A left join also keeps every row of the left table that has no '
     'partner, and fills the columns of the right table with NULL.',
     2, true),
    ('5a000000-0000-4000-8000-000000000105',
     'c0000000-0000-4000-8000-000000000001',
     '70000000-0000-4000-8000-000000000104',
     '5a000000-0000-4000-8000-000000000104',
     'How do I find rows without a partner?',
     NULL,
     1, true),
    ('5a000000-0000-4000-8000-000000000106',
     'c0000000-0000-4000-8000-000000000001',
     NULL,
     NULL,
     'How do I see the query plan?',
     NULL,
     3, true),
    ('5a000000-0000-4000-8000-000000000107',
     'c0000000-0000-4000-8000-000000000001',
     '70000000-0000-4000-8000-000000000107',
     NULL,
     'When does the planner skip an index?',
     NULL,
     4, true),
    ('5a000000-0000-4000-8000-000000000108',
     'c0000000-0000-4000-8000-000000000001',
     '70000000-0000-4000-8000-000000000106',
     NULL,
     'How did PostgreSQL 7 handle transactions?',
     NULL,
     5, false),
    ('5a000000-0000-4000-8000-000000000201',
     'c0000000-0000-4000-8000-000000000002',
     '70000000-0000-4000-8000-000000000205',
     NULL,
     'What is polymorphism?',
     'Polymorphism is the ability of different objects to respond to the '
     'same method call, each in its own way. The caller does not need to '
     'know which kind of object it is talking to: a circle and a square can '
     'both answer a call of area().',
     1, true),
    ('5a000000-0000-4000-8000-000000000202',
     'c0000000-0000-4000-8000-000000000002',
     '70000000-0000-4000-8000-000000000205',
     '5a000000-0000-4000-8000-000000000201',
     'What is the prototype of an object?',
     NULL,
     1, true),
    ('5a000000-0000-4000-8000-000000000203',
     'c0000000-0000-4000-8000-000000000002',
     '70000000-0000-4000-8000-000000000205',
     '5a000000-0000-4000-8000-000000000201',
     'What is duck typing?',
     'Duck typing means that an object is accepted because it has the right '
     'methods and not because of its class. Any object with a suitable area '
     'method can join a list of shapes, even if it extends nothing.',
     2, true),
    ('5a000000-0000-4000-8000-000000000204',
     'c0000000-0000-4000-8000-000000000002',
     '70000000-0000-4000-8000-000000000204',
     NULL,
     'What is recursion?',
     'Recursion is a technique in which a function solves a problem by '
     'calling itself on a smaller version of the same problem. It needs a '
     'base case, whose answer is known at once, and a recursive case, which '
     'comes one step closer to it.',
     2, true),
    ('5a000000-0000-4000-8000-000000000205',
     'c0000000-0000-4000-8000-000000000002',
     '70000000-0000-4000-8000-000000000204',
     '5a000000-0000-4000-8000-000000000204',
     'What is memoization?',
     NULL,
     1, true),
    ('5a000000-0000-4000-8000-000000000206',
     'c0000000-0000-4000-8000-000000000002',
     '70000000-0000-4000-8000-000000000203',
     NULL,
     'What is a closure?',
     NULL,
     3, true),
    ('5a000000-0000-4000-8000-000000000207',
     'c0000000-0000-4000-8000-000000000002',
     NULL,
     NULL,
     'How do I protect my page against cross-site scripting?',
     NULL,
     4, true),
    ('5a000000-0000-4000-8000-000000000208',
     'c0000000-0000-4000-8000-000000000002',
     '70000000-0000-4000-8000-000000000206',
     NULL,
     'How do I build a page with frames?',
     NULL,
     5, false),
    ('5a000000-0000-4000-8000-000000000301',
     'c0000000-0000-4000-8000-000000000003',
     '70000000-0000-4000-8000-000000000301',
     NULL,
     'What is the difference between mean and median?',
     'The mean is the sum of all values divided by how many there are, and '
     'the median is the middle value after sorting. The median hardly moves '
     'when there are a few extreme values, so it describes a typical case '
     'better when the data are skewed.',
     1, true),
    ('5a000000-0000-4000-8000-000000000302',
     'c0000000-0000-4000-8000-000000000003',
     '70000000-0000-4000-8000-000000000301',
     '5a000000-0000-4000-8000-000000000301',
     'What is an outlier?',
     NULL,
     1, true),
    ('5a000000-0000-4000-8000-000000000303',
     'c0000000-0000-4000-8000-000000000003',
     '70000000-0000-4000-8000-000000000302',
     '5a000000-0000-4000-8000-000000000301',
     'What is the standard deviation?',
     'The standard deviation is the square root of the variance, which is '
     'the mean of the squared deviations from the mean. It has the same unit '
     'as the data. For the marks 2, 4, 4, 4, 5, 5, 7 and 9 it is exactly 2.',
     2, true),
    ('5a000000-0000-4000-8000-000000000304',
     'c0000000-0000-4000-8000-000000000003',
     '70000000-0000-4000-8000-000000000307',
     NULL,
     'What is a p-value?',
     'The p-value is the probability of a result at least as extreme as the '
     'one observed, if the null hypothesis is true. A small p-value means '
     'that the data would be surprising in a world without the effect. It is '
     'not the probability that the null hypothesis is true.',
     2, true),
    ('5a000000-0000-4000-8000-000000000305',
     'c0000000-0000-4000-8000-000000000003',
     '70000000-0000-4000-8000-000000000307',
     '5a000000-0000-4000-8000-000000000304',
     'What is a type I error?',
     NULL,
     1, true),
    ('5a000000-0000-4000-8000-000000000306',
     'c0000000-0000-4000-8000-000000000003',
     NULL,
     NULL,
     'What is a confidence interval?',
     NULL,
     3, true),
    ('5a000000-0000-4000-8000-000000000307',
     'c0000000-0000-4000-8000-000000000003',
     '70000000-0000-4000-8000-000000000308',
     NULL,
     'Why is correlation not causation?',
     NULL,
     4, true),
    ('5a000000-0000-4000-8000-000000000308',
     'c0000000-0000-4000-8000-000000000003',
     '70000000-0000-4000-8000-000000000304',
     NULL,
     'How do I use a printed table of logarithms?',
     NULL,
     5, false)
ON CONFLICT (suggestion_id) DO UPDATE SET
    course_id = EXCLUDED.course_id, topic_id = EXCLUDED.topic_id,
    parent_suggestion_id = EXCLUDED.parent_suggestion_id,
    prompt_text = EXCLUDED.prompt_text, answer = EXCLUDED.answer,
    display_order = EXCLUDED.display_order, is_active = EXCLUDED.is_active;

-- Two tutors and sixty learners. e0…0e teaches databases, and taught statistics
-- once; e0…0f teaches web programming. Learners 1 to 20 are of the cohort Avocet,
-- 21 to 38 of Dunlin and 39 to 60 of Plover; 39 to 46 learn databases as well,
-- without a cohort. Two are called Maya, and some names need care: Grace is a
-- word, Zoë has an accent, Anne-Marie a hyphen and O'Dell an apostrophe.
INSERT INTO campus.course_tutor (course_id, user_id, is_active) VALUES
    ('c0000000-0000-4000-8000-000000000001',
     'e0000000-0000-4000-8000-00000000000e', true),
    ('c0000000-0000-4000-8000-000000000003',
     'e0000000-0000-4000-8000-00000000000e', false),
    ('c0000000-0000-4000-8000-000000000002',
     'e0000000-0000-4000-8000-00000000000f', true)
ON CONFLICT (course_id, user_id) DO UPDATE SET is_active = EXCLUDED.is_active;

INSERT INTO campus.person (user_id, name, email)
SELECT ('1e000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, name,
    regexp_replace(translate(lower(name), 'ëñ '' ', 'en.'), '[^a-z.-]', '', 'g')
        || '@learners.example'
FROM unnest(ARRAY[
    'Ines Harrowgate', 'Tobias Quill', 'Priya Vantongeren', 'Kofi Brandreth',
    'Maya Ostrander', 'Leon Fairweather', 'Zoë Penhallow', 'Dario Wexcombe',
    'Amina Thistlewood', 'Grace Underhay', 'Henrik Solvane', 'Yuki Marchbank',
    'Bruno Castellow', 'Farah Lindqvale', 'Owen O''Dell', 'Sofia Grantleigh',
    'Matteo Birchall', 'Nadia Wolverstone', 'Callum Eskdale', 'Ivy Rosenthwaite',
    'Maya Pellegrave', 'Jonas Tremlett', 'Anne-Marie Duforest',
    'Samir Okonjelo', 'Elif Karadown', 'Peder Nystrand', 'Ruth Abernethwy',
    'Diego Montferro', 'Hana Vasilcek', 'Felix Ravenscar', 'Chloe Winterbarn',
    'Arjun Mehrotti', 'Tessa Holloway-Reed', 'Viktor Stanimere',
    'Lucia Pomerance', 'Noah Gallowglass', 'Edda Finsterwald', 'Milo Hartigrew',
    'Wren Castellane', 'Idris Falkenrath', 'Paloma Sunderby', 'Gideon Threlfall',
    'Astrid Kjeldmose', 'Rafael Quintavale', 'Beatrix Nunnery', 'Juno Applegarth',
    'Silas Merriwick', 'Thandi Mokoenele', 'Casper Drinkmere', 'Lina Vogelhut',
    'Emeka Adichelu', 'Petra Zelenkovar', 'Hugo Larkspear', 'Naomi Feldstrom',
    'Aiden Crosswaite', 'Mirela Dragosin', 'Stellan Byquist', 'Ottilie Greenhalt',
    'Kenji Moritake', 'Salma Benhadou'])
    WITH ORDINALITY p(name, n)
ON CONFLICT (user_id) DO UPDATE SET
    name = EXCLUDED.name, email = EXCLUDED.email;

-- How long ago somebody joined and was last active follows from the number; the
-- few who were never active have not begun.
INSERT INTO campus.enrolment (course_id, user_id, cohort_id, enrolled_at,
    last_active_at)
SELECT ('c0000000-0000-4000-8000-' || lpad(course::text, 12, '0'))::uuid,
    ('1e000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid,
    ('c4000000-0000-4000-8000-' || lpad(cohort::text, 12, '0'))::uuid,
    now() - make_interval(days => joined),
    CASE WHEN n % 15 > 0
        THEN now() - make_interval(days => n * 11 % (joined + 1)) END
FROM (SELECT 1 AS course, n, CASE WHEN n <= 20 THEN 7 WHEN n <= 38 THEN 8 END
        AS cohort, CASE WHEN n <= 20 THEN 48 + n % 5 WHEN n <= 38
        THEN 18 + n % 4 ELSE (n - 38) * 2 END AS joined
    FROM generate_series(1, 46) n
    UNION ALL
    SELECT 2, n, 5, CASE WHEN n > 57 THEN n - 56 ELSE 38 + n % 5 END
    FROM generate_series(39, 60) n) e
ON CONFLICT (course_id, user_id) DO UPDATE SET
    cohort_id = EXCLUDED.cohort_id, enrolled_at = EXCLUDED.enrolled_at,
    last_active_at = EXCLUDED.last_active_at;

-- Module by module: each passes so many as the number says and is at the next,
-- or has not looked at it yet. Module 3 is the hard one.
INSERT INTO campus.module_progress (course_id, user_id, module_no, attempts,
    failures, best_score, passed_at, updated_at)
SELECT course_id, user_id, m, failures + passes, failures, CASE WHEN passes = 1
        THEN 60 + (n * 7 + m * 5) % 41 ELSE 20 + (n * 5 + m) % 35 END,
    CASE passes WHEN 1 THEN at END, at
FROM (SELECT e.course_id, e.user_id, n, m, (m <= n * 3 % 5)::integer AS passes,
        CASE WHEN m <= n * 3 % 5 THEN (n + m) % 3 / 2 + (m = 3)::integer
            ELSE 1 + n % 2 + (m = 3)::integer END AS failures,
        e.last_active_at + (e.enrolled_at - e.last_active_at)
            * (4 - m) / 4 AS at
    FROM campus.enrolment e, generate_series(1, 4) m,
        LATERAL (SELECT right(e.user_id::text, 6)::integer AS n) k
    WHERE e.user_id::text LIKE '1e000000-0000-4000-8000-%'
      AND e.last_active_at IS NOT NULL
      AND m <= n * 3 % 5 + n % 2) g
ON CONFLICT (course_id, user_id, module_no) DO UPDATE SET
    attempts = EXCLUDED.attempts, failures = EXCLUDED.failures,
    best_score = EXCLUDED.best_score, passed_at = EXCLUDED.passed_at,
    updated_at = EXCLUDED.updated_at;
