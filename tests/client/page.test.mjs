/* Words, links, tokens and the course list; and what the page must not use. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { RequestError } from "../../client/demo/api.js";
import { readCourses, topicsByModule } from "../../client/demo/campus.js";
import { parseHash, readClaims } from "../../client/demo/identity.js";
import { load, save } from "../../client/demo/kept.js";
import { readSources, safeHref } from "../../client/demo/view.js";
import { canRetry, durationWords, engineLabel, errorWords, progressWords,
	questionProblem } from "../../client/demo/words.js";

const DEMO = new URL("../../client/demo/", import.meta.url);
const BASE = "https://campus.example/sub/";

test("links: http(s) and same-origin addresses only", () => {
	assert.equal(safeHref("https://a.example/x", BASE), "https://a.example/x");
	assert.equal(safeHref("http://a.example/", BASE), "http://a.example/");
	assert.equal(safeHref("/docs/a", BASE), "https://campus.example/docs/a");
	assert.equal(safeHref("b#c", BASE), "https://campus.example/sub/b#c");
	for (const bad of ["javascript:alert(1)", " JaVaScript:alert(1)",
		"java\nscript:alert(1)", "data:text/html,x", "vbscript:x",
		"file:///etc/passwd", "blob:https://a.example/x", "mailto:a@b",
		"https://user:secret@a.example/", "https://user@a.example/",
		"http://", "", "  ", null, undefined, 7, {}])
		assert.equal(safeHref(bad, BASE), null, String(bad));
});

test("sources: malformed ones are dropped, repeated ones named once", () => {
	assert.deepEqual(readSources([{ title: "A" }, { title: "A" },
		{ title: "A", url: "/a" }, { title: "" }, null, "x", { url: "/b" }]),
	[{ title: "A" }, { title: "A", url: "/a" }]);
	for (const odd of [undefined, null, {}, "x"])
		assert.deepEqual(readSources(odd), []);
});

test("engines", () => {
	assert.equal(engineLabel("extractive"), "Quoted from the course material");
	assert.equal(engineLabel("llm"),
		"Written by a language model from the course material");
	assert.equal(engineLabel("stored"), "Prepared answer");
	for (const odd of ["other", undefined, "toString", "__proto__"])
		assert.equal(engineLabel(odd), "");
});

test("states in words", () => {
	const words = (job) => progressWords(job);
	assert.equal(words({ status: "PENDING", position: 3, attempts: 0 }),
		"Waiting in line, number 3");
	for (const position of [undefined, 0, -1, "3", 1.5])
		assert.equal(words({ status: "PENDING", position, attempts: 0 }),
			"Waiting in line");
	assert.equal(words({ status: "PENDING", position: 1000, attempts: 0 }),
		"Waiting in line, number 1,000 or later");
	assert.equal(words({ status: "PENDING", position: 1, attempts: 1 }),
		"Waiting for another attempt");
	assert.equal(words({ status: "PROCESSING", attempts: 1 }),
		"Working on it");
	assert.equal(words({ status: "PROCESSING", attempts: 2 }),
		"Working on it, attempt 2");
});

test("durations", () => {
	assert.equal(durationWords(12), "less than 0.1 s");
	assert.equal(durationWords(420), "0.4 s");
	assert.equal(durationWords(42_000), "42 s");
	assert.equal(durationWords(180_000), "3 min");
});

test("errors in words", () => {
	const say = (kind, more) => errorWords(new RequestError(kind, more));
	assert.match(say("network"), /could not be reached/);
	assert.match(say("timeout"), /too long/);
	assert.equal(say("problem", { status: 404, detail: "Job not found" }),
		"Job not found");
	assert.equal(say("problem",
		{ status: 429, detail: "Please wait.", waitMs: 1000 }),
	"Please wait. You can try again in 1 second.");
	assert.match(say("problem", { status: 429, waitMs: 600_000 }),
		/^Too many requests.* in 10 minutes\.$/);
	assert.match(say("problem", { status: 429, waitMs: 86_400_000 }),
		/in 24 hours\.$/);
	assert.match(say("format", { status: 502 }), /not available.*\(502\)/);
	assert.match(say("format", { status: 200 }), /cannot read \(200\)/);
});

test("a retry is offered only where it can help", () => {
	const may = (kind, more) => canRetry(new RequestError(kind, more));
	assert.ok(may("network"));
	assert.ok(may("format", { status: 502 }));
	assert.ok(may("problem", { status: 429, waitMs: 1000 }));
	assert.ok(!may("problem", { status: 429 }));
	assert.ok(!may("problem", { status: 400 }));
});

test("questions are measured as the server measures them", () => {
	const landing = { maxChars: 4000 };
	const course = { maxBytes: 16 * 1024 };
	assert.match(questionProblem("", landing), /write a question/);
	assert.equal(questionProblem("x".repeat(4000), landing), "");
	assert.equal(questionProblem("\u{1f9e5}".repeat(4000), landing), "");
	assert.match(questionProblem("x".repeat(4001), landing), /4,000/);
	assert.equal(questionProblem("x".repeat(16384), course), "");
	assert.match(questionProblem("\u00e9".repeat(8193), course), /16 KiB/);
});

function jwt(payload) {
	const part = (value) => Buffer.from(value).toString("base64url");
	return `${part('{"alg":"HS256"}')}.${part(payload)}.c2ln`;
}

test("the link's fragment", () => {
	assert.deepEqual(parseHash("#token=a.b.c&course=databases"),
		{ token: "a.b.c", course: "databases" });
	assert.deepEqual(parseHash("#token=a.b.c"),
		{ token: "a.b.c", course: "" });
	for (const odd of ["", "#", "#chat", "#course=x", "#token="])
		assert.equal(parseHash(odd), null);
});

test("claims are read for display, whatever the alphabet", () => {
	const { sub, expiresAt } = readClaims(jwt(
		'{"sub":"u-\u00fc?>~\u{1f9e5}","exp":1800000000}'));
	assert.equal(sub, "u-\u00fc?>~\u{1f9e5}");
	assert.equal(expiresAt.toISOString(), "2027-01-15T08:00:00.000Z");
	assert.equal(readClaims(jwt('{"sub":"u"}')).expiresAt, null);
	for (const odd of ["", "a.b", "a.b.c.d", "a..c", "a b.c.d", jwt("x"),
		jwt("null"), jwt("{}"), jwt('{"sub":7}'), "a.%%%.c", `${jwt("{}")}\n`])
		assert.equal(readClaims(odd), null, odd);
});

test("what is kept, with and without storage", () => {
	const stored = new Map();
	const refuse = () => {
		throw new Error("no storage");
	};
	const storages = [
		{ getItem: (key) => stored.get(key) ?? null,
			setItem: (key, value) => stored.set(key, value),
			removeItem: (key) => stored.delete(key) },
		{ getItem: refuse, setItem: refuse, removeItem: refuse },
	];
	for (const storage of storages) {
		globalThis.sessionStorage = storage;
		assert.equal(load("k"), null);
		save("k", "v");
		assert.equal(load("k"), "v");
		assert.equal(load("other"), null);
		save("k", null);
		assert.equal(load("k"), null);
	}
	delete globalThis.sessionStorage;
	assert.equal(stored.size, 0);
});

test("the course list keeps what can be asked about", () => {
	const topic = { topicId: "t", title: "T", moduleNo: 1 };
	const suggestion = { id: "s", promptText: "P" };
	const course = { courseId: "c", slug: "s", name: "N",
		topics: [topic], suggestions: [suggestion] };
	assert.deepEqual(readCourses({ courses: [course] }), [course]);
	assert.deepEqual(readCourses({ courses: [null, 7, {},
		{ ...course, topics: [] }, { ...course, name: "" },
		{ ...course, topics: [null, topic], suggestions: [{}] }] }),
	[{ ...course, suggestions: [] }]);
	for (const odd of [{}, { courses: null }, { courses: "x" }])
		assert.deepEqual(readCourses(odd), []);
});

test("topics are gathered by module in their order", () => {
	const topic = (topicId, moduleNo) => ({ topicId, moduleNo });
	const [a, b, c] = [topic("a", 1), topic("b", 2), topic("c", 1)];
	assert.deepEqual(topicsByModule([a, b, c]), [[1, [a, c]], [2, [b]]]);
});

test("scripts never build markup or code from text", () => {
	const banned = new RegExp(["innerHTML", "outerHTML", "insertAdjacentHTML",
		"document\\.write", "createContextualFragment", "srcdoc",
		"\\beval\\b", "new Function", "setHTML"].join("|"));
	const scripts = readdirSync(DEMO).filter((name) => name.endsWith(".js"));
	assert.ok(scripts.includes("demo.js"));
	for (const name of scripts)
		assert.doesNotMatch(readFileSync(new URL(name, DEMO), "utf8"),
			banned, name);
});

test("the page fits its Content-Security-Policy", () => {
	const html = readFileSync(new URL("index.html", DEMO), "utf8");
	assert.doesNotMatch(html, /<style|\sstyle=|\son[a-z]+=|https?:|\/\//);
	assert.doesNotMatch(html, /<script(?![^>]*\ssrc=)/);
	const css = readFileSync(new URL("demo.css", DEMO), "utf8");
	assert.doesNotMatch(css, /@import|url\(/);
});
