-- What `coatcheck catalog` prints, and a page shows to its learners:
--   {"courses": [{"courseId", "slug", "name",
--     "topics": [{"topicId", "title", "moduleNo"}],
--     "suggestions": [{"id", "promptText", "topicId"}]}]}
-- Suggestions that are active and follow no other; one of no topic has no
-- topicId. Arrays are in the order in which they are shown.
CREATE OR REPLACE FUNCTION campus.catalog() RETURNS json
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
    SELECT json_build_object('courses', coalesce(json_agg(json_build_object(
        'courseId', c.course_id, 'slug', c.slug, 'name', c.name,
        'topics', (SELECT coalesce(json_agg(json_build_object(
                'topicId', t.topic_id, 'title', t.title,
                'moduleNo', t.module_no)
                ORDER BY t.position, t.title, t.topic_id), '[]')
            FROM campus.topic t WHERE t.course_id = c.course_id),
        'suggestions', (SELECT coalesce(json_agg(
                json_strip_nulls(json_build_object('id', s.suggestion_id,
                    'promptText', s.prompt_text, 'topicId', s.topic_id))
                ORDER BY s.display_order, s.prompt_text, s.suggestion_id), '[]')
            FROM campus.suggestion s WHERE s.course_id = c.course_id
            AND s.is_active AND s.parent_suggestion_id IS NULL))
        ORDER BY c.name, c.course_id), '[]'))
    FROM campus.course c
$$;
