/* Answers as elements: what is marked up, what stays text, and that nothing in
 * an answer can become anything else. */

import assert from "node:assert/strict";
import test from "node:test";
import { readMarkdown, showMarkdown } from "../../client/demo/markdown.js";

/* A tree as text: <strong>…</strong>, with what is text in the source escaped,
 * so that a real tag cannot be taken for one that was only written. */
function draw(nodes) {
	return nodes.map((node) => typeof node === "string" ?
		node.replaceAll("&", "&amp;").replaceAll("<", "&lt;") :
		`<${node.tag}${node.start > 1 ? ` ${node.start}` : ""}>` +
		`${draw(node.children)}</${node.tag}>`).join("");
}

const drawn = (text) => draw(readMarkdown(text));
const line = (text) => drawn(text).replace(/^<p>(.*)<\/p>$/s, "$1");

/* Each pair: what is written, what it becomes. */
function check(pairs, read) {
	for (const [text, wanted] of pairs)
		assert.equal(read(text), wanted, JSON.stringify(text));
}

test("marks within a line", () => check([
	["**bold** and *italic*", "<strong>bold</strong> and <em>italic</em>"],
	["a `code` b", "a <code>code</code> b"],
	["**bold *both* bold**", "<strong>bold <em>both</em> bold</strong>"],
	["*it **both** it*", "<em>it <strong>both</strong> it</em>"],
	["***both***", "<strong><em>both</em></strong>"],
	["***both* bold**", "<strong><em>both</em> bold</strong>"],
	["**bold *both***", "<strong>bold <em>both</em></strong>"],
	["**\u00fcber**, *\u{1f9e5}*.",
		"<strong>\u00fcber</strong>, <em>\u{1f9e5}</em>."],
	["(**a**) \"*b*\"", "(<strong>a</strong>) \"<em>b</em>\""],
	["*two\nlines*", "<em>two\nlines</em>"],
], line));

test("code keeps what is in it", () => check([
	["**bold `a ** b` bold**",
		"<strong>bold <code>a ** b</code> bold</strong>"],
	["`**no**` and `*no*`", "<code>**no**</code> and <code>*no*</code>"],
	["``a ` b``", "<code>a ` b</code>"],
	["`` `a` ``", "<code>`a`</code>"],
	["*a `b* c` d*", "<em>a <code>b* c</code> d</em>"],
	["`<b>`", "<code>&lt;b></code>"],
], line));

test("marks without a partner are text", () => {
	for (const text of ["**bold", "*it", "it*", "bold**", "`code", "``code`",
		"*", "**", "***", "****", "`", "** a **", "****a****"])
		assert.equal(line(text), text);
	check([
		["**a *b** c*", "<strong>a *b</strong> c*"],
		["*a **b* c**", "<em>a **b</em> c**"],
		["*a *b*", "*a <em>b</em>"],
		["**a `b** c", "<strong>a `b</strong> c"],
		["**`a**`b`c", "**<code>a**</code>b`c"],
	], line);
});

test("stars that are no marks", () => {
	for (const text of ["2 * 3 * 4", "2*3*4", "count(*) and sum(*)",
		"SELECT * FROM a, SELECT *, b*", "5 ** 2 ** 1", "a**b**c",
		"/* a */ and /* b */", "f(*args, **kwargs)"])
		assert.equal(line(text), text);
});

test("blocks", () => check([
	["", ""],
	[" \n\n\t\n", ""],
	["a\nb\n\nc", "<p>a\nb</p><p>c</p>"],
	["a\r\nb\r\n\r\nc", "<p>a\nb</p><p>c</p>"],
	["    indented", "<p>    indented</p>"],
	["- a\n- *b*", "<ul><li>a</li><li><em>b</em></li></ul>"],
	["* a\n* b", "<ul><li>a</li><li>b</li></ul>"],
	["1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"],
	["3) a\n4) b", "<ol 3><li>a</li><li>b</li></ol>"],
	["- a\n\n- b", "<ul><li>a</li><li>b</li></ul>"],
	["so:\n- a\nend", "<p>so:</p><ul><li>a</li></ul><p>end</p>"],
	["so:\n1. a", "<p>so:</p><ol><li>a</li></ol>"],
	["- a\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"],
	["- a\n  more\n\n  last",
		"<ul><li>a\nmore<p>last</p></li></ul>"],
	["born in\n1984. It", "<p>born in\n1984. It</p>"],
], drawn));

test("lists in lists", () => check([
	["- a\n  - b\n    - c\n- d", "<ul><li>a<ul><li>b<ul><li>c</li></ul></li>" +
		"</ul></li><li>d</li></ul>"],
	["1. a\n  - b\n2. c", "<ol><li>a<ul><li>b</li></ul></li><li>c</li></ol>"],
	["1. a\n   ```\n   x\n     y\n   ```\n2. c", "<ol><li>a<pre><code>x\n  y" +
		"</code></pre></li><li>c</li></ol>"],
], drawn));

test("code blocks", () => check([
	["```sql\nSELECT *\n  FROM a;\n```\nend",
		"<pre><code>SELECT *\n  FROM a;</code></pre><p>end</p>"],
	["a\n```\n- **b**\n\n1. c\n```", "<p>a</p><pre><code>- **b**\n\n1. c" +
		"</code></pre>"],
	["````\n```\n````", "<pre><code>```</code></pre>"],
	["```\ncut off", "<pre><code>cut off</code></pre>"],
	["```", "<pre><code></code></pre>"],
	["```a`b", "<p>```a`b</p>"],
	["```x``` y", "<p><code>x</code> y</p>"],
], drawn));

