/*
 * The page: reads the list of courses and tells the panels of it and of who is
 * signed in. What a panel does is in its own module.
 */

import { loadCourses } from "./campus.js";
import { changeLearner, showCourse, showCourses, startCourse }
	from "./course.js";
import { startLanding } from "./landing.js";
import { forgetTutor, showTutorCourse, showTutorCourses, startLearners }
	from "./learners.js";
import { make } from "./make.js";
import { forgetPersona, startPersona } from "./persona.js";
import { startSignIn } from "./signin.js";
import { showLastTab, startTabs } from "./tabs.js";
import { errorWords } from "./words.js";

const byId = (id) => document.getElementById(id);
let linked = "";	/* slug of the course that a link named */

function showCampusProblem(words) {
	for (const id of ["campus-problem", "learners-problem"]) {
		byId(id).textContent = words;
		byId(id).hidden = false;
	}
	byId("pickers").hidden = true;
	byId("learners-pickers").hidden = true;
}

async function readCampus() {
	let courses;
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
	showCourses(courses, linked);
	showTutorCourses(courses, linked);
	byId("catalogue-list").append(...courses.map((course) =>
		make("li", {}, course.name)));
	byId("catalogue").hidden = false;
	byId("persona-open").hidden = false;
}

function change({ isIn, isOther }) {
	changeLearner(isIn, isOther);
	if (!isOther)
		return;
	forgetTutor();
	forgetPersona();
}

function follow(slug) {
	linked = slug;
	showCourse(slug);
	showTutorCourse(slug);
}

startTabs();
startLanding();
startCourse();
startLearners();
startPersona();
startSignIn(change, follow);
showLastTab();
readCampus();
