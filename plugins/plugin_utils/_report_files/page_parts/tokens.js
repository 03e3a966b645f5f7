/*
 * Copyright: (c) 2026, FortiOps contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The table of a unit's tokens.
 */

const ROWS_AT_ONCE = 200;
const VERDICT_ORDER = Object.keys(labels.verdicts);

function unpack(packed) {
  const texts = packed.texts;
  const text = (index) => (index < 0 ? "" : texts[index]);
  const state = (cell) => cell && { status: text(cell[0]), seed: cell[1] === 1, verdict: text(cell[2]) };
  return packed.rows.map((row, position) => {
    const token = { serial: row[0], position };
    token.holders = row[1].map(([type, name, vdom, status]) => (
      { type: text(type), name, vdom: text(vdom), status: text(status) }));
    data.columns.forEach((column, index) => {
      const cell = row[index + 2];
      if (column === "before" || column === "after") token[column] = state(cell);
      else if (["missing", "settings_lost", "attention"].includes(column)) token[column] = cell === 1;
      else token[column] = text(cell);
    });
    token.verdict = token.missing ? "missing" : (token.after || token.before || { verdict: "undecided" }).verdict;
    token.was = token.before ? token.before.verdict : "";
    token.disturbed = token.missing || token.holders.some((holder) => ["lost", "left_disabled"].includes(holder.status));
    return token;
  });
}

function verdict(name) {
  return labels.verdicts[name] || [name, "warn", "Check it by hand"];
}

function rank(name) {
  const place = VERDICT_ORDER.indexOf(name);
  return place < 0 ? 1 : place;
}

function holderText(holder) {
  return holder.type === "admin" ? `administrator ${holder.name}` : holder.name;
}

function haystack(token) {
  if (token.haystack === undefined) {
    token.haystack = [token.serial, token.kind, token.model, token.vdom, token.comments, token.remedy, token.message,
      verdict(token.verdict)[0], token.verdict, token.before && token.before.status, token.after && token.after.status,
      labels.actions[token.action], ...token.holders.map(holderText)].filter(Boolean).join("\n").toLowerCase();
  }
  return token.haystack;
}

function stateCell(state, kind, proof) {
  if (!state) return [el("span", { class: "muted" }, "not there")];
  const seed = kind === "hardware" ? (state.seed ? "seed stored" : "no seed") : "";
  return [tag(verdict(state.verdict)), el("span", { class: "note" }, key(state.verdict),
    [state.status, seed, proof && labels.proofs[proof]].filter(Boolean).map((part) => ` \u00b7 ${part}`))];
}

function holderCell(token) {
  if (!token.holders.length) return [el("span", { class: "muted" }, "unassigned")];
  return token.holders.map((holder) => el("div", {}, holderText(holder),
    holder.status === "disable" ? el("span", { class: "note" }, "disabled, as found") : null,
    holder.status === "left_disabled" ? el("span", {}, " ", tag(["Left disabled", "bad"])) : null,
    holder.status === "lost" ? el("span", {}, " ", tag(["No longer bound", "bad"])) : null));
}

function leftCell(token) {
  if (!token.attention && !token.remedy) return [el("span", { class: "muted" }, "nothing")];
  let words = verdict(token.verdict)[2];
  if (token.disturbed && token.verdict === "healthy") words = "Repair the user";
  if (token.settings_lost) words = "Restore its settings";
  if (token.next === "none" && ["reimport", "activate"].includes(token.verdict)) words = "Decide, administrator's token";
  return [el("details", { class: "fold" }, el("summary", {}, words || "See why"),
    token.remedy ? el("p", {}, token.remedy) : null,
    token.reason ? el("p", { class: "muted" }, token.reason) : null,
    token.message ? el("p", { class: "muted" }, `The run: ${token.message}`) : null)];
}

