/*
 * One HTTP exchange with the server: sends JSON, checks status and media type
 * before it reads a body, and turns everything else into a RequestError.
 * Knows nothing of jobs, of the page, or of how an error is worded.
 */

const TIMEOUT_MS = 15_000;

/* kind: "network", "timeout", "format" (not JSON, or not ours), "problem". */
export class RequestError extends Error {
	constructor(kind, { status = 0, detail = "", code = "",
		waitMs = null } = {}) {
		super(detail || kind);
		this.name = "RequestError";
		this.kind = kind;
		this.status = status;
		this.detail = detail;
		this.code = code;	/* the server's word for it */
		this.waitMs = waitMs;
	}

	/* The same request may succeed later without anybody changing it. */
	get transient() {
		return this.kind === "network" || this.kind === "timeout" ||
			this.status === 408 || this.status === 429 ||
			this.status >= 500;
	}
}

/* Retry-After in milliseconds; null unless it is whole seconds. */
export function parseRetryAfter(value) {
	return /^\d{1,7}$/.test(value ?? "") ? Number(value) * 1000 : null;
}

export function isJson(contentType) {
	const type = (contentType ?? "").split(";")[0].trim().toLowerCase();
	return type === "application/json" || type === "application/problem+json";
}

function problemDetail(body) {
	for (const text of [body.detail, body.message, body.title])
		if (typeof text === "string" && text.trim() !== "")
			return text;
	return "";
}

/* Takes a fetch Response; returns { status, body, waitMs } or throws. */
export async function readReply(response) {
	const status = response.status;
	const waitMs = parseRetryAfter(response.headers.get("Retry-After"));
	if (!isJson(response.headers.get("Content-Type")))
		throw new RequestError("format", { status, waitMs });
	let body;
	try {
		body = JSON.parse(await response.text());
	} catch (error) {
		if (error instanceof SyntaxError)
			throw new RequestError("format", { status, waitMs });
		throw error;
	}
	if (body === null || typeof body !== "object" || Array.isArray(body))
		throw new RequestError("format", { status, waitMs });
	if (!response.ok)
		throw new RequestError("problem",
			{ status, waitMs, detail: problemDetail(body), code: body.code });
	return { status, body, waitMs };
}

/*
 * Sends body as JSON, or only asks when there is none.
 * An abort by the caller's signal is passed on as it is; the time limit covers
 * the body as well as the headers.
 */
export async function requestJson({ url, body, token, signal }) {
	const limit = new AbortController();
	const stop = () => limit.abort();
	const timer = setTimeout(stop, TIMEOUT_MS);
	const headers = { Accept: "application/json, application/problem+json" };

	signal?.throwIfAborted();
	signal?.addEventListener("abort", stop, { once: true });
	if (body !== undefined)
		headers["Content-Type"] = "application/json";
	if (token)
		headers.Authorization = `Bearer ${token}`;
	try {
		return await readReply(await fetch(url, {
			method: body === undefined ? "GET" : "POST",
			body: body === undefined ? undefined : JSON.stringify(body),
			headers, signal: limit.signal, cache: "no-store",
			credentials: "omit", redirect: "error",
		}));
	} catch (error) {
		if (error instanceof RequestError)
			throw error;
		signal?.throwIfAborted();
		throw new RequestError(limit.signal.aborted ? "timeout" : "network");
	} finally {
		clearTimeout(timer);
		signal?.removeEventListener("abort", stop);
	}
}
