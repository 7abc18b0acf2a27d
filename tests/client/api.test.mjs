/* What the page makes of a reply before it believes its body. */

import assert from "node:assert/strict";
import test from "node:test";
import { isJson, parseRetryAfter, readReply, RequestError }
	from "../../client/demo/api.js";

function reply(status, type, text, headers = {}) {
	return new Response(text, {
		status, headers: { "Content-Type": type, ...headers } });
}

test("Retry-After is whole seconds or nothing", () => {
	assert.equal(parseRetryAfter("2"), 2000);
	assert.equal(parseRetryAfter("0"), 0);
	for (const odd of [null, undefined, "", "-1", "1.5", "2s", "1e3",
		"Wed, 21 Oct 2026 07:28:00 GMT", "99999999"])
		assert.equal(parseRetryAfter(odd), null);
});

test("JSON is told by the media type, not by its parameters", () => {
	assert.ok(isJson("application/json"));
	assert.ok(isJson("Application/Problem+JSON; charset=utf-8"));
	for (const odd of [null, "", "text/html", "text/json",
		"application/jsonp", "text/html; x=application/json"])
		assert.ok(!isJson(odd));
});

test("a good reply is read", async () => {
	assert.deepEqual(await readReply(reply(202, "application/json",
		'{"jobId":"a"}', { "Retry-After": "1" })),
	{ status: 202, body: { jobId: "a" }, waitMs: 1000 });
});

test("a problem keeps its status, its sentence and its wait", async () => {
	await assert.rejects(readReply(reply(429, "application/problem+json",
		'{"title":"T","detail":"Too many.","message":"M"}',
		{ "Retry-After": "42" })),
	{ kind: "problem", status: 429, detail: "Too many.", waitMs: 42_000 });
	await assert.rejects(readReply(reply(400, "application/problem+json",
		'{"detail":7,"message":"Question is required"}')),
	{ detail: "Question is required" });
});

test("anything but a JSON object is not parsed or not believed", async () => {
	for (const [type, text] of [["text/html", "<h1>502</h1>"],
		["text/html", '{"status":"COMPLETED"}'],
		["application/json", ""], ["application/json", '{"a":'],
		["application/json", "null"], ["application/json", "[]"],
		["application/json", '"text"']])
		await assert.rejects(readReply(reply(200, type, text)),
			{ kind: "format", status: 200 });
	await assert.rejects(readReply(reply(502, "text/html", "<h1>")),
		{ kind: "format", status: 502 });
});

test("which failures may pass by themselves", () => {
	for (const error of [new RequestError("network"),
		new RequestError("timeout"),
		new RequestError("format", { status: 502 }),
		new RequestError("problem", { status: 503 }),
		new RequestError("problem", { status: 429 })])
		assert.ok(error.transient);
	for (const status of [400, 401, 403, 404, 409, 413, 422])
		assert.ok(!new RequestError("problem", { status }).transient);
	assert.ok(!new RequestError("format", { status: 200 }).transient);
});
