/* Which addresses from the server may become links. */

/* The address if it is http(s) without credentials, else null. */
export function safeHref(address, base) {
	if (typeof address !== "string" || address.trim() === "")
		return null;
	try {
		const url = new URL(address, base);
		const web = url.protocol === "https:" || url.protocol === "http:";
		return web && !url.username && !url.password ? url.href : null;
	} catch {
		return null;
	}
}

/*
 * { label, href, isOwn } of an answer's one link, or null. The address must be
 * a whole http(s) one or a path on this site, which "//host", "/\host" and
 * "/<tab>/host" only look like.
 */
export function readAction(action, base) {
	const { label, href } = action ?? {};
	if (typeof label !== "string" || label.trim() === "" ||
		typeof href !== "string" || !/^(https?:\/\/|\/(?![/\\]))/i.test(href) ||
		/[\0-\x20\\\x7f]/.test(href))
		return null;
	const safe = safeHref(href, base);
	return safe && { label, href: safe, isOwn: href.startsWith("/") };
}
