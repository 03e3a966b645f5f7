/*
 * Copyright: (c) 2026, FortiOps contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One unit: who cannot log in, what is to be done, its gates, figures and logs.
 */

const LINES_AT_ONCE = 6;
const PEOPLE_AT_ONCE = 12;

function lineList(lines) {
  const items = (some) => el("ul", { class: "lines mono" }, some.map((line) => el("li", {}, line)));
  if (lines.length <= LINES_AT_ONCE) return [items(lines)];
  const rest = lines.slice(LINES_AT_ONCE - 1);
  return [items(lines.slice(0, LINES_AT_ONCE - 1)), fold(`${number.format(rest.length)} more`, items(rest))];
}

// What one finding of a card tells more than the card itself.
function findingPart(finding, alone) {
  const parts = [
    alone ? null : el("p", {}, el("strong", {}, finding.title)),
    alone || !finding.remedy ? null : el("p", {}, finding.remedy),
    finding.detail ? el("p", { class: "muted small" }, finding.detail) : null,
    finding.evidence.length ? lineList(finding.evidence) : null,
  ];
  return parts.some(Boolean) ? el("div", { class: "part" }, parts) : null;
}

// Where somebody else acts first, the command comes after that. An audit only shows whether it is done.
function commandLabel(card) {
  if (card.ticket) return "Next command, when the ticket is done";
  return card.command.includes(".audit_tokens") ? "Next command, to check the result" : "Next command";
}

function cardItem(card, id) {
  return el("li", { class: `finding ${card.severity}`, id },
    el("div", {}, tag(labels.severities[card.severity] || labels.severities.info)),
    el("div", { class: "what" }, el(HEADINGS.item, { class: "title" }, card.title),
      el("p", { class: "muted small actor" }, card.actor),
      card.remedy ? el("p", {}, card.remedy) : null,
      commandBlock(card.command, commandLabel(card)),
      card.ticket ? el("div", { class: "ticket" }, copyButton("Copy ticket text", card.ticket),
        // As remediate_lock_released and the like take them.
        copyButton("Copy serials", card.serials.join(",")),
        fold("Read it", el("pre", { tabindex: "0", "aria-label": "Ticket text" }, card.ticket))) : null),
    el("div", { class: "whom" }, card.findings.map((finding, index) => findingPart(finding, index === 0))));
}

function cardBlock(unit, prefix, urgent) {
  const found = unit.cards.map((card, index) => [card, `${prefix}-f${index}`])
    .filter(([card]) => (card.severity !== "info") === urgent);
  if (!found.length) {
    return urgent && data.units.length > 1 ? el("p", { class: "muted" }, "Nothing is left to do on this unit.") : null;
  }
  return el("section", { class: "block", "aria-labelledby": `${prefix}-${urgent ? "todo" : "notes"}` },
    el(HEADINGS.section, { id: `${prefix}-${urgent ? "todo" : "notes"}` }, urgent ? "Action required" : "Notes"),
    unit.not_changed && urgent ? el("p", { class: "muted" }, unit.not_changed) : null,
    el("ul", { class: "findings" }, found.map(([card, id]) => cardItem(card, id))));
}

// Who cannot log in now: those who were disabled or lost their token on the way first, and by name.
function lockedOutBlock(unit, prefix) {
  const { rows, total } = unit.locked_out;
  if (!total) return null;
  const line = (row) => el("li", {}, el("strong", {}, row.who), " ", el("span", { class: "mono small" }, row.serial));
  const groups = Object.entries(labels.lockouts).map(([state, words]) => [state, words, rows.filter((row) => row.state === state)])
    .filter(([, , some]) => some.length);
  return el("section", { class: "block locked-out", "aria-labelledby": `${prefix}-out` },
    el(HEADINGS.section, { id: `${prefix}-out` }, `Who cannot log in now (${number.format(total)})`),
    groups.map(([state, words, some]) => el("div", { class: "lockout" },
      tag([words, state === "token_failed" ? "warn" : "bad"]),
      el("ul", { class: "people" }, more(some, PEOPLE_AT_ONCE, line, "user")))),
    total > rows.length ? el("p", { class: "muted small" },
      `The first ${number.format(rows.length)}; the JSON report of the unit has all.`) : null);
}

function gateList(unit) {
  if (!unit.gates.length) return el("p", { class: "muted" }, "No gate was checked.");
  return el("ul", { class: "gates" }, unit.gates.map((gate) => el("li", {},
    el("span", {}, tag(labels.gates[gate.state] || [gate.state, "warn"])),
    el("span", {}, gate.message || gate.name))));
}

function countTable(unit) {
  const { before, after, compared } = unit.counts;
  const found = compared ? before : after;
  const names = VERDICT_ORDER.concat(Object.keys({ ...found, ...after }).filter((name) => !labels.verdicts[name]))
    .filter((name) => found[name] || after[name]);
  if (!names.length) return el("p", { class: "muted" }, "No tokens were read.");
  const sum = (counts) => number.format(Object.values(counts).reduce((total, amount) => total + amount, 0));
  const row = (head, first, second) => el("tr", {}, el("th", { scope: "row" }, head),
    compared ? el("td", {}, first) : null, el("td", { class: "now" }, second));
  return el("table", { class: "counts" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Verdict"),
      compared ? el("th", { scope: "col" }, "Before") : null, el("th", { scope: "col" }, compared ? "After" : "Tokens"))),
    el("tbody", {}, names.map((name) => row([tag(verdict(name)), " ", key(name)],
      number.format(found[name] || 0), number.format(after[name] || 0))),
    row("Total", sum(found), sum(after))));
}

