/*
 * Every sentence that depends on what the server said: states, engines,
 * errors. Pure functions from data to text; builds no elements.
 */

const ENGINES = {
	material: {
		extractive: "Quoted, written by no model",
		llm: "Written by a language model from the course material",
		stored: "Prepared answer",
	},
	records: {
		extractive: "Counted in the records of the course",
		llm: "Written by a language model from the records of the course",
	},
};
const POSITION_CAP = 1000;	/* the server counts no further */

/*
 * kind: "material" or "records", what the answer was made from. Empty for an
 * engine this page does not know: better silent than wrong; and for one that
 * quotes and has named no source, since it has quoted nothing.
 */
export function engineLabel(engine, kind, sourceCount) {
	const labels = ENGINES[kind];
	if (!Object.hasOwn(labels, engine) || (kind === "material" &&
		engine === "extractive" && sourceCount === 0))
		return "";
	return labels[engine];
}

/* A job that is not final yet. */
export function progressWords({ status, position, attempts }) {
	if (status === "PROCESSING")
		return attempts > 1 ? `Working on it, attempt ${attempts}` :
			"Working on it";
	if (attempts > 0)
		return "Waiting for another attempt";
	if (!Number.isInteger(position) || position < 1)
		return "Waiting in line";
	return position < POSITION_CAP ?
		`Waiting in line, number ${position}` :
		"Waiting in line, number 1,000 or later";
}

export function durationWords(ms) {
	if (ms < 100)
		return "less than 0.1 s";
	if (ms < 10_000)
		return `${(ms / 1000).toFixed(1)} s`;
	if (ms < 90_000)
		return `${Math.round(ms / 1000)} s`;
	return `${Math.round(ms / 60_000)} min`;
}

/* A moment as the reader's clock shows it; the day only if it is not today. */
export function whenWords(iso, now = new Date()) {
	const when = new Date(iso);
	if (Number.isNaN(when.getTime()))
		return "";
	const today = when.toDateString() === now.toDateString();
	return when.toLocaleString([], { hour: "2-digit", minute: "2-digit",
		...(today ? {} : { day: "numeric", month: "short",
			year: "numeric" }) });
}

/* "last_minute_panic" to "Last minute panic". */
export function keyWords(key) {
	const words = key.replaceAll("_", " ").trim();
	return words.charAt(0).toUpperCase() + words.slice(1);
}

function waitWords(ms) {
	const count = (n, unit) => `${n} ${unit}${n === 1 ? "" : "s"}`;
	const seconds = Math.max(1, Math.ceil(ms / 1000));
	if (seconds < 90)
		return count(seconds, "second");
	if (seconds < 90 * 60)
		return count(Math.round(seconds / 60), "minute");
	return count(Math.round(seconds / 3600), "hour");
}

function cause({ kind, status, detail }) {
	if (kind === "network")
		return "The server could not be reached. Check your connection " +
			"and try again.";
	if (kind === "timeout")
		return "The server took too long to reply. Please try again.";
	if (kind === "problem" && detail)
		return detail;
	if (status === 429)
		return "Too many requests at the moment.";
	if (status >= 500)
		return `The service is not available right now (${status}).`;
	return `The server sent a reply this page cannot read (${status}).`;
}

/* Waiting does not bring back a quota, whatever Retry-After says. */
const isUsedUp = (error) => error.code === "quota_exceeded" ||
	(error.status === 429 && error.waitMs === null);

/* What went wrong, and when to come back if that helps. */
export function errorWords(error) {
	const text = cause(error);
	return error.waitMs > 0 && canRetry(error) ?
		`${text} You can try again in ${waitWords(error.waitMs)}.` : text;
}

export function canRetry(error) {
	return error.transient && !isUsedUp(error);
}

/* Empty when the question can be sent. */
export function questionProblem(question, { maxChars, maxBytes }) {
	if (question === "")
		return "Please write a question first.";
	if (maxChars && [...question].length > maxChars)
		return `That is longer than ${maxChars.toLocaleString("en")} ` +
			"characters. Please shorten it.";
	if (maxBytes && new TextEncoder().encode(question).length > maxBytes)
		return `That is longer than ${maxBytes / 1024} KiB. Please ` +
			"shorten it.";
	return "";
}

/* The same for an answer about oneself. */
export function answerProblem(answer) {
	const length = [...answer].length;
	if (length < 10)
		return "Please write a little more, at least ten characters.";
	return length > 2000 ? "That is longer than 2,000 characters. Please " +
		"shorten it." : "";
}
