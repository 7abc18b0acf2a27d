/*
 * One question of a conversation: from the first request to the last word, with
 * what the reader can do when it did not get there.
 */

import { RequestError } from "./api.js";
import { runJob } from "./job.js";
import { TurnView } from "./view.js";
import { canRetry, durationWords, errorWords } from "./words.js";

export class Turn {
	/*
	 * chat: who it belongs to. request: { question, body, context, pick,
	 * jobId }, where pick(item) asks a question that follows, and jobId is that
	 * of a question which was asked before this page was loaded.
	 */
	constructor(chat, { question, body, context, pick, jobId = null }) {
		Object.assign(this, { chat, question, body, pick, jobId });
		this.view = new TurnView(question, context, chat.kind);
		this.answer = null;
		this.startMs = jobId === null ? performance.now() : null;
		if (jobId !== null)
			this.view.setTicket(jobId);
	}

	/* Sends the question, or goes on with the job it already has. */
	async run(signal) {
		this.view.clear();
		try {
			const { stored, job } = await runJob({
				to: `${this.chat.base}/query`, jobs: `${this.chat.base}/job`,
				body: this.body, jobId: this.jobId, token: this.chat.token(),
				signal,
				onState: (words) => this.view.setStatus("busy", words),
				onTicket: (jobId) => this.keep(jobId),
			});
			if (stored)
				this.finish({ engine: "stored", ...stored });
			else
				this.settle(job);
		} catch (error) {
			if (!signal.aborted)
				this.fail(error);
		}
	}

	keep(jobId) {
		this.jobId = jobId;
		this.view.setTicket(jobId);
		this.chat.onOpen?.(this);
	}

	settle(job) {
		if (job === null) {
			this.halt("Still waiting", "This takes longer than usual. Your " +
				"question is kept, and you can look for its answer again.",
			[["Check again", () => this.again()]]);
			return;
		}
		this.chat.onEnd?.(this);
		if (job.status === "COMPLETED")
			this.finish(job.result ?? {});
		else if (job.status === "CANCELLED")
			this.halt("Cancelled", "This question was cancelled.",
				[this.askAgain()]);
		else
			this.halt("Not answered", job.error ||
				"The question could not be answered.", [this.askAgain()]);
	}

	finish(result) {
		if (typeof result.answer !== "string")
			throw new RequestError("format", { status: 200 });
		this.answer = result.answer;
		this.view.setStatus("done", this.startMs === null ? "Done" :
			`Done in ${durationWords(performance.now() - this.startMs)}`);
		this.view.showAnswer(result, this.pick);
	}

	/* As the server kept it: with an answer, or without one. */
	recall(answer, when) {
		this.answer = answer;
		if (answer !== null)
			this.view.showText(answer);
		this.view.setStatus(answer === null ? "stopped" : "done",
			answer === null ? `${when}, no answer` : when);
	}

	fail(error) {
		if (!(error instanceof RequestError)) {
			this.halt("Stopped", "Something went wrong on this page. " +
				"Reloading it may help.", []);
			throw error;
		}
		const isSent = this.jobId !== null;
		const actions = [];
		if (error.status === 401 && this.chat.onUnauthorized)
			actions.push(["Use another token", this.chat.onUnauthorized]);
		if (isSent && error.status === 404) {
			this.chat.onEnd?.(this);
			actions.push(this.askAgain());
		} else if (error.status === 401 || canRetry(error)) {
			actions.push([isSent ? "Check again" : "Try again",
				() => this.again()]);
		}
		this.halt(isSent ? "Not collected" : "Not sent", errorWords(error),
			actions);
	}

	halt(status, words, actions) {
		this.view.setStatus("stopped", status);
		this.view.showError(words, actions);
	}

	askAgain() {
		return ["Ask again", () => {
			this.jobId = null;
			this.startMs = performance.now();
			this.again();
		}];
	}

	/* The button that was pressed goes away: keep the reader's place. */
	again() {
		this.view.root.focus({ preventScroll: true });
		this.chat.run(this);
	}
}
