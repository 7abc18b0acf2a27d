/*
 * A question on its way: sent, given a ticket, followed to its end. Shared by
 * everything on the page that asks; shows nothing itself.
 */

import { RequestError, requestJson } from "./api.js";
import { followJob, isJob, nextDelayMs } from "./poll.js";
import { progressWords } from "./words.js";

async function readJob(address, how) {
	const reply = await requestJson({ url: address, ...how });
	if (!isJob(reply.body))
		throw new RequestError("format", { status: reply.status });
	return reply;
}

/*
 *   to       address that takes the question
 *   jobs     address of its jobs
 *   body     of the question
 *   jobId    of a question that is there already, else null
 *   token    bearer token or null
 *   onState  gets words for each state on the way
 *   onTicket gets the id of a new job
 * Returns { stored } with what was answered at once, or { job }, which is null
 * when it takes too long. Throws RequestError, and signal.reason when aborted.
 */
export async function runJob({ to, jobs, body, jobId, token, signal,
	onState, onTicket }) {
	let firstDelayMs = 0;

	onState(jobId === null ? "Sending" : "Checking again");
	if (jobId === null) {
		const reply = await requestJson({ url: to, body, token, signal });
		if (reply.status === 200)
			return { stored: reply.body };
		if (typeof reply.body.jobId !== "string")
			throw new RequestError("format", { status: reply.status });
		jobId = reply.body.jobId;
		onTicket(jobId);
		onState("Sent");
		firstDelayMs = nextDelayMs(reply.body.retryAfterMs, reply.waitMs);
	}
	const address = `${jobs}/${encodeURIComponent(jobId)}`;
	return { job: await followJob(() => readJob(address, { token, signal }), {
		signal, firstDelayMs,
		onJob: (seen) => onState(progressWords(seen)),
		onTrouble: () =>
			onState("The connection is interrupted, trying again"),
	}) };
}