function tokenColumns(unit) {
  const compares = unit.counts.compared;
  const changes = unit.mode !== "audit" && !unit.check_mode;
  const columns = [
    { id: "serial", label: "Serial", key: (token) => token.serial, cell: (token) => [
      el("span", { class: "mono serial" }, token.serial),
      token.comments ? el("span", { class: "note" }, token.comments) : null] },
    { id: "kind", label: "Kind", key: (token) => token.kind + token.model, cell: (token) => [
      token.kind || "unknown"] },
    { id: "vdom", label: "VDOM", key: (token) => token.vdom, cell: (token) => [token.vdom] },
    { id: "holders", label: "User", key: (token) => token.holders.map((holder) => holder.name).join(" "),
      cell: holderCell },
    { id: "before", label: compares ? "Before" : "Found", key: (token) => rank(token.was),
      cell: (token) => stateCell(token.before, token.kind, compares ? "" : token.proof) },
  ];
  if (compares) {
    columns.push({ id: "after", label: "After", key: (token) => rank(token.verdict), cell: (token) => {
      if (token.missing) return [tag(verdict("missing"))];
      const same = token.before && token.after && token.before.status === token.after.status
        && token.before.seed === token.after.seed && token.before.verdict === token.after.verdict;
      return same ? [el("span", { class: "muted" }, "unchanged"), token.proof ? el("span", { class: "note" }, labels.proofs[token.proof]) : null] : stateCell(token.after, token.kind, token.proof);
    } });
  }
  const done = changes ? (token) => labels.actions[token.action] ?? token.action : (token) => labels.plans[token.planned] ?? token.planned;
  columns.push({ id: "done", label: changes ? "Done" : "A run would", key: done,
    cell: (token) => [done(token) || el("span", { class: "muted" }, "nothing")] });
  columns.push({ id: "left", label: "Left to do", key: (token) => rank(token.verdict)
    + (token.attention ? 0 : 100) - (token.disturbed ? 100 : 0),
    cell: leftCell });
  return columns;
}

function tokenFilters(unit, tokens) {
  const filters = [["all", "All tokens", null, () => true]];
  const attention = tokens.filter((token) => token.attention).length;
  if (attention) filters.push(["attention", "Need attention", null, (token) => token.attention]);
  if (tokens.some((token) => token.action !== "none")) {
    filters.push(["changed", "Changed in this run", null, (token) => token.action !== "none"]);
  }
  const group = (name, prefix, pick) => VERDICT_ORDER.concat(
    [...new Set(tokens.map(pick))].filter((word) => word && !VERDICT_ORDER.includes(word)),
  ).filter((word) => tokens.some((token) => pick(token) === word))
    .forEach((word) => filters.push([`${prefix}:${word}`, `${verdict(word)[0]}: ${word}`, name, (token) => pick(token) === word]));
  if (unit.counts.compared) {
    group("After the run", "after", (token) => token.verdict);
    group("Before the run", "before", (token) => token.was);
  } else {
    group("Verdict", "before", (token) => token.verdict);
  }
  return filters;
}

