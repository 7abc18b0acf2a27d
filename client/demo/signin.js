/*
 * Whose token is in use: from the link, from the form, or kept from before a
 * reload. Owns the form and what says who is signed in.
 */

import { readClaims, takeHash } from "./identity.js";
import { load, save } from "./kept.js";
import { isShown, showTab } from "./tabs.js";

const TOKEN = "coatcheck.token";

const byId = (id) => document.getElementById(id);
let user = null;	/* subject of the token in use */
let onChange = () => {};	/* another user, or none */

export const token = () => load(TOKEN);

/* Shows the form, with what was wrong. */
export function askForToken(words) {
	showTab(byId("course-tab"));
	byId("learners-tab").hidden = true;
	byId("token-problem").textContent = words;
	byId("token-problem").hidden = words === "";
	byId("signin").hidden = false;
	byId("workspace").hidden = true;
	byId("token-input").focus();
}

function showUser({ sub, role, expiresAt }) {
	const until = expiresAt === null ? "" : ", signed in until " +
		expiresAt.toLocaleTimeString([], { hour: "2-digit",
			minute: "2-digit" });
	for (const place of document.querySelectorAll("[data-whoami]")) {
		place.textContent = (role === "tutor" ? "Tutor " : "Learner ") +
			sub.slice(-6) + until;
		place.title = sub;
	}
	byId("signin").hidden = true;
	byId("workspace").hidden = false;
	byId("learners-tab").hidden = role !== "tutor";
	if (role !== "tutor" && isShown(byId("learners-tab")))
		showTab(byId("course-tab"));
}

/* Returns the claims, or null if the token cannot be taken into use. */
function signIn(text) {
	const claims = readClaims(text);
	if (claims === null)
		return null;
	save(TOKEN, text);
	showUser(claims);
	const isOther = user !== null && user !== claims.sub;
	user = claims.sub;
	onChange({ isIn: true, isOther });
	return claims;
}

function signInFromForm(event) {
	const field = byId("token-input");
	event.preventDefault();
	const claims = signIn(field.value.trim().replace(/^Bearer\s+/i, ""));
	if (claims === null) {
		askForToken("That is not a token. It has three parts with dots " +
			"between them and no spaces.");
		return;
	}
	field.value = "";
	byId("course-input").focus();
}

function signOut() {
	save(TOKEN, null);
	user = null;
	onChange({ isIn: false, isOther: true });
	askForToken("");
}

/* A link with a token opens the course, or for a tutor its learners. */
function followLink(onLink) {
	const link = takeHash();
	if (link === null)
		return;
	onLink(link.course);
	const claims = signIn(link.token);
	if (claims === null)
		askForToken("The link you followed does not hold a usable token.");
	else
		showTab(byId(claims.role === "tutor" ? "learners-tab" : "course-tab"));
}

/* changed({ isIn, isOther }): a token is in use or none is, and whether what
 * was said before was another's. onLink(slug): the course that a link names. */
export function startSignIn(changed, onLink) {
	onChange = changed;
	if (token() !== null && signIn(token()) === null)
		save(TOKEN, null);
	byId("signin").addEventListener("submit", signInFromForm);
	byId("token-use").disabled = false;
	byId("token-input").addEventListener("keydown", (event) => {
		if (event.key === "Enter" && !event.shiftKey)
			signInFromForm(event);
	});
	for (const button of document.querySelectorAll("[data-signout]"))
		button.addEventListener("click", signOut);
	window.addEventListener("hashchange", () => followLink(onLink));
	followLink(onLink);
}