test("what is no part of the subset stays text", () => {
	for (const text of ["# Title", "[a](https://b.example)", "![a](b.png)",
		"<https://a.example>", "https://a.example/x", "_a_ and __b__",
		"> quoted", "---", "| a | b |", "&amp; &lt;b&gt;", "~~a~~", "+ a",
		"a\\*b", "-a", "1.a", "-", "1.", "1234567890. a",
		"[a]: javascript:alert(1)", "\0\u202e\ufffd"])
		assert.deepEqual(readMarkdown(text), [{ tag: "p", children: [text] }]);
});

const HOSTILE = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>",
	"</p></div><style>p{}</style>", "<svg/onload=alert(1)>", "<!-- -->",
	"javascript:alert(1)", "[x](javascript:alert(1))", "<a href=//x>y</a>",
	"<iframe srcdoc=x>", "\"><b>", "&#60;script&#62;", "${alert(1)}"];

/* As much of a document as showing an answer may use: anything else fails. */
const TAGS = new Set(["p", "ul", "ol", "li", "pre", "code", "strong", "em"]);

class FakeElement {
	constructor(tag) {
		assert.ok(TAGS.has(tag), tag);
		Object.assign(this, { tag, children: [], attributes: {} });
	}

	append(...children) {
		for (const child of children)
			assert.ok(typeof child === "string" || child instanceof FakeElement);
		this.children.push(...children);
	}

	setAttribute(name, value) {
		assert.equal(name, "start");
		assert.ok(Number.isInteger(value) && value > 1);
		this.attributes[name] = value;
	}
}

function shown(text) {
	globalThis.document = { createElement: (tag) => new FakeElement(tag) };
	try {
		return showMarkdown(new FakeElement("p"), text);
	} finally {
		delete globalThis.document;
	}
}

const textOf = (node) => typeof node === "string" ? node :
	node.children.map(textOf).join("");

test("hostile text is text, wherever it stands", () => {
	for (const bad of HOSTILE)
		for (const text of [bad, `**${bad}**`, `*${bad}*`, `\`${bad}\``,
			`- ${bad}\n  - ${bad}`, `1. ${bad}`, `\`\`\`${bad}\n${bad}\n\`\`\``,
			`${bad}\n\n${bad}`])
			assert.ok(textOf(shown(text)).includes(bad), text);
});

test("a list may begin anywhere", () => {
	assert.deepEqual(shown("7. a").children[0].attributes, { start: 7 });
	assert.deepEqual(shown("1. a").children[0].attributes, {});
});

/* Any text at all: nothing is invented, and only marks go. */
test("no letter is lost, none is added", () => {
	const pieces = ["*", "**", "***", "`", "``", "```", "\n", "\n\n", " ",
		"  ", "- ", "1. ", "a", "b ", "<b>", "\t", "\r\n", "(", ")", "."];
	let seed = 7;
	const random = (n) => {
		seed = seed * 1103515245 + 12345 & 0x7fffffff;
		return (seed >> 8) % n;
	};
	const letters = (text) => text.replace(/[^a-z<>]/g, "");
	for (let round = 0; round < 20_000; round++) {
		let text = "x";
		for (let n = random(24); n > 0; n--)
			text += pieces[random(pieces.length)];
		/* What stands behind a fence on its line names a language. */
		if (/^\s*([-*]|1\.)?[\s\d.*-]*`{3,}[^`\n\r]*[a-z<]/m.test(text))
			continue;
		assert.equal(letters(textOf(shown(text))), letters(text),
			JSON.stringify(text));
	}
});

function depthOf(nodes) {
	return Math.max(0, ...nodes.map((node) => typeof node === "string" ? 0 :
		1 + depthOf(node.children)));
}

test("depth is bounded", () => {
	for (const text of ["- ".repeat(5000) + "x", "*a ".repeat(500) +
		"a* ".repeat(500), "**a *b ".repeat(500) + "c* d** ".repeat(500),
	Array.from({ length: 300 }, (_, i) => `${"  ".repeat(i)}- x`).join("\n")])
		assert.ok(depthOf(readMarkdown(text)) <= 12);
});

/* What took the square of the length would take minutes. */
test("time grows with the length only", () => {
	const shapes = {
		stars: (n) => "*a ".repeat(n), closing: (n) => "a* ".repeat(n),
		mixed: (n) => "**x *y** z* `".repeat(n / 4),
		ticks: (n) => "`x``y".repeat(n / 2),
		lengths: (n) => Array.from({ length: Math.sqrt(n) },
			(_, i) => "`".repeat(i + 1)).join("x"),
		one: (n) => `${"`".repeat(n)}x\``, fences: (n) => "```\n".repeat(n),
		items: (n) => "- x\n".repeat(n), nested: (n) => "- ".repeat(n) + "x",
		blank: (n) => `- a${"\n".repeat(n)}b`,
		spaces: (n) => `-${" ".repeat(n)}\n`.repeat(3),
		lines: (n) => "x\n".repeat(n),
	};
	for (const [name, shape] of Object.entries(shapes)) {
		const text = shape(400_000);
		const startMs = performance.now();
		readMarkdown(text);
		const ms = performance.now() - startMs;
		assert.ok(ms < 3000, `${name}: ${Math.round(ms)} ms`);
	}
});