function tokenBlock(unit, prefix) {
  const tokens = unit.loaded || (unit.loaded = unpack(unit.tokens));
  const columns = tokenColumns(unit);
  const filters = tokenFilters(unit, tokens);
  // On a phone, tokens that need nothing are folded.
  const quiet = tokens.filter((token) => !token.attention).length;
  const view = { text: "", filter: "all", sort: "left", down: false, shown: ROWS_AT_ONCE,
    folded: narrow.matches && quiet > 0 };
  let hits = [];

  const body = el("tbody", { role: "rowgroup" });
  const caption = el("caption", { "aria-live": "polite" });
  const controls = el("div", { class: "more" });
  const heads = columns.map((column) => el("th", { scope: "col", role: "columnheader", "data-column": column.id },
    el("button", { type: "button", onclick: () => {
      view.down = view.sort === column.id ? !view.down : false;
      view.sort = column.id;
      update();
    } }, column.label)));

  function row(token) {
    const classes = [token.attention ? "attention" : "", token.disturbed ? "disturbed" : ""].join(" ").trim();
    return el("tr", { role: "row", class: classes }, columns.map((column, index) => (index === 0
      ? el("th", { scope: "row", role: "rowheader" }, column.cell(token))
      : el("td", { role: "cell", "data-label": column.label, class: column.id }, column.cell(token)))));
  }

  function draw() {
    body.replaceChildren(...hits.slice(0, view.shown).map(row));
    const shown = Math.min(view.shown, hits.length);
    caption.textContent = hits.length === tokens.length && shown === hits.length
      ? count(hits.length, "token") : `${count(hits.length, "token")} of ${number.format(tokens.length)}`
      + (shown < hits.length ? `, the first ${number.format(shown)} shown` : "");
    controls.replaceChildren();
    if (view.folded && view.filter === "all" && !view.text.trim()) {
      controls.append(el("button", { type: "button", onclick: () => { view.folded = false; update(); } },
        `Show ${count(quiet, "token")} that need${quiet === 1 ? "s" : ""} nothing`));
    }
    if (shown < hits.length) {
      controls.append(
        el("button", { type: "button", onclick: () => { view.shown += ROWS_AT_ONCE; draw(); } },
          `Show ${number.format(Math.min(ROWS_AT_ONCE, hits.length - shown))} more`),
        el("button", { type: "button", onclick: () => { view.shown = Infinity; draw(); } },
          `Show all ${number.format(hits.length)}`));
    }
  }

  function update() {
    const wanted = view.text.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const test = filters.find(([id]) => id === view.filter)[3];
    const column = columns.find((candidate) => candidate.id === view.sort);
    const folds = view.folded && view.filter === "all" && !wanted.length;
    hits = tokens.filter((token) => test(token) && (!folds || token.attention) && wanted.every((word) => haystack(token).includes(word)))
      .map((token) => [column.key(token), token])
      .sort(([a, first], [b, second]) => (typeof a === "number" ? a - b : collator.compare(a, b))
        * (view.down ? -1 : 1) || first.position - second.position)
      .map(([, token]) => token);
    view.shown = ROWS_AT_ONCE;
    heads.forEach((head) => {
      const sorted = head.dataset.column === view.sort;
      if (sorted) head.setAttribute("aria-sort", view.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    sorter.value = view.sort;
    draw();
  }

  const options = [];
  filters.forEach(([id, label, group, test]) => {
    const option = el("option", { value: id }, `${label} (${number.format(tokens.filter(test).length)})`);
    const last = options[options.length - 1];
    if (!group) options.push(option);
    else if (last && last.label === group) last.append(option);
    else options.push(el("optgroup", { label: group }, option));
  });
  const search = el("input", { type: "search", id: `${prefix}-find`, autocomplete: "off", spellcheck: "false",
    placeholder: "Serial, user, status", oninput: (event) => { view.text = event.target.value; update(); } });
  const chooser = el("select", { id: `${prefix}-show`,
    onchange: (event) => { view.filter = event.target.value; update(); } }, options);
  const sorter = el("select", { id: `${prefix}-sort`,
    onchange: (event) => { view.sort = event.target.value; view.down = false; update(); } },
  columns.map((column) => el("option", { value: column.id }, column.label)));

  unit.showAll = () => {
    const { shown, folded } = view;
    view.folded = false;
    update();
    view.shown = Infinity;
    draw();
    return () => { view.folded = folded; update(); view.shown = shown; draw(); };
  };
  update();
  return el("section", { class: "block", "aria-labelledby": `${prefix}-tokens` },
    el("div", { class: "section-head" }, el(HEADINGS.section, { id: `${prefix}-tokens` }, "Tokens"),
      el("div", { class: "tools" },
        el("label", { class: "field" }, "Find", search),
        el("label", { class: "field" }, "Show", chooser),
        el("label", { class: "field only-narrow" }, "Sort by", sorter))),
    el("table", { class: "tokens", role: "table" }, caption,
      el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads)), body),
    controls);
}