function factList(unit) {
  const facts = unit.unit || {};
  const ha = facts.ha || {};
  const server = (unit.connectivity || {}).token_server;
  const pairs = [
    ["Model", facts.model],
    ["Serial", facts.serial],
    ["FortiOS", facts.version && `${facts.version}${facts.build ? ` build ${facts.build}` : ""}`],
    ["VDOMs", facts.vdom_mode === "none" ? "not used" : (facts.vdoms || []).join(", ")],
    ["HA", ha.mode && (ha.role && ha.role !== ha.mode ? `${ha.mode}, ${ha.role}` : ha.mode)],
    ["Members", (ha.members || []).length > 1 ? ha.members.join(", ") : ""],
    ["Token server", server],
    ["Logged in as", facts.user],
    ["Saves changes", facts.cfg_save],
    ["Run", period(unit.run)],
  ].filter(([, value]) => value);
  return el("dl", { class: "facts" }, pairs.map(([name, value]) => [el("dt", {}, name), el("dd", {}, String(value))]));
}

function baselineBlock(unit) {
  const baseline = unit.baseline;
  if (!baseline) return null;
  const share = (what) => `${number.format(baseline[what].there)} of ${number.format(baseline[what].expected)}`;
  const old = baseline.unit;
  const pairs = [
    ["Here", tag(baseline.complete ? ["Everything", "ok"] : ["Not everything", "bad"])],
    ["Unit", old.hostname],
    ["Model", old.model],
    ["Serial", old.serial],
    ["FortiOS", old.version && `${old.version}${old.build ? ` build ${old.build}` : ""}`],
    ["Taken", baseline.taken.slice(0, 16).replace("T", " ")],
    ["Tokens", baseline.checked ? share("tokens") : "not known"],
    ["Bindings", baseline.checked ? share("bindings") : "not known"],
    ["Outside the limits of this run", baseline.not_checked ? number.format(baseline.not_checked) : ""],
  ].filter(([, value]) => value);
  return el("section", { class: "block" }, el(HEADINGS.section, {}, "Old unit"),
    el("dl", { class: "facts" }, pairs.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)])));
}

function period(run) {
  const [start, end] = [run.started || run.finished, run.finished].map((time) => time.slice(0, 16).split("T"));
  if (start.join() === end.join()) return end.join(" ");
  return `${start.join(" ")} to ${start[0] === end[0] ? end[1] : end.join(" ")}`;
}

function linesBlock(title, lines, prefix, note) {
  return fold(`${title} (${number.format(lines.length)})`, note ? el("p", { class: "muted small" }, note) : null,
    copyButton("Copy", lines.join("\n")), el("pre", { tabindex: "0", "aria-label": title }, lines.join("\n")));
}

function unitBody(unit, prefix) {
  const parts = [lockedOutBlock(unit, prefix), cardBlock(unit, prefix, true)];
  if (unit.result !== "not_reached" || unit.tokens.rows.length) {
    const known = Object.keys(unit.unit || {}).length > 0;
    if (known) {
      parts.push(el("div", { class: "columns" },
        el("section", { class: "block" }, el(HEADINGS.section, {}, "Gates"), gateList(unit)),
        el("section", { class: "block" }, el(HEADINGS.section, {}, "Verdicts"), countTable(unit)),
        el("section", { class: "block" }, el(HEADINGS.section, {}, "Unit"), factList(unit)),
        baselineBlock(unit)));
    }
    if (unit.tokens.rows.length) parts.push(tokenBlock(unit, prefix));
    parts.push(cardBlock(unit, prefix, false));
    const logs = [];
    if (unit.commands.length) logs.push(linesBlock("Lines sent that change the unit", unit.commands, prefix));
    if (unit.planned_commands.length) {
      logs.push(linesBlock("Lines a run would send", unit.planned_commands, prefix, "Nothing of this was sent."));
    }
    if (unit.debug.lines.length) {
      const cut = unit.debug.total - unit.debug.lines.length;
      logs.push(linesBlock("Debug output", unit.debug.lines, prefix,
        cut ? `The last lines; ${count(cut, "earlier line")} in the JSON report.` : ""));
    }
    if (!unit.commands.length && !unit.planned_commands.length && known) {
      logs.unshift(el("p", { class: "muted" }, unit.changed
        ? "Which lines were sent is not known." : "No line that changes the unit was sent."));
    }
    if (logs.length && unit.result !== "not_reached") parts.push(el("section", { class: "block logs" }, el(HEADINGS.section, {}, "What was sent"), logs));
  }
  return el("div", { class: "unit-body" }, parts.filter(Boolean));
}

// What one sees of a unit before it is opened.
function unitFigures(unit) {
  if (unit.result === "not_reached" && !unit.counts.tokens) return "no report";
  const parts = [count(unit.counts.tokens, "token"), unit.todo ? `${number.format(unit.todo)} to do` : "",
    unit.locked_out.taken];
  return parts.filter(Boolean).join(", ");
}

function unitPanel(unit, index) {
  const facts = unit.unit || {};
  const about = [facts.model, facts.serial, facts.version && `FortiOS ${facts.version}`].filter(Boolean).join(" \u00b7 ");
  const panel = el("details", { class: "panel unit", id: `u${index}`, "data-result": unit.result },
    el("summary", {}, tag(labels.results[unit.result]), el("h3", {}, unit.host),
      el("span", { class: "about muted small" }, about), el("span", { class: "figures small" }, unitFigures(unit)),
      unit.why ? el("span", { class: "why small" }, unit.why) : null));
  // Filled when it is opened first: a run may have hundreds of units with thousands of tokens each.
  panel.fill = () => {
    if (panel.children.length === 1) panel.append(unitBody(unit, `u${index}`));
  };
  panel.addEventListener("toggle", () => { if (panel.open) panel.fill(); });
  return panel;
}
