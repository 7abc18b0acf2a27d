/*
 * Following a job to its end by polling: when to ask next, when to rest, when
 * to stop. Has no idea of URLs or of the page; time, chance and visibility can
 * be passed in.
 */

const FINAL = new Set(["COMPLETED", "FAILED", "CANCELLED"]);
const OPEN = new Set(["PENDING", "PROCESSING"]);
const MIN_MS = 150;
const MAX_MS = 5_000;
const DEFAULT_MS = 1_000;
const TROUBLE_MAX_MS = 30_000;
const TROUBLE_LIMIT = 4;
export const GIVE_UP_MS = 90_000;

const clamp = (ms, max) => Math.min(Math.max(ms, MIN_MS), max);

/*
 * The server's own estimate, in milliseconds where it gives them, else whole
 * seconds from Retry-After. Up to a fifth is added, never taken away, so that
 * many pages neither ask in step nor earlier than they were told.
 */
export function nextDelayMs(bodyMs, headerMs, random = Math.random) {
	const told = [bodyMs, headerMs].find((ms) =>
		typeof ms === "number" && Number.isFinite(ms) && ms >= 0);
	const base = clamp(told ?? DEFAULT_MS, MAX_MS);
	return clamp(Math.round(base * (1 + random() / 5)), MAX_MS);
}

/* After the n-th failure in a row: 1, 2, 4 s, or longer if the server says. */
export function troubleDelayMs(failures, headerMs, random = Math.random) {
	const backoff = 1000 * 2 ** (failures - 1) * (1 + random() / 5);
	return clamp(Math.round(Math.max(backoff, headerMs ?? 0)), TROUBLE_MAX_MS);
}

export function isFinal(job) {
	return FINAL.has(job.status);
}

export function isJob(body) {
	return FINAL.has(body.status) || OPEN.has(body.status);
}

function sleepFor(ms, signal) {
	return new Promise((resolve, reject) => {
		const stop = () => {
			clearTimeout(timer);
			reject(signal.reason);
		};
		const timer = setTimeout(() => {
			signal.removeEventListener("abort", stop);
			resolve();
		}, ms);
		signal.addEventListener("abort", stop, { once: true });
	});
}

function untilVisible(signal) {
	if (!document.hidden)
		return Promise.resolve();
	return new Promise((resolve, reject) => {
		const finish = () => {
			if (document.hidden && !signal.aborted)
				return;
			document.removeEventListener("visibilitychange", finish);
			signal.removeEventListener("abort", finish);
			if (signal.aborted)
				reject(signal.reason);
			else
				resolve();
		};
		document.addEventListener("visibilitychange", finish);
		signal.addEventListener("abort", finish);
	});
}

/*
 * Calls readJob() until the job is final and returns it, or null when limitMs
 * of visible time have passed. onJob sees every state on the way, onTrouble
 * every failure that is tried again. Throws what readJob threw when trying
 * again cannot help or has not helped, and signal.reason when aborted.
 */
export async function followJob(readJob, {
	signal, firstDelayMs, onJob, onTrouble, limitMs = GIVE_UP_MS,
	sleep = sleepFor, whenVisible = untilVisible,
	now = () => performance.now(), random = Math.random,
}) {
	let deadlineMs = now() + limitMs;
	let delayMs = firstDelayMs;
	let failures = 0;

	for (;;) {
		await sleep(delayMs, signal);
		signal.throwIfAborted();
		const hiddenAtMs = now();
		await whenVisible(signal);
		deadlineMs += now() - hiddenAtMs;
		if (now() > deadlineMs)
			return null;
		try {
			const { body, waitMs } = await readJob();
			if (isFinal(body))
				return body;
			failures = 0;
			onJob(body);
			delayMs = nextDelayMs(body.retryAfterMs, waitMs, random);
		} catch (error) {
			if (!error.transient || ++failures === TROUBLE_LIMIT)
				throw error;
			onTrouble(error);
			delayMs = troubleDelayMs(failures, error.waitMs, random);
		}
	}
}
