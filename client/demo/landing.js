/* The conversation that is open to everybody. */

import { Chat } from "./chat.js";
import { makeChips } from "./make.js";

const EXAMPLES = [
	"Which courses can I take?",
	"What does it cost?",
	"When does the next group start?",
];

const chat = new Chat({
	name: "landing",
	base: "/api/landing-assistant",
	kind: "material",
	limits: { maxChars: 4000 },
	token: () => null,
	typed,
});

function typed(question) {
	return { pick: pickPrompt,
		body: { question, turnCount: chat.turns.length } };
}

function pickPrompt({ promptText }) {
	chat.pick(promptText, typed(promptText));
}

export function startLanding() {
	document.getElementById("landing-chips").append(...makeChips(
		EXAMPLES.map((promptText) => ({ promptText })), pickPrompt));
}
