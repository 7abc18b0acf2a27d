/*
 * A turn of the conversation as elements. Text from anywhere goes into text
 * nodes only, and a link is made only of an address that links.js lets through.
 */

import { readAction, safeHref } from "./links.js";
import { make, makeActions, makeChips } from "./make.js";
import { showMarkdown } from "./markdown.js";
import { engineLabel } from "./words.js";

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

/* What to ask next, as [{ promptText, ... }]: a course's prompts have ids, a
 * visitor's suggestions are texts. */
export function readNext({ nextSuggestions, suggestions }) {
	const list = (value) => Array.isArray(value) ? value : [];
	return [...list(nextSuggestions), ...list(suggestions).map(
		(promptText) => ({ promptText }))].filter((item) =>
		typeof item?.promptText === "string" && item.promptText !== "");
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

function makeAction({ label, href, isOwn }) {
	const elsewhere = { target: "_blank", rel: "noopener noreferrer" };
	return make("p", {}, make("a", { class: "action", href,
		"data-testid": "action", ...(isOwn ? {} : elsewhere) }, label));
}

/* One question with its state and, in time, its answer or its error. */
export class TurnView {
	/* kind: as engineLabel takes it. */
	constructor(question, context, kind) {
		this.kind = kind;
		this.state = make("span",
			{ class: "status", "data-testid": "status", "aria-live": "off" });
		this.ticket = make("span", { class: "ticket" });
		this.ticket.hidden = true;
		this.body = make("div", { class: "body" });
		this.notice = make("p", { class: "aside", "data-testid": "notice" });
		this.notice.hidden = true;
		this.engine = make("span", { class: "engine" });
		this.next = make("div", { class: "chips", role: "group",
			"aria-label": "Next questions" });
		const asked = make("div", { class: "asked" },
			make("span", { class: "unseen" }, "You asked: "),
			make("p", { class: "question", "data-testid": "question" },
				question));
		if (context)
			asked.append(make("p", { class: "context" }, context));
		this.root = make("article", { class: "turn", tabindex: "-1" }, asked,
			make("div", { class: "reply" }, this.body, this.notice,
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

	showText(answer) {
		this.body.replaceChildren(showMarkdown(make("div",
			{ class: "answer", "data-testid": "answer" }), answer));
	}

	showAnswer(result, pick) {
		const sources = readSources(result.sources);
		const action = readAction(result.action, location.href);

		this.showText(result.answer);
		if (sources.length > 0)
			this.body.append(makeSources(sources));
		if (action !== null)
			this.body.append(makeAction(action));
		this.notice.textContent = typeof result.notice === "string" ?
			result.notice : "";
		this.notice.hidden = this.notice.textContent === "";
		this.showEngine(engineLabel(result.engine, this.kind, sources.length),
			result.engine);
		if (pick)
			this.next.append(...makeChips(readNext(result), pick));
		this.reveal();
	}

	showEngine(label, engine) {
		if (label === "")
			return;
		this.engine.append(make("span", { "data-testid": "engine" }, label));
		this.engine.dataset.engine = engine;
	}

	showError(text, actions) {
		this.body.replaceChildren(make("div", { class: "problem" },
			make("p", { "data-testid": "error" }, text),
			...makeActions(actions)));
		this.reveal();
	}

	/* An answer taller than the window is read from its top. */
	reveal() {
		const tall = this.root.offsetHeight > window.innerHeight * 0.6;
		this.root.scrollIntoView({ block: tall ? "start" : "nearest" });
	}
}
