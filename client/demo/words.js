/*
 * Every sentence that depends on what the server said: states, engines,
 * errors. Pure functions from data to text; builds no elements.
 */

const ENGINES = {
	extractive: "Quoted from the course material",
	llm: "Written by a language model from the course material",
	stored: "Prepared answer",
};
const POSITION_CAP = 1000;	/* the server counts no further */

/* Empty for an engine this page does not know: better silent than wrong. */
export function engineLabel(engine) {
	return Object.hasOwn(ENGINES, engine) ? ENGINES[engine] : "";
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

/* What went wrong, and when to come back if the server named a time. */
export function errorWords(error) {
	const text = cause(error);
	return error.waitMs > 0 ?
		`${text} You can try again in ${waitWords(error.waitMs)}.` : text;
}

/* A used-up quota has no Retry-After: trying again would not help. */
export function canRetry(error) {
	return error.transient && (error.status !== 429 || error.waitMs !== null);
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
