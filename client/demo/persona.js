/*
 * How somebody learns: three questions, and what the answers tell the tutor of
 * the chosen course. Owns the dialog.
 */

import { requestJson, RequestError } from "./api.js";
import { chosenCourse } from "./course.js";
import { runJob } from "./job.js";
import { make } from "./make.js";
import { token } from "./signin.js";
import { answerProblem, errorWords, keyWords, whenWords } from "./words.js";

const QUESTIONS = [
	["before", "What did you do before, and why are you learning this now?"],
	["habit", "How do you go about learning something new?"],
	["hurdle", "What gets in your way when you learn?"],
].map(([questionId, prompt]) => ({ questionId, prompt }));

const byId = (id) => document.getElementById(id);
const dialog = byId("persona");
let stop = new AbortController();

const fieldOf = ({ questionId }) => byId(`persona-${questionId}`);
const problemOf = ({ questionId }) => byId(`persona-${questionId}-problem`);
const address = (what) => "/api/persona-profiles/" +
	`${encodeURIComponent(chosenCourse().courseId)}/${what}`;

function say(words) {
	byId("persona-state").textContent = words;
}

function showProblem(error) {
	byId("persona-problem").textContent = error instanceof RequestError ?
		errorWords(error) : error.message;
	byId("persona-problem").hidden = false;
}

/* Returns the responses, or null with what is wrong beside the fields. */
function readResponses() {
	let first = null;
	for (const question of QUESTIONS) {
		const problem = answerProblem(fieldOf(question).value.trim());
		problemOf(question).textContent = problem;
		problemOf(question).hidden = problem === "";
		fieldOf(question).setAttribute("aria-invalid", String(problem !== ""));
		if (problem !== "")
			first ??= fieldOf(question);
	}
	first?.focus();
	return first ? null : QUESTIONS.map((question) => ({ ...question,
		answer: fieldOf(question).value.trim() }));
}

function showResult({ personaKey, analysisSummary, analysisVersion }) {
	if (typeof personaKey !== "string" || typeof analysisSummary !== "string")
		throw new RequestError("format", { status: 200 });
	byId("persona-kind").textContent = personaKey === "default" ?
		"No particular kind" : keyWords(personaKey);
	byId("persona-summary").textContent = analysisSummary;
	byId("persona-version").hidden = analysisVersion !== "v1";
	byId("persona-result").hidden = false;
	byId("persona-result").scrollIntoView({ block: "nearest" });
	byId("persona-result").focus({ preventScroll: true });
}

async function showStatus(signal) {
	say("");
	const { body } = await requestJson({ url: address("status"),
		token: token(), signal });
	say(body.hasProfile === true ?
		`Your answers are in use since ${whenWords(body.updatedAt)}.` :
		"The tutor knows nothing of you yet.");
}

async function analyse(signal) {
	const responses = readResponses();
	if (responses === null)
		return;
	byId("persona-result").hidden = true;
	const { job } = await runJob({ to: address("analyze"),
		jobs: "/api/persona-profiles/job", body: { responses }, jobId: null,
		token: token(), signal, onState: say, onTicket: () => {} });
	if (job?.status !== "COMPLETED")
		throw new RequestError("problem", { detail: job === null ?
			"This takes longer than usual. Please look again later." :
			job.error || "Your answers could not be analysed." });
	await showStatus(signal);
	showResult(job.result ?? {});
}

/* Runs one of the two with its problems shown, while the dialog is open. */
async function attend(run) {
	const { signal } = stop;
	byId("persona-problem").hidden = true;
	byId("persona-send").disabled = true;
	try {
		await run(signal);
	} catch (error) {
		if (signal.aborted)
			return;
		say("");
		showProblem(error);
		if (!(error instanceof RequestError))
			throw error;
	} finally {
		if (!signal.aborted)
			byId("persona-send").disabled = false;
	}
}

function open() {
	stop = new AbortController();
	byId("persona-course").textContent = chosenCourse().name;
	byId("persona-result").hidden = true;
	dialog.showModal();
	attend(showStatus);
}

/* Another learner, or none: nothing of the one before stays in the fields. */
export function forgetPersona() {
	dialog.close();
	byId("persona-form").reset();
}

export function startPersona() {
	byId("persona-questions").append(...QUESTIONS.flatMap(
		({ questionId, prompt }) => [
			make("label", { for: `persona-${questionId}` }, prompt),
			make("textarea", { id: `persona-${questionId}`, rows: "2",
				"data-testid": `persona-${questionId}`,
				"aria-describedby": `persona-${questionId}-problem` }),
			make("p", { id: `persona-${questionId}-problem`,
				class: "warning", hidden: "" })]));
	byId("persona-open").addEventListener("click", open);
	byId("persona-close").addEventListener("click", () => dialog.close());
	dialog.addEventListener("close", () => stop.abort());
	byId("persona-form").addEventListener("submit", (event) => {
		event.preventDefault();
		attend(analyse);
	});
}
