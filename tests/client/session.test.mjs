/* What was said before, and questions that wait over a reload. */

import assert from "node:assert/strict";
import test, { afterEach, beforeEach } from "node:test";
import { saveValue } from "../../client/demo/kept.js";
import { forgetOpen, historyOf, loadSession, pairMessages, readPrompts,
	saveOpen } from "../../client/demo/session.js";

const user = (content, createdAt) => ({ role: "user", content, createdAt });
const tutor = (content) => ({ role: "assistant", content });
const pair = (question, answer, askedAt) => ({ question, answer, askedAt });

test("messages become questions with their answers", () => {
	assert.deepEqual(pairMessages([user("a", "t"), tutor("A"), user("b"),
		user("c"), tutor("C")]),
	[pair("a", "A", "t"), pair("b", null, undefined),
		pair("c", "C", undefined)]);
	assert.deepEqual(pairMessages([tutor("too old"), user("a"), tutor("A")]),
		[pair("a", "A", undefined)]);
	assert.deepEqual(pairMessages([user("a"), null, "x", tutor(7), {},
		tutor("A"), tutor("again")]), [pair("a", "A", undefined)]);
	for (const odd of [undefined, null, {}, "x", []])
		assert.deepEqual(pairMessages(odd), []);
});

test("prompts keep what can be clicked", () => {
	const prompt = { id: "s", promptText: "P", answer: null };
	assert.deepEqual(readPrompts({ suggestions: [prompt, null, {},
		{ id: "s" }, { id: 7, promptText: "P" },
		{ id: "s", promptText: "" }] }), [prompt]);
	for (const odd of [{}, { suggestions: null }, { suggestions: "x" }])
		assert.deepEqual(readPrompts(odd), []);
});

test("a tutor's question takes along what was said of its course", () => {
	const turn = (n, courseId = "c", answer = `A${n}`) =>
		({ question: `q${n}`, answer, body: { courseId } });
	assert.deepEqual(historyOf([turn(1), turn(2, "other"), turn(3, "c", null),
		turn(4)], "c"), [user("q1"), tutor("A1"), user("q4"), tutor("A4")]
		.map(({ role, content }) => ({ role, content })));
	const many = Array.from({ length: 30 }, (_, n) => turn(n));
	const sent = historyOf(many, "c");
	assert.equal(sent.length, 20);
	assert.deepEqual(sent[0], { role: "user", content: "q20" });
	assert.deepEqual(sent.at(-1), { role: "assistant", content: "A29" });
	assert.deepEqual(historyOf([], "c"), []);
});

/* A server that has so many messages, and notes what it was asked for. */
let asked, messages;

beforeEach(() => {
	asked = [];
	globalThis.fetch = async (url, { headers }) => {
		asked.push([url, headers.Authorization]);
		return Response.json(url.includes("/prompts") ?
			{ suggestions: [{ id: "s", promptText: "P" }] } : { messages });
	};
	forgetOpen();
});
afterEach(() => forgetOpen());

const place = { courseId: "c/1", topicId: "t" };
const load = (where = place) => loadSession({ ...where, token: "x.y.z" });

test("both are asked for with the token, and ids are quoted", async () => {
	messages = [user("a"), tutor("A")];
	const { exchanges, prompts } = await load();
	assert.deepEqual(exchanges, [pair("a", "A", undefined)]);
	assert.deepEqual(prompts, [{ id: "s", promptText: "P" }]);
	assert.deepEqual(asked.sort(), [
		["/api/assistant/session?courseId=c%2F1&topicId=t", "Bearer x.y.z"],
		["/api/lessons/courses/c%2F1/prompts?topicId=t", "Bearer x.y.z"]]);
});

test("a question that waits is found again, in its topic only", async () => {
	const open = { jobId: "j", body: { question: "b" } };
	messages = [user("a"), tutor("A"), user("b")];
	saveOpen(place, open);
	const elsewhere = await load({ courseId: "c/1", topicId: "u" });
	assert.equal(elsewhere.exchanges.at(-1).open, undefined);
	assert.deepEqual((await load()).exchanges.at(-1).open, open);
	saveOpen(place, null);
	assert.equal((await load()).exchanges.at(-1).open, undefined);
});

test("one that has its answer by now waits no more", async () => {
	saveOpen(place, { jobId: "j", body: {} });
	messages = [user("a"), tutor("A")];
	assert.equal((await load()).exchanges[0].open, undefined);
	messages = [user("a"), tutor("A"), user("b")];
	assert.equal((await load()).exchanges.at(-1).open, undefined);
});

test("what is kept in another shape is passed over", async () => {
	messages = [user("a")];
	for (const odd of ["x", 7, [], { "c/1/t": null }]) {
		saveValue("coatcheck.open", odd);
		assert.equal((await load()).exchanges[0].open, undefined);
	}
});
