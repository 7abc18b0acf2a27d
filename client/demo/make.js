/* Elements from names, attributes and children; strings become text nodes. */

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

/* Buttons behind a problem. actions: [[label, function], ...] */
export function makeActions(actions) {
	return actions.map(([label, run]) => make("button",
		{ type: "button", class: "secondary", onclick: run }, label));
}
