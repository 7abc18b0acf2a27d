/*
 * Elements of the conversation. Text from anywhere goes into text nodes only,
 * and a link is made only of an address that safeHref lets through.
 */

import { engineLabel } from "./words.js";

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

/* Several passages of one page are one source to the reader. */
export function readSources(sources) {
	const seen = new Set();
	return (Array.isArray(sources) ? sources : []).filter((source) => {
		if (typeof source?.title !== "string" || source.title === "")
			return false;
		const key = JSON.stringify([source.title, source.url ?? null]);
		return seen.has(key) ? false : seen.add(key);
	});
}

/* make("p", { class: "x", onclick: f }, "text", element, ...) */
export function make(tag, attributes, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes))
		if (typeof value === "function")
			element.addEventListener(name.slice(2), value);
		else
			element.setAttribute(name, value);
	element.append(...children);
	return element;
}

/* Buttons that each ask one prepared question. */
export function makeChips(items, pick) {
	return items.map((item) => make("button",
		{ type: "button", class: "chip", onclick: () => pick(item) },
		item.promptText));
}

function makeSources(sources) {
	const items = sources.map(({ title, url }) => {
		const href = safeHref(url, location.href);
		return make("li", {}, href === null ? title : make("a",
			{ href, target: "_blank", rel: "noopener noreferrer" }, title));
	});
	return make("div", { class: "sources", "data-testid": "sources" },
		make("h3", {}, sources.length === 1 ? "Source" : "Sources"),
		make("ul", {}, ...items));
}

/* One question with its state and, in time, its answer or its error. */
export class TurnView {
	constructor(question, context) {
		this.state = make("span",
			{ class: "status", "data-testid": "status", "aria-live": "off" });
		this.ticket = make("span", { class: "ticket" });
		this.ticket.hidden = true;
		this.body = make("div", { class: "body" });
		this.engine = make("span", { class: "engine" });
		this.next = make("div", { class: "chips", role: "group",
			"aria-label": "Next questions" });
		const asked = make("div", { class: "asked" },
			make("span", { class: "unseen" }, "You asked: "),
			make("p", { class: "question" }, question));
		if (context)
			asked.append(make("p", { class: "context" }, context));
		this.root = make("article", { class: "turn", tabindex: "-1" }, asked,
			make("div", { class: "reply" }, this.body,
				make("p", { class: "meta" }, this.engine, this.state,
					this.ticket),
				this.next));
	}

	/* stage: "busy", "done" or "stopped", for the style sheet. */
	setStatus(stage, words) {
		this.root.dataset.stage = stage;
		this.state.textContent = words;
	}

	/* Time-ordered ids begin alike, so the end is what tells them apart. */
	setTicket(jobId) {
		this.ticket.textContent = `Ticket ${jobId.slice(-6)}`;
		this.ticket.title = jobId;
		this.ticket.hidden = false;
	}

	clear() {
		this.body.replaceChildren();
		this.next.replaceChildren();
	}

	showAnswer({ answer, sources, engine, nextSuggestions }, pick) {
		const named = readSources(sources);
		/* The extractive engine without a source has quoted nothing. */
		const label = engine === "extractive" && named.length === 0 ? "" :
			engineLabel(engine);
		const next = (Array.isArray(nextSuggestions) ? nextSuggestions : [])
			.filter((item) => typeof item?.promptText === "string");
		this.body.replaceChildren(make("div",
			{ class: "answer", "data-testid": "answer" }, answer));
		if (named.length > 0)
			this.body.append(makeSources(named));
		if (label) {
			this.engine.append(make("span", { "data-testid": "engine" },
				label));
			this.engine.dataset.engine = engine;
		}
		if (pick)
			this.next.append(...makeChips(next, pick));
		this.reveal();
	}

	/* actions: [[label, function], ...] */
	showError(text, actions) {
		const buttons = actions.map(([label, run]) => make("button",
			{ type: "button", class: "secondary", onclick: run }, label));
		this.body.replaceChildren(make("div", { class: "problem" },
			make("p", { "data-testid": "error" }, text), ...buttons));
		this.reveal();
	}

	/* An answer taller than the window is read from its top. */
	reveal() {
		const tall = this.root.offsetHeight > window.innerHeight * 0.6;
		this.root.scrollIntoView({ block: tall ? "start" : "nearest" });
	}
}
