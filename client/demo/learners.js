/*
 * A tutor's conversation about the learners of a course. The server keeps none
 * of it: what was said is sent along, and goes when the page does.
 */

import { Chat } from "./chat.js";
import { signInAgain } from "./course.js";
import { make, makeChips } from "./make.js";
import { historyOf } from "./session.js";
import { token } from "./signin.js";

const EXAMPLES = ["Who is at risk?", "Compare the cohorts",
	"Which module is hardest?"];

const byId = (id) => document.getElementById(id);
const select = byId("learners-select");
let courses = [];

function typed(question) {
	const { courseId, name } = courses[select.selectedIndex];
	return { context: name, body: { courseId, question,
		history: historyOf(chat.turns, courseId) } };
}

const chat = new Chat({
	name: "learners",
	base: "/api/tutors/assistant",
	kind: "records",
	limits: { maxBytes: 16 * 1024 },
	token,
	typed,
	onUnauthorized: signInAgain,
});

export function showTutorCourses(all, slug) {
	courses = all;
	select.replaceChildren(...all.map((course) =>
		make("option", { value: course.courseId }, course.name)));
	showTutorCourse(slug);
	chat.setEnabled(all.length > 0);
}

export function showTutorCourse(slug) {
	const at = courses.findIndex((course) => course.slug === slug);
	if (at >= 0)
		select.selectedIndex = at;
}

export function forgetTutor() {
	chat.clear();
}

export function startLearners() {
	const items = EXAMPLES.map((promptText) => ({ promptText }));
	chat.setEnabled(false);
	byId("learners-chips").append(...makeChips(items, ({ promptText }) =>
		chat.enabled && chat.pick(promptText, typed(promptText))));
}
