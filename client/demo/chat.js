/*
 * One conversation: its form, its log and its turns. All panels use it; what
 * differs (address, body, token) is passed in.
 */

import { Turn } from "./turn.js";
import { questionProblem, whenWords } from "./words.js";

const byId = (id) => document.getElementById(id);
const BUSY = "One question at a time: the answer to the last one is still " +
	"on its way.";

export class Chat {
	/*
	 *   name            prefix of the element ids
	 *   base            address of the routes
	 *   kind            what its engines work from, for engineLabel
	 *   limits          for questionProblem
	 *   token()         bearer token or null
	 *   typed(question) { body, context, pick } of a typed question
	 *   onUnauthorized  offered to the reader on a 401
	 *   onOpen, onEnd   get a turn that has a job, and one whose job is over
	 */
	constructor({ name, ...service }) {
		Object.assign(this, service);
		this.log = byId(`${name}-log`);
		this.empty = byId(`${name}-empty`);
		this.input = byId(`${name}-input`);
		this.send = byId(`${name}-send`);
		this.hint = byId(`${name}-hint`);
		this.clearButton = byId(`${name}-clear`);
		this.usualHint = this.hint.textContent;
		this.turns = [];
		this.running = 0;
		this.stop = new AbortController();
		this.enabled = true;
		this.listen(byId(`${name}-form`));
		this.refresh();
	}

	listen(form) {
		form.addEventListener("submit", (event) => {
			event.preventDefault();
			this.submit();
		});
		this.input.addEventListener("keydown", (event) => {
			if (event.key !== "Enter" || event.shiftKey || event.isComposing)
				return;
			event.preventDefault();
			this.submit();
		});
		this.input.addEventListener("input", () => this.say(""));
		this.clearButton?.addEventListener("click", () => {
			this.clear();
			this.input.focus();
		});
	}

	say(words) {
		this.hint.textContent = words || this.usualHint;
		this.hint.classList.toggle("warning", words !== "");
	}

	setEnabled(enabled) {
		this.enabled = enabled;
		this.refresh();
	}

	refresh() {
		this.send.disabled = !this.enabled || this.running > 0;
		this.empty.hidden = this.turns.length > 0;
		if (this.clearButton)
			this.clearButton.hidden = this.turns.length === 0;
	}

	submit() {
		const question = this.input.value.trim();
		const problem = questionProblem(question, this.limits);

		if (!this.enabled)
			return;
		if (this.running > 0 || problem !== "") {
			this.say(problem || BUSY);
			this.input.focus();
			return;
		}
		this.input.value = "";
		this.ask(question, this.typed(question));
		this.input.focus();
	}

	/* A question that was picked rather than typed. */
	pick(question, request) {
		if (this.running > 0 || !this.enabled)
			this.say(this.running > 0 ? BUSY : "");
		else
			this.ask(question, request).focus({ preventScroll: true });
	}

	/* Starts a turn and returns its element. */
	ask(question, request) {
		const turn = this.add({ question, ...request });

		this.say("");
		this.log.setAttribute("aria-live", "polite");
		this.run(turn);
		turn.view.reveal();
		return turn.view.root;
	}

	add(request) {
		const turn = new Turn(this, request);

		this.turns.push(turn);
		this.log.append(turn.view.root);
		return turn;
	}

	/*
	 * Shows what was said before, unspoken; a question that waits for an answer
	 * goes on with its job. exchanges: [{ question, answer, askedAt, open }],
	 * where open is the { jobId, body } of that question, if it has one.
	 */
	recall(exchanges, request) {
		this.log.setAttribute("aria-live", "off");
		for (const { question, answer, askedAt, open } of exchanges) {
			const turn = this.add({ question, ...request(question), ...open });
			if (open)
				this.run(turn);
			else
				turn.recall(answer, whenWords(askedAt));
		}
		this.log.parentElement.scrollTop = this.log.parentElement.scrollHeight;
		this.refresh();
	}

	/* Forgets the conversation; answers still on their way are dropped. */
	clear() {
		this.stop.abort();
		this.stop = new AbortController();
		this.turns = [];
		this.log.replaceChildren();
		this.say("");
		this.refresh();
	}

	async run(turn) {
		this.running++;
		this.refresh();
		try {
			await turn.run(this.stop.signal);
		} finally {
			this.running--;
			this.refresh();
		}
	}
}
