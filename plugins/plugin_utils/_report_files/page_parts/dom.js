/*
 * Copyright: (c) 2026, FortiOps contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What every part of the page uses. The parts share one scope, which page.py opens and closes.
 *
 * All data is set as text, never as HTML: it comes from firewalls and may hold anything.
 */

const data = JSON.parse(document.getElementById("report-data").textContent);
const { labels } = data;
const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
// With one unit the page is about it, and its sections are the page's; else they are below the unit's own heading.
const HEADINGS = data.units.length === 1 ? { section: "h2", item: "h3" } : { section: "h4", item: "h5" };
const number = new Intl.NumberFormat("en");
const narrow = window.matchMedia("(max-width: 56rem)");

function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) {
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value === true) node.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(key, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function count(amount, noun) {
  return `${number.format(amount)} ${noun}${amount === 1 ? "" : "s"}`;
}

function tag([words, tone], extra) {
  return el("span", { class: `tag ${tone} ${extra || ""}`.trim() }, words);
}

function announce(text) {
  document.getElementById("announce").textContent = text;
}

// A page opened from a file may have no clipboard API; then the text is selected for the keyboard's own copy command.
async function copy(button, text) {
  const label = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    announce("Copied to the clipboard");
  } catch (error) {
    const area = el("textarea", { class: "visually-hidden", "aria-hidden": "true" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    button.textContent = done ? "Copied" : "Copy by hand";
    announce(done ? "Copied to the clipboard" : "Copying is not allowed here; select the text and copy it");
  }
  setTimeout(() => { button.textContent = label; }, 2000);
}

function copyButton(label, text) {
  return el("button", { type: "button", class: "copy", onclick: (event) => copy(event.currentTarget, text) }, label);
}

function fold(title, ...content) {
  return el("details", { class: "fold" }, el("summary", {}, title), content);
}


function more(items, shown, draw, noun) {
  const list = items.slice(0, shown).map(draw);
  const rest = items.slice(shown);
  if (rest.length) {
    const button = el("button", { type: "button",
      onclick: () => button.parentElement.replaceWith(...rest.map(draw)) }, `and ${count(rest.length, `more ${noun}`)}`);
    list.push(el("li", {}, button));
  }
  return list;
}

// A key as the guide and the JSON report call it, next to the words for it.
function key(name) {
  return el("span", { class: "key mono" }, name);
}

function commandBlock(command, label) {
  if (!command) return null;
  // An option stays on one line with its value, where that fits.
  const parts = command.split(/ (?=-)/).flatMap((part) => [" ", el("span", { class: "argument" }, part)]).slice(1);
  return el("div", { class: "command" }, el("p", { class: "muted small" }, label || "Next command"),
    el("pre", { tabindex: "0", "aria-label": "Next command" }, parts), copyButton("Copy command", command));
}
