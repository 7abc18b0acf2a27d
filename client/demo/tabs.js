/* The tabs and their panels. Some tabs may be hidden. */

import { load, save } from "./kept.js";

const SHOWN = "coatcheck.panel";	/* id of the tab that was shown last */

const all = [...document.querySelectorAll("[role=tab]")];

export function showTab(tab) {
	save(SHOWN, tab.id);
	for (const each of all) {
		const chosen = each === tab;
		each.setAttribute("aria-selected", String(chosen));
		each.tabIndex = chosen ? 0 : -1;
		document.getElementById(each.getAttribute("aria-controls")).hidden =
			!chosen;
	}
}

export const isShown = (tab) => tab.getAttribute("aria-selected") === "true";

/* The tab that was shown before the page was loaded again, if it is there. */
export function showLastTab() {
	const last = all.find((tab) => tab.id === load(SHOWN) && !tab.hidden);
	if (last)
		showTab(last);
}

function move(from, key) {
	const there = all.filter((tab) => !tab.hidden);
	const at = there.indexOf(from);
	const to = { ArrowLeft: at - 1 + there.length, ArrowRight: at + 1,
		Home: 0, End: there.length - 1 }[key];
	if (to === undefined)
		return false;
	showTab(there[to % there.length]);
	there[to % there.length].focus();
	return true;
}

export function startTabs() {
	for (const tab of all) {
		tab.addEventListener("click", () => showTab(tab));
		tab.addEventListener("keydown", (event) => {
			if (move(tab, event.key))
				event.preventDefault();
		});
	}
}
