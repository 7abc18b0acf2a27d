/*
 * What was said before: what the server keeps of a learner's conversations, and
 * which question of them still waits for its answer, so that a page which was
 * loaded again goes on with it; and what a tutor's next question takes along.
 */

import { requestJson } from "./api.js";
import { loadValue, saveValue } from "./kept.js";

const HISTORY_MAX = 20;	/* messages the server takes of a tutor */
const OPEN = "coatcheck.open";	/* { place: { jobId, body } } */

const list = (value) => Array.isArray(value) ? value : [];
const placeOf = (courseId, topicId) => `${courseId}/${topicId}`;

/* Messages to [{ question, answer or null, askedAt }]. An answer whose question
 * is too old to be among them is left out. */
export function pairMessages(messages) {
	const pairs = [];
	for (const message of list(messages)) {
		if (typeof message?.content !== "string")
			continue;
		if (message.role === "user")
			pairs.push({ question: message.content, answer: null,
				askedAt: message.createdAt });
		else if (pairs.length > 0 && pairs.at(-1).answer === null)
			pairs.at(-1).answer = message.content;
	}
	return pairs;
}

export function readPrompts({ suggestions }) {
	return list(suggestions).filter((item) => typeof item?.id === "string" &&
		typeof item.promptText === "string" && item.promptText !== "");
}

/* { exchanges, prompts } of a topic. */
export async function loadSession({ courseId, topicId, token, signal }) {
	const query = new URLSearchParams({ courseId, topicId });
	const [session, prompts] = await Promise.all([
		requestJson({ url: `/api/assistant/session?${query}`, token, signal }),
		requestJson({ url: "/api/lessons/courses/" +
			`${encodeURIComponent(courseId)}/prompts?` +
			new URLSearchParams({ topicId }), token, signal }),
	]);
	const exchanges = pairMessages(session.body.messages);
	const last = exchanges.at(-1);
	const open = loadValue(OPEN)?.[placeOf(courseId, topicId)];

	if (open && last?.answer === null)
		last.open = open;
	else
		saveOpen({ courseId, topicId }, null);
	return { exchanges, prompts: readPrompts(prompts.body) };
}

/* Remembers the { jobId, body } that a topic waits for; null forgets it. */
export function saveOpen({ courseId, topicId }, open) {
	const { [placeOf(courseId, topicId)]: _, ...all } = loadValue(OPEN) ?? {};
	if (open !== null)
		all[placeOf(courseId, topicId)] = open;
	saveValue(OPEN, Object.keys(all).length > 0 ? all : null);
}

export function forgetOpen() {
	saveValue(OPEN, null);
}

/* The newest messages about a course, oldest first. turns: [{ question, answer
 * or null, body: { courseId } }] */
export function historyOf(turns, courseId) {
	return turns.filter((turn) => turn.answer !== null &&
		turn.body.courseId === courseId).flatMap(({ question, answer }) => [
		{ role: "user", content: question },
		{ role: "assistant", content: answer }]).slice(-HISTORY_MAX);
}
