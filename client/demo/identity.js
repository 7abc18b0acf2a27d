/*
 * A token, as the link or the form gives it. The claims are read for display;
 * whether a token is good is for the server to say.
 */

/* "#token=T&course=SLUG" to { token, course }; null if it holds no token. */
export function parseHash(hash) {
	const fields = new URLSearchParams(hash.replace(/^#/, ""));
	const token = (fields.get("token") ?? "").trim();
	return token === "" ? null : { token, course: fields.get("course") ?? "" };
}

/* { sub, role or "", expiresAt: Date or null }; null if it is no JWT. */
export function readClaims(token) {
	const parts = token.split(".");
	if (parts.length !== 3 || parts.some((p) => !/^[\w-]+$/.test(p)))
		return null;
	try {
		const bytes = Uint8Array.from(
			atob(parts[1].replaceAll("-", "+").replaceAll("_", "/")),
			(c) => c.charCodeAt(0));
		const { sub, role, exp } = JSON.parse(new TextDecoder().decode(bytes));
		if (typeof sub !== "string" || sub === "")
			return null;
		return {
			sub,
			role: typeof role === "string" ? role : "",
			expiresAt: Number.isFinite(exp) ? new Date(exp * 1000) : null,
		};
	} catch {
		return null;
	}
}

/* Reads the link's token once and takes it out of the address bar. */
export function takeHash() {
	const found = parseHash(location.hash);
	if (found)
		history.replaceState(null, "",
			location.pathname + location.search);
	return found;
}
