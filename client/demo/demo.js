/*
 * The page: tabs, sign-in, the choice of course and topic, and the two
 * conversations. Owns what is shown where; the rest is in the modules.
 */

import { loadCourses, topicsByModule } from "./campus.js";
import { Chat } from "./chat.js";
import { readClaims, takeHash } from "./identity.js";
import { load, save } from "./kept.js";
import { make, makeChips } from "./view.js";
import { errorWords } from "./words.js";

const EXAMPLES = [
	"Which courses can I take?",
	"What does it cost?",
	"When does the next group start?",
];

const TOKEN = "coatcheck.token";
const PANEL = "coatcheck.panel";	/* id of the tab that was shown last */

const byId = (id) => document.getElementById(id);
const tabs = [byId("landing-tab"), byId("course-tab")];
const courseSelect = byId("course-select");
const topicSelect = byId("topic-select");
let courses = [];
let learner = null;	/* subject of the token in use */

function showTab(tab) {
	save(PANEL, tab.id);
	for (const each of tabs) {
		const chosen = each === tab;
		each.setAttribute("aria-selected", String(chosen));
		each.tabIndex = chosen ? 0 : -1;
		byId(each.getAttribute("aria-controls")).hidden = !chosen;
	}
}

function startTabs() {
	for (const [i, tab] of tabs.entries()) {
		tab.addEventListener("click", () => showTab(tab));
		tab.addEventListener("keydown", ({ key }) => {
			if (key !== "ArrowLeft" && key !== "ArrowRight")
				return;
			const other = tabs[1 - i];
			showTab(other);
			other.focus();
		});
	}
}

/* ---- the landing conversation ---- */

const landing = new Chat({
	name: "landing",
	base: "/api/landing-assistant",
	limits: { maxChars: 4000 },
	token: () => null,
	typed: (question) => ({ body: { question, turnCount: landing.asked } }),
});

function startLanding() {
	const items = EXAMPLES.map((promptText) => ({ promptText }));
	byId("landing-chips").append(...makeChips(items, ({ promptText }) =>
		landing.pick(promptText, landing.typed(promptText))));
}

/* ---- the course conversation ---- */

function chosen() {
	const course = courses[courseSelect.selectedIndex];
	return { course, topic: course?.topics.find(
		(topic) => topic.topicId === topicSelect.value) };
}

/* What a turn needs to know of the place it was asked in. */
function place({ course, topic }) {
	return {
		context: `${course.name} \u00b7 ${topic.title}`,
		pick: (item) => pickSuggestion(item, { course, topic }),
	};
}

const tutor = new Chat({
	name: "course",
	base: "/api/assistant",
	limits: { maxBytes: 16 * 1024 },
	token: () => load(TOKEN),
	typed: (question) => {
		const { course, topic } = chosen();
		return { ...place({ course, topic }), body: {
			courseId: course.courseId, topicId: topic.topicId,
			question, moduleNo: topic.moduleNo } };
	},
	onUnauthorized: () => showSignIn("Please sign in again."),
});

/* A suggestion is asked in its own topic, whatever topic is chosen. One that
 * names none may be of any, so the turn says the course only. */
function pickSuggestion({ id, promptText, topicId }, { course, topic }) {
	const own = course.topics.find((each) => each.topicId === topicId);
	const where = place({ course, topic: own ?? topic });

	if (!own)
		where.context = course.name;
	tutor.pick(promptText, { ...where, body: {
		courseId: course.courseId, topicId: (own ?? topic).topicId,
		suggestionId: id, question: promptText } });
}

function showCourse() {
	const { course } = chosen();
	const options = (topics) => topics.map((topic) =>
		make("option", { value: topic.topicId }, topic.title));

	topicSelect.replaceChildren(...topicsByModule(course.topics)
		.flatMap(([moduleNo, topics]) => Number.isInteger(moduleNo) ?
			make("optgroup", { label: `Module ${moduleNo}` },
				...options(topics)) : options(topics)));
	byId("course-chips").replaceChildren(...makeChips(course.suggestions,
		(item) => pickSuggestion(item, chosen())));
}

function chooseCourse(slug) {
	const index = courses.findIndex((course) => course.slug === slug);
	if (index < 0)
		return;
	courseSelect.selectedIndex = index;
	showCourse();
}

function showCampusProblem(words) {
	byId("campus-problem").textContent = words;
	byId("campus-problem").hidden = false;
	byId("pickers").hidden = true;
}

async function startCampus() {
	tutor.setEnabled(false);
	courseSelect.addEventListener("change", showCourse);
	try {
		courses = await loadCourses();
	} catch (error) {
		showCampusProblem(error.status === 404 ?
			"There is no list of courses yet. In the folder of this " +
			"page run: coatcheck catalog > campus.json" :
			`The list of courses could not be read. ${errorWords(error)}`);
		return;
	}
	if (courses.length === 0) {
		showCampusProblem("There are no courses to ask about yet.");
		return;
	}
	courseSelect.append(...courses.map((course) =>
		make("option", { value: course.courseId }, course.name)));
	showCourse();
	byId("catalogue-list").append(...courses.map((course) =>
		make("li", {}, course.name)));
	byId("catalogue").hidden = false;
	tutor.setEnabled(true);
}

/* ---- sign-in ---- */

function showSignIn(words) {
	byId("token-problem").textContent = words;
	byId("token-problem").hidden = words === "";
	byId("signin").hidden = false;
	byId("workspace").hidden = true;
	byId("token-input").focus();
}

function expiryWords(when) {
	return when === null ? "" : ", signed in until " +
		when.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/* Returns whether the token could be taken into use. */
function signIn(token) {
	const claims = readClaims(token);
	if (claims === null)
		return false;
	if (learner !== null && learner !== claims.sub)
		tutor.clear();
	learner = claims.sub;
	save(TOKEN, token);
	byId("whoami").textContent = `Learner ${claims.sub.slice(-6)}` +
		expiryWords(claims.expiresAt);
	byId("whoami").title = claims.sub;
	byId("signin").hidden = true;
	byId("workspace").hidden = false;
	return true;
}

function signInFromForm(event) {
	const field = byId("token-input");
	event.preventDefault();
	if (!signIn(field.value.trim().replace(/^Bearer\s+/i, ""))) {
		showSignIn("That is not a token. It has three parts with dots " +
			"between them and no spaces.");
		return;
	}
	field.value = "";
	byId("course-input").focus();
}

function signOut() {
	save(TOKEN, null);
	learner = null;
	tutor.clear();
	showSignIn("");
}

/* A link with a token opens the course conversation, now or later. */
async function followLink(campusReady) {
	const link = takeHash();
	if (link === null)
		return;
	showTab(byId("course-tab"));
	if (!signIn(link.token))
		showSignIn("The link you followed does not hold a usable token.");
	await campusReady;
	chooseCourse(link.course);
}

function startSignIn(campusReady) {
	const token = load(TOKEN);
	if (token !== null && !signIn(token))
		save(TOKEN, null);
	if (learner !== null && load(PANEL) === "course-tab")
		showTab(byId("course-tab"));
	byId("signin").addEventListener("submit", signInFromForm);
	byId("token-use").disabled = false;
	byId("token-input").addEventListener("keydown", (event) => {
		if (event.key === "Enter" && !event.shiftKey)
			signInFromForm(event);
	});
	byId("signout").addEventListener("click", signOut);
	window.addEventListener("hashchange", () => followLink(campusReady));
	followLink(campusReady);
}

startTabs();
startLanding();
startSignIn(startCampus());
