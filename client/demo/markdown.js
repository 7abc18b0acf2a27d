/*
 * Answers as elements: paragraphs, lists, code blocks, and in a line **bold**,
 * *italic* and `code`. All else stays text, and text becomes text nodes only.
 * Time grows with the length of the text, whatever is in it, and the depth of
 * what is built is bounded.
 */

import { make } from "./make.js";

const LIST_DEPTH_MAX = 4;
const FENCE = /^ {0,3}(`{3,})[^`]*$/;
const ITEM = /^( {0,3})([-*]|\d{1,9}[.)]) +(?=\S)/;

const isBlank = (line) => line.trim() === "";
const isNumber = (mark) => mark.length > 1;
const indentOf = (line) => line.length - line.trimStart().length;

/* What a run of "*" can be by the signs beside it: it opens before a word and
 * closes after one, so that 2 * 3, a*b, count(*), SELECT *, and the marks of a
 * comment stay as they are. */
const opens = (before, after) =>
	!/[\p{L}\p{N}/]/u.test(before) && /[^\s)\]}.,;:!?/]/.test(after);
const closes = (before, after) =>
	/[^\s([{/]/.test(before) && !/[\p{L}\p{N}/]/u.test(after);

/* Runs of marks, with the next run of backticks of the same length. */
function readRuns(text) {
	const runs = [...text.matchAll(/`+|\*+/g)].map((found) => ({
		mark: found[0], at: found.index, end: found.index + found[0].length,
		next: -1 }));
	const last = new Map();
	for (let i = runs.length - 1; i >= 0; i--) {
		if (runs[i].mark[0] !== "`")
			continue;
		runs[i].next = last.get(runs[i].mark.length) ?? -1;
		last.set(runs[i].mark.length, i);
	}
	return runs;
}

/* Adds the marks of a run to parts, in pairs where they make one. Of each kind
 * one is open at most, the latest, so nothing nests in its own kind. */
function pairMarks(parts, text, { mark, at, end }, open) {
	const mayOpen = opens(text[at - 1] ?? "", text[end] ?? "");
	const mayClose = closes(text[at - 1] ?? "", text[end] ?? "");
	let kinds = [mark];
	if (mark === "***")
		kinds = mayClose && (open["*"] ?? -1) > (open["**"] ?? -1) ?
			["*", "**"] : ["**", "*"];
	for (const kind of kinds) {
		const from = open[kind];
		const here = parts.push({ mark: kind, pair: -1 }) - 1;
		if (kind.length > 2)
			continue;
		if (mayClose && from !== undefined) {
			parts[from].pair = here;
			parts[here].pair = from;
			for (const each of ["*", "**"])
				if (open[each] >= from)
					delete open[each];
		} else if (mayOpen) {
			open[kind] = here;
		}
	}
}

function readLine(text) {
	const runs = readRuns(text);
	const parts = [];
	const open = {};	/* "*" and "**": where in parts */
	let at = 0;

	for (let i = 0; i < runs.length; i++) {
		const run = runs[i];
		parts.push(text.slice(at, run.at));
		at = run.end;
		if (run.mark[0] === "*") {
			pairMarks(parts, text, run, open);
		} else if (run.next < 0) {
			parts.push(run.mark);
		} else {
			const code = text.slice(run.end, runs[run.next].at);
			parts.push({ tag: "code", children: [
				/^ .*\S.* $/s.test(code) ? code.slice(1, -1) : code] });
			i = run.next;
			at = runs[i].end;
		}
	}
	parts.push(text.slice(at));
	return nest(parts);
}

/* Neighbouring texts become one. */
function add(children, part) {
	if (typeof part === "string" && typeof children.at(-1) === "string")
		children.push(children.pop() + part);
	else if (part !== "")
		children.push(part);
}

/* Parts with paired marks to a tree; marks without a partner are text. */
function nest(parts) {
	const path = [{ children: [] }];
	for (const [i, part] of parts.entries()) {
		const { children } = path.at(-1);
		if (part.mark === undefined || part.pair < 0) {
			add(children, part.mark ?? part);
		} else if (part.pair < i) {
			path.pop();
		} else {
			path.push({ tag: part.mark === "*" ? "em" : "strong",
				children: [] });
			children.push(path.at(-1));
		}
	}
	return path[0].children;
}

/* Each reader takes the lines from at on and returns where it stopped. */

function readFence(lines, at, blocks) {
	const [, mark] = FENCE.exec(lines[at]);
	const ends = (line) => FENCE.test(line) && line.trim().length >=
		mark.length && /^`+$/.test(line.trim());
	let end = at + 1;
	while (end < lines.length && !ends(lines[end]))
		end++;
	blocks.push({ tag: "pre", children: [{ tag: "code",
		children: [lines.slice(at + 1, end).join("\n")] }] });
	return end + 1;
}

function readList(lines, at, blocks, depth) {
	const [, , mark] = ITEM.exec(lines[at]);
	const list = { tag: isNumber(mark) ? "ol" : "ul", children: [] };
	if (isNumber(mark))
		list.start = parseInt(mark, 10);
	for (;;) {
		const item = ITEM.exec(lines[at] ?? "");
		if (item === null || isNumber(item[2]) !== isNumber(mark))
			break;
		const [head, indent] = item;
		const own = [lines[at].slice(head.length)];
		const belongs = (line) => isBlank(line) ||
			indentOf(line) >= indent.length + 2;
		for (at++; at < lines.length && belongs(lines[at]); at++)
			own.push(lines[at].slice(
				Math.min(indentOf(lines[at]), head.length)));
		const children = readBlocks(own, depth + 1);
		const [first, ...rest] = children;
		list.children.push({ tag: "li", children: first.tag === "p" ?
			[...first.children, ...rest] : children });
	}
	blocks.push(list);
	return at;
}

function readParagraph(lines, at, blocks, depth) {
	const starts = (line) => FENCE.test(line) || (depth < LIST_DEPTH_MAX &&
		/^([-*]|1[.)])$/.test(ITEM.exec(line)?.[2] ?? ""));
	let end = at + 1;
	while (end < lines.length && !isBlank(lines[end]) && !starts(lines[end]))
		end++;
	blocks.push({ tag: "p",
		children: readLine(lines.slice(at, end).join("\n").trimEnd()) });
	return end;
}

function readBlocks(lines, depth) {
	const blocks = [];
	for (let at = 0; at < lines.length;) {
		if (isBlank(lines[at]))
			at++;
		else if (FENCE.test(lines[at]))
			at = readFence(lines, at, blocks);
		else if (depth < LIST_DEPTH_MAX && ITEM.test(lines[at]))
			at = readList(lines, at, blocks, depth);
		else
			at = readParagraph(lines, at, blocks, depth);
	}
	return blocks;
}

/* A tree of strings and { tag, children, start }. */
export function readMarkdown(text) {
	return readBlocks(text.split(/\r\n?|\n/), 0);
}

function build(parent, children) {
	for (const child of children)
		if (typeof child === "string")
			parent.append(child);
		else
			parent.append(build(make(child.tag,
				child.start > 1 ? { start: child.start } : {}),
			child.children));
	return parent;
}

/* Appends the text's elements to parent and returns it. */
export function showMarkdown(parent, text) {
	return build(parent, readMarkdown(text));
}
