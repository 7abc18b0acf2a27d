/*
 * The list of courses and topics, read from the static file that stands beside
 * the page.
 */

import { requestJson } from "./api.js";

const text = (value) => typeof value === "string" && value !== "";

/* Keeps the entries that can be asked about; [] when there are none. */
export function readCourses({ courses }) {
	const list = (value) => Array.isArray(value) ? value : [];

	return list(courses).map((course) => ({
		courseId: course?.courseId,
		slug: course?.slug,
		name: course?.name,
		topics: list(course?.topics).filter((topic) =>
			text(topic?.topicId) && text(topic.title)),
	})).filter((course) => text(course.courseId) && text(course.name) &&
		course.topics.length > 0);
}

/* Topics in their order, gathered by module: [[moduleNo, topics], ...]. */
export function topicsByModule(topics) {
	const groups = new Map();
	for (const topic of topics) {
		const group = groups.get(topic.moduleNo);
		if (group)
			group.push(topic);
		else
			groups.set(topic.moduleNo, [topic]);
	}
	return [...groups];
}

export async function loadCourses() {
	const { body } = await requestJson({ url: "/campus.json" });
	return readCourses(body);
}
