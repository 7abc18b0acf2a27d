/*
 * A learner's conversations: the choice of course and topic, what was said
 * there before, prompts to click, and questions.
 */

import { topicsByModule } from "./campus.js";
import { Chat } from "./chat.js";
import { loadValue, saveValue } from "./kept.js";
import { make, makeActions, makeChips } from "./make.js";
import { forgetOpen, loadSession, saveOpen } from "./session.js";
import { askForToken, token } from "./signin.js";
import { canRetry, errorWords } from "./words.js";

const PLACE = "coatcheck.place";	/* { courseId, topicId } chosen last */

const byId = (id) => document.getElementById(id);
const courseSelect = byId("course-select");
const topicSelect = byId("topic-select");
const problem = byId("course-problem");
let courses = [];
let isIn = false;

export const signInAgain = () => askForToken("Please sign in again.");

export function chosenCourse() {
	return courses[courseSelect.selectedIndex];
}

function chosen() {
	const course = chosenCourse();
	return { courseId: course.courseId, ...course.topics.find(
		(topic) => topic.topicId === topicSelect.value) };
}

const chat = new Chat({
	name: "course",
	base: "/api/assistant",
	kind: "material",
	limits: { maxBytes: 16 * 1024 },
	token,
	typed,
	onUnauthorized: signInAgain,
	onOpen: ({ jobId, body }) => saveOpen(body, { jobId, body }),
	onEnd: ({ body }) => saveOpen(body, null),
});

function typed(question) {
	const { courseId, topicId, moduleNo } = chosen();
	return { pick: pickPrompt,
		body: { courseId, topicId, question, moduleNo } };
}

function pickPrompt({ id, promptText }) {
	const { courseId, topicId } = chosen();
	chat.pick(promptText, { pick: pickPrompt, body: {
		courseId, topicId, suggestionId: id, question: promptText } });
}

function showProblem(error) {
	const actions = [];
	if (error.status === 401)
		actions.push(["Use another token", signInAgain]);
	if (error.status === 401 || canRetry(error))
		actions.push(["Try again", enter]);
	problem.replaceChildren(make("p", { "data-testid": "error" },
		errorWords(error)), ...makeActions(actions));
	problem.hidden = false;
}

/* Shows the conversation of the topic that is chosen. One that cannot be loaded
 * keeps nobody from asking. */
async function enter() {
	chat.clear();
	byId("course-chips").replaceChildren();
	problem.hidden = true;
	if (!isIn || courses.length === 0)
		return;
	const { courseId, topicId } = chosen();
	const { signal } = chat.stop;
	saveValue(PLACE, { courseId, topicId });
	chat.setEnabled(false);
	try {
		const { exchanges, prompts } = await loadSession(
			{ courseId, topicId, token: token(), signal });
		if (signal.aborted)
			return;
		byId("course-chips").append(...makeChips(prompts, pickPrompt));
		chat.recall(exchanges, typed);
	} catch (error) {
		if (signal.aborted)
			return;
		showProblem(error);
	}
	chat.setEnabled(true);
}

function showTopics(topicId) {
	const { topics } = chosenCourse();
	const options = (some) => some.map((topic) =>
		make("option", { value: topic.topicId }, topic.title));

	topicSelect.replaceChildren(...topicsByModule(topics)
		.flatMap(([moduleNo, some]) => Number.isInteger(moduleNo) ?
			make("optgroup", { label: `Module ${moduleNo}` },
				...options(some)) : options(some)));
	if (topics.some((topic) => topic.topicId === topicId))
		topicSelect.value = topicId;
}

/* Shows the courses, and first the one that slug names, else the last one. */
export function showCourses(all, slug) {
	const kept = loadValue(PLACE);
	const first = all.findIndex((course) => course.slug === slug);

	courses = all;
	courseSelect.replaceChildren(...courses.map((course) =>
		make("option", { value: course.courseId }, course.name)));
	courseSelect.selectedIndex = first >= 0 ? first : Math.max(0,
		all.findIndex((course) => course.courseId === kept?.courseId));
	showTopics(kept?.topicId);
	enter();
}

/* A link to a course, followed on a page that shows the courses already. */
export function showCourse(slug) {
	if (courses.some((course) => course.slug === slug))
		showCourses(courses, slug);
}

/* Somebody signed in, or out; isOther: what is shown was another's. */
export function changeLearner(signedIn, isOther) {
	isIn = signedIn;
	if (isOther)
		forgetOpen();
	enter();
}

export function startCourse() {
	chat.setEnabled(false);
	topicSelect.addEventListener("change", enter);
	courseSelect.addEventListener("change", () => {
		showTopics();
		enter();
	});
}
