/* Words, links, tokens and the course list; and what the page must not use. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { RequestError } from "../../client/demo/api.js";
import { readCourses, topicsByModule } from "../../client/demo/campus.js";
import { parseHash, readClaims } from "../../client/demo/identity.js";
import { load, loadValue, save, saveValue } from "../../client/demo/kept.js";
import { readAction, safeHref } from "../../client/demo/links.js";
import { readNext, readSources } from "../../client/demo/view.js";
import { answerProblem, canRetry, durationWords, engineLabel, errorWords,
	keyWords, progressWords, questionProblem, whenWords }
	from "../../client/demo/words.js";

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

test("an action is a whole http(s) address or a path on this site", () => {
	const read = (href) => readAction({ label: "Join", href }, BASE);
	assert.deepEqual(read("https://a.example/x"),
		{ label: "Join", href: "https://a.example/x", isOwn: false });
	assert.deepEqual(read("HTTP://a.example/"),
		{ label: "Join", href: "http://a.example/", isOwn: false });
	assert.deepEqual(read("/join?a=b#c"), { label: "Join",
		href: "https://campus.example/join?a=b#c", isOwn: true });
	assert.equal(read("/").href, "https://campus.example/");
	for (const bad of ["//evil.example", "/\\evil.example", "\\\\evil.example",
		"/\t/evil.example", "\t//evil.example", "/\n/evil.example",
		" https://a.example", "join", "../join", "#join", "?a=b", "https:x",
		"https:/x", "javascript:alert(1)", "java\nscript:alert(1)",
		"javascript://a.example/%0aalert(1)", "data:text/html,x",
		"ftp://a.example/", "https://user@a.example/", "https://", "", null,
		undefined, 7, {}, ["/join"]])
		assert.equal(read(bad), null, String(bad));
	for (const odd of [undefined, null, "x", 7, {}, { href: "/x" },
		{ label: "", href: "/x" }, { label: " ", href: "/x" },
		{ label: 7, href: "/x" }])
		assert.equal(readAction(odd, BASE), null);
});

test("what to ask next: prompts with ids, or texts", () => {
	assert.deepEqual(readNext({ nextSuggestions: [{ id: "s", promptText: "P" },
		null, {}, { promptText: "" }, { promptText: 7 }] }),
	[{ id: "s", promptText: "P" }]);
	assert.deepEqual(readNext({ suggestions: ["A", "", 7, null, "B"] }),
		[{ promptText: "A" }, { promptText: "B" }]);
	for (const odd of [{}, { suggestions: "x" }, { nextSuggestions: {} }])
		assert.deepEqual(readNext(odd), []);
});

test("sources: malformed ones are dropped, repeated ones named once", () => {
	assert.deepEqual(readSources([{ title: "A" }, { title: "A" },
		{ title: "A", url: "/a" }, { title: "" }, null, "x", { url: "/b" }]),
	[{ title: "A" }, { title: "A", url: "/a" }]);
	for (const odd of [undefined, null, {}, "x"])
		assert.deepEqual(readSources(odd), []);
});

test("engines", () => {
	const material = (engine, sources = 1) =>
		engineLabel(engine, "material", sources);
	assert.equal(material("extractive"), "Quoted, written by no model");
	assert.equal(material("extractive", 0), "", "nothing was quoted");
	assert.equal(material("llm", 0),
		"Written by a language model from the course material");
	assert.equal(material("stored", 0), "Prepared answer");
	assert.equal(engineLabel("extractive", "records", 0),
		"Counted in the records of the course");
	for (const odd of ["other", undefined, "toString", "__proto__"])
		assert.equal(material(odd), "");
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

test("moments", () => {
	const now = new Date(2027, 0, 15, 20, 0);
	const at = (...when) => whenWords(new Date(2027, ...when).toISOString(),
		now);
	assert.match(at(0, 15, 9, 5), /^0?9:05(\s?AM)?$/);
	assert.match(at(0, 14, 9, 5), /14.*2027.*9:05/);
	for (const odd of [undefined, null, "x", {}])
		assert.doesNotMatch(whenWords(odd, now), /Invalid/);
});

test("keys in words", () => {
	assert.equal(keyWords("last_minute_panic"), "Last minute panic");
	assert.equal(keyWords("x"), "X");
	assert.equal(keyWords(""), "");
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
	assert.equal(say("problem",
		{ status: 403, detail: "Tutor access required", waitMs: 1000 }),
	"Tutor access required", "waiting does not help");
	assert.match(say("problem", { status: 429, waitMs: 600_000 }),
		/^Too many requests.* in 10 minutes\.$/);
	assert.match(say("problem", { status: 429, waitMs: 86_400_000 }),
		/in 24 hours\.$/);
	assert.equal(say("problem", { status: 429, waitMs: 60_000,
		code: "quota_exceeded", detail: "You've reached the limit." }),
	"You've reached the limit.", "the time does not bring it back");
	assert.match(say("format", { status: 502 }), /not available.*\(502\)/);
	assert.match(say("format", { status: 200 }), /cannot read \(200\)/);
});

test("a retry is offered only where it can help", () => {
	const may = (kind, more) => canRetry(new RequestError(kind, more));
	assert.ok(may("network"));
	assert.ok(may("format", { status: 502 }));
	assert.ok(may("problem", { status: 429, waitMs: 1000 }));
	assert.ok(!may("problem", { status: 429 }));
	assert.ok(!may("problem", { status: 429, waitMs: 1000,
		code: "quota_exceeded" }));
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

test("answers about oneself are measured as the server measures them", () => {
	assert.match(answerProblem(""), /ten characters/);
	assert.match(answerProblem("\u{1f9e5}".repeat(9)), /ten characters/);
	assert.equal(answerProblem("\u{1f9e5}".repeat(10)), "");
	assert.equal(answerProblem("x".repeat(2000)), "");
	assert.match(answerProblem("x".repeat(2001)), /2,000/);
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
	assert.equal(readClaims(jwt('{"sub":"u","role":"tutor"}')).role, "tutor");
	for (const odd of ["", ',"role":7', ',"role":null', ',"role":["tutor"]'])
		assert.equal(readClaims(jwt(`{"sub":"u"${odd}}`)).role, "");
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
		assert.equal(loadValue("k"), null, "not JSON");
		saveValue("k", { a: [1] });
		assert.deepEqual(loadValue("k"), { a: [1] });
		saveValue("k", null);
		assert.equal(load("k"), null);
		assert.equal(loadValue("k"), null);
	}
	delete globalThis.sessionStorage;
	assert.equal(stored.size, 0);
});

test("the course list keeps what can be asked about", () => {
	const topic = { topicId: "t", title: "T", moduleNo: 1 };
	const course = { courseId: "c", slug: "s", name: "N", topics: [topic] };
	assert.deepEqual(readCourses({ courses: [course] }), [course]);
	assert.deepEqual(readCourses({ courses: [null, 7, {},
		{ ...course, topics: [] }, { ...course, name: "" },
		{ ...course, topics: [null, topic], suggestions: [{}] }] }),
	[course]);
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
		"\\beval\\b", "DOMParser", "new Function", "setHTML"].join("|"));
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
	const sheets = readdirSync(DEMO).filter((name) => name.endsWith(".css"));
	for (const name of sheets) {
		assert.doesNotMatch(readFileSync(new URL(name, DEMO), "utf8"),
			/@import|url\(/, name);
		assert.ok(html.includes(`href="${name}"`), name);
	}
});
