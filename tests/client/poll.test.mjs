/* When the page asks for a job, and when it stops asking. */

import assert from "node:assert/strict";
import test from "node:test";
import { RequestError } from "../../client/demo/api.js";
import { followJob, GIVE_UP_MS, isFinal, isJob, nextDelayMs, troubleDelayMs }
	from "../../client/demo/poll.js";

const least = () => 0;
const most = () => 0.999999;

test("the body's milliseconds come before the header's seconds", () => {
	assert.equal(nextDelayMs(400, 1000, least), 400);
	assert.equal(nextDelayMs(undefined, 2000, least), 2000);
	assert.equal(nextDelayMs(undefined, null, least), 1000);
});

test("nonsense from the server is passed over", () => {
	for (const odd of [-1, Number.NaN, Infinity, "300", null, {}])
		assert.equal(nextDelayMs(odd, 2000, least), 2000);
});

test("delays stay between 150 ms and 5 s, jitter included", () => {
	for (const random of [least, most]) {
		assert.ok(nextDelayMs(0, null, random) >= 150);
		assert.equal(nextDelayMs(60_000, null, random), 5000);
	}
});

test("jitter only ever adds, at most a fifth", () => {
	assert.equal(nextDelayMs(1000, null, least), 1000);
	assert.equal(nextDelayMs(1000, null, most), 1200);
});

test("failures back off, and a longer wish of the server is kept", () => {
	assert.deepEqual([1, 2, 3].map((n) => troubleDelayMs(n, null, least)),
		[1000, 2000, 4000]);
	assert.equal(troubleDelayMs(1, 12_000, least), 12_000);
	assert.equal(troubleDelayMs(1, 3_600_000, least), 30_000);
});

test("states", () => {
	for (const status of ["COMPLETED", "FAILED", "CANCELLED"])
		assert.ok(isFinal({ status }) && isJob({ status }));
	for (const status of ["PENDING", "PROCESSING"])
		assert.ok(!isFinal({ status }) && isJob({ status }));
	for (const status of [undefined, "", "DONE"])
		assert.ok(!isFinal({ status }) && !isJob({ status }));
});

/* A job whose replies are given one by one, on a clock of its own. */
function script(replies, options = {}) {
	const stop = new AbortController();
	const seen = { delays: [], jobs: [], troubles: 0, reads: 0, stop };
	let clockMs = 0;
	seen.run = () => followJob(async () => {
		const reply = replies[Math.min(seen.reads++, replies.length - 1)];
		if (reply instanceof Error)
			throw reply;
		return { body: reply, waitMs: 1000 };
	}, {
		signal: stop.signal, firstDelayMs: 200,
		onJob: (job) => seen.jobs.push(job.status),
		onTrouble: () => seen.troubles++,
		sleep: async (ms) => { seen.delays.push(ms); clockMs += ms; },
		now: () => clockMs, random: least,
		whenVisible: async () => {
			clockMs += options.hiddenMs?.shift() ?? 0;
		},
	});
	seen.clockMs = () => clockMs;
	return seen;
}

const waiting = { status: "PENDING", retryAfterMs: 300 };
const done = { status: "COMPLETED", result: {} };

test("a job is followed to its end at the pace it names", async () => {
	const it = script([waiting,
		{ status: "PROCESSING", retryAfterMs: 700 }, done]);
	assert.equal(await it.run(), done);
	assert.deepEqual(it.delays, [200, 300, 700]);
	assert.deepEqual(it.jobs, ["PENDING", "PROCESSING"]);
});

test("it gives up after the limit, with the job still open", async () => {
	const it = script([waiting]);
	assert.equal(await it.run(), null);
	assert.ok(it.clockMs() >= GIVE_UP_MS && it.clockMs() < GIVE_UP_MS + 5000);
});

test("time spent hidden does not count", async () => {
	const it = script([waiting, waiting, done], { hiddenMs: [0, 600_000] });
	assert.equal(await it.run(), done);
});

test("a passing failure is survived, and counted anew after a reply",
	async () => {
		const bad = new RequestError("format", { status: 502 });
		const it = script([bad, bad, bad, waiting, bad, bad, bad, done]);
		assert.equal(await it.run(), done);
		assert.equal(it.troubles, 6);
	});

test("four failures in a row are reported", async () => {
	const it = script([new RequestError("network")]);
	await assert.rejects(it.run(), { kind: "network" });
	assert.equal(it.reads, 4);
});

test("a refusal is reported at once", async () => {
	const it = script([new RequestError("problem", { status: 404 })]);
	await assert.rejects(it.run(), { status: 404 });
	assert.equal(it.reads, 1);
});

test("an abort ends it, in the middle of a real sleep too", async () => {
	const stop = new AbortController();
	const following = followJob(() => assert.fail("must not read"),
		{ signal: stop.signal, firstDelayMs: 60_000 });
	stop.abort();
	await assert.rejects(following, { name: "AbortError" });

	const early = script([waiting]);
	early.stop.abort();
	await assert.rejects(early.run(), { name: "AbortError" });
	assert.equal(early.reads, 0);
});
