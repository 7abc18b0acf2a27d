/*
 * One conversation: its form, its log, and the way of a question from the
 * first request to the last word. Both panels use it; what differs (address,
 * body, token) is passed in.
 */

import { RequestError, requestJson } from "./api.js";
import { followJob, isJob, nextDelayMs } from "./poll.js";
import { TurnView } from "./view.js";
import { canRetry, durationWords, errorWords, progressWords, questionProblem }
	from "./words.js";

const byId = (id) => document.getElementById(id);

export class Chat {
	/*
	 * name: prefix of the element ids; base: address of the routes; limits:
	 * for questionProblem; token(): bearer token or null; typed(question):
	 * { body, context, pick } of a typed question; onUnauthorized(): offered
	 * to the reader on a 401.
	 */
	constructor({ name, base, limits, token, typed, onUnauthorized }) {
		Object.assign(this, { base, limits, token, typed, onUnauthorized });
		this.log = byId(`${name}-log`);
		this.empty = byId(`${name}-empty`);
		this.input = byId(`${name}-input`);
		this.send = byId(`${name}-send`);
		this.hint = byId(`${name}-hint`);
		this.clearButton = byId(`${name}-clear`);
		this.usualHint = this.hint.textContent;
		this.asked = 0;
		this.running = 0;
		this.stop = new AbortController();
		this.enabled = true;

		const form = byId(`${name}-form`);
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
		this.clearButton.addEventListener("click", () => {
			this.clear();
			this.input.focus();
		});
		this.refresh();
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
		this.empty.hidden = this.asked > 0;
		this.clearButton.hidden = this.asked === 0;
	}

	submit() {
		const question = this.input.value.trim();
		const problem = questionProblem(question, this.limits);

		if (!this.enabled)
			return;
		if (this.running > 0 || problem !== "") {
			this.say(problem || "One question at a time: the answer to " +
				"the last one is still on its way.");
			this.input.focus();
			return;
		}
		this.input.value = "";
		this.ask(question, this.typed(question));
		this.input.focus();
	}

	/* A question that was picked rather than typed. */
	pick(question, request) {
		if (this.running > 0) {
			this.say("One question at a time: the answer to the last " +
				"one is still on its way.");
			return;
		}
		this.ask(question, request).focus({ preventScroll: true });
	}

	/* Starts a turn and returns its element. */
	ask(question, { body, context, pick }) {
		const view = new TurnView(question, context);
		const turn = { view, body, pick, jobId: null, startMs: 0 };

		this.say("");
		this.asked++;
		this.log.append(view.root);
		this.run(turn);
		view.reveal();
		return view.root;
	}

	/* Forgets the conversation; answers still on their way are dropped. */
	clear() {
		this.stop.abort();
		this.stop = new AbortController();
		this.asked = 0;
		this.log.replaceChildren();
		this.say("");
		this.refresh();
	}

	/* Sends the turn's question, or goes on with the job it already has. */
	async run(turn) {
		const signal = this.stop.signal;

		this.running++;
		this.refresh();
		turn.view.clear();
		try {
			await this.carry(turn, signal);
		} catch (error) {
			if (!signal.aborted)
				this.fail(turn, error);
		} finally {
			this.running--;
			this.refresh();
		}
	}

	async carry(turn, signal) {
		const { view } = turn;
		let firstDelayMs = 0;

		if (turn.jobId === null) {
			turn.startMs = performance.now();
			view.setStatus("busy", "Sending");
			const { status, body, waitMs } = await requestJson({
				url: `${this.base}/query`, body: turn.body,
				token: this.token(), signal });
			if (status === 200)
				return this.finish(turn, { engine: "stored", ...body });
			if (typeof body.jobId !== "string")
				throw new RequestError("format", { status });
			turn.jobId = body.jobId;
			view.setTicket(turn.jobId);
			view.setStatus("busy", "Sent");
			firstDelayMs = nextDelayMs(body.retryAfterMs, waitMs);
		} else {
			view.setStatus("busy", "Checking again");
		}
		const job = await followJob(() => this.readJob(turn, signal), {
			signal, firstDelayMs,
			onJob: (seen) => view.setStatus("busy", progressWords(seen)),
			onTrouble: () => view.setStatus("busy",
				"The connection is interrupted, trying again"),
		});
		this.settle(turn, job);
	}

	async readJob(turn, signal) {
		const reply = await requestJson({
			url: `${this.base}/job/${encodeURIComponent(turn.jobId)}`,
			token: this.token(), signal });
		if (!isJob(reply.body))
			throw new RequestError("format", { status: reply.status });
		return reply;
	}

	settle(turn, job) {
		const checkAgain = ["Check again", () => this.again(turn)];

		if (job === null)
			this.halt(turn, "Still waiting", "This takes longer than usual. " +
				"Your question is kept, and you can look for its answer again.",
			[checkAgain]);
		else if (job.status === "COMPLETED")
			this.finish(turn, job.result ?? {});
		else if (job.status === "CANCELLED")
			this.halt(turn, "Cancelled", "This question was cancelled.",
				[this.askAgain(turn)]);
		else
			this.halt(turn, "Not answered", job.error ||
				"The question could not be answered.", [this.askAgain(turn)]);
	}

	finish(turn, result) {
		if (typeof result.answer !== "string")
			throw new RequestError("format", { status: 200 });
		const spent = durationWords(performance.now() - turn.startMs);
		turn.view.setStatus("done", `Done in ${spent}`);
		turn.view.showAnswer(result, turn.pick);
	}

	fail(turn, error) {
		if (!(error instanceof RequestError)) {
			this.halt(turn, "Stopped", "Something went wrong on this page. " +
				"Reloading it may help.", []);
			throw error;
		}
		const actions = [];
		if (error.status === 401 && this.onUnauthorized)
			actions.push(["Use another token", this.onUnauthorized]);
		if (error.status === 401 || canRetry(error))
			actions.push([turn.jobId === null ? "Try again" : "Check again",
				() => this.again(turn)]);
		this.halt(turn, turn.jobId === null ? "Not sent" : "Not collected",
			errorWords(error), actions);
	}

	halt(turn, status, words, actions) {
		turn.view.setStatus("stopped", status);
		turn.view.showError(words, actions);
	}

	askAgain(turn) {
		return ["Ask again", () => {
			turn.jobId = null;
			this.again(turn);
		}];
	}

	/* The button that was pressed goes away: keep the reader's place. */
	again(turn) {
		turn.view.root.focus({ preventScroll: true });
		this.run(turn);
	}
}
