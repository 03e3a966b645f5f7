/*
 * Copyright: (c) 2026, FortiOps contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Builds the page out of the JSON in it. All data is set as text, never as HTML: it comes from firewalls and may hold
 * anything.
 */
(function () {
  "use strict";

  const ROWS_AT_ONCE = 200;
  const LINES_AT_ONCE = 6;
  const PLACES_AT_ONCE = 12;

  // The order in which page.py packs a token, after its serial and its holders.
  const TOKEN_COLUMNS = ["kind", "model", "vdom", "comments", "before", "after", "action", "planned", "next",
    "reason", "message", "remedy", "missing", "attention"];

  const VERDICTS = {
    missing: ["Missing", "bad", "Add the token again"],
    undecided: ["Undecided", "warn", "Look at it by hand"],
    firmware_bug: ["Firmware bug", "bad", "Change the firmware"],
    needs_lock_release: ["Lock not released", "warn", "Ask TAC for the lock release"],
    needs_license: ["Needs licence", "warn", "Ask for the licence transfer"],
    needs_seed_file: ["Needs seed file", "warn", "Import the seed file"],
    provision: ["Code expired", "warn", "Send a new code"],
    reimport: ["Needs re-import", "work", "Run the remediation"],
    activate: ["Needs activation", "work", "Run the remediation"],
    pending: ["Pending", "work", "Wait, then check again"],
    locked: ["Locked by admin", "calm", "Unlock it, if wanted"],
    healthy: ["Healthy", "ok", ""],
  };
  const VERDICT_ORDER = Object.keys(VERDICTS);

  const ACTIONS = { readded: "Deleted and added again", activated: "Activated", provisioned: "New code sent",
    rebound: "Given back to its holder", deleted: "Deleted", none: "" };
  const PLANS = { reimport: "Delete and add again", readded: "Delete and add again", activate: "Activate",
    activated: "Activate", provision: "Send a new code", provisioned: "Send a new code", poll: "Wait for it",
    rebound: "Give back to its holder", deleted: "Delete", none: "" };

  const SEVERITIES = { error: ["Urgent", "bad"], warning: ["To do", "warn"], info: ["Note", "calm"] };
  const GATE_STATES = { passed: ["Passed", "ok"], blocked: ["Blocked", "bad"], skipped: ["Skipped", "calm"],
    overridden: ["Overridden", "warn"] };

  const PHASES = { look: "looking", purge: "deleting", activate: "activating", debug: "ending" };

  // What the same finding is called when it stands for several units.
  const TOPICS = {
    not_reached: "Reach the unit",
    no_facts: "Reach the unit",
    run_failed: "Mend what made the run fail",
    task_failed: "Mend what made a task fail",
    not_verified: "Run again to finish what was begun",
    gate_blocked: "Clear what blocks the unit",
    binding_lost: "Give tokens back to their holders",
    token_missing: "Add missing tokens again",
    user_left_disabled: "Enable users again once their token works",
    config_not_saved: "Save the configuration",
    needs_lock_release: "Have activation locks released",
    needs_license: "Have licences transferred",
    needs_seed_file: "Import seed files",
    firmware_bug: "Change the firmware",
    work_left: "Run the remediation",
    held_by_administrator: "Decide about tokens of administrators",
    provision: "Send new activation codes",
    pending: "Wait, then check again",
    undecided: "Look at tokens that could not be judged",
    purge_refused: "See why the unit does not let go of tokens",
    baseline_not_checked: "Compare with the old unit",
    baseline_token_missing: "Bring tokens of the old unit here",
    baseline_binding_missing: "Give holders of the old unit their token",
    baseline_user_disabled: "Decide about users that are disabled",
  };

  const data = JSON.parse(document.getElementById("report-data").textContent);
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  // With one unit the page is about it, and its sections are the page's; else they lie below the unit's own heading.
  const HEADINGS = data.units.length === 1 ? { section: "h2", item: "h3" } : { section: "h4", item: "h5" };
  const number = new Intl.NumberFormat("en");

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

  // ---- tokens ------------------------------------------------------------------------------------------------------

  function unpack(packed) {
    const texts = packed.texts;
    const text = (index) => (index < 0 ? "" : texts[index]);
    const state = (cell) => cell && { status: text(cell[0]), seed: cell[1] === 1, verdict: text(cell[2]) };
    return packed.rows.map((row, position) => {
      const token = { serial: row[0], position };
      token.holders = row[1].map(([type, name, vdom, status]) => (
        { type: text(type), name, vdom: text(vdom), status: text(status) }));
      TOKEN_COLUMNS.forEach((column, index) => {
        const cell = row[index + 2];
        if (column === "before" || column === "after") token[column] = state(cell);
        else if (column === "missing" || column === "attention") token[column] = cell === 1;
        else token[column] = text(cell);
      });
      token.verdict = token.missing ? "missing" : (token.after || token.before || { verdict: "undecided" }).verdict;
      token.was = token.before ? token.before.verdict : "";
      token.disturbed = token.missing || token.holders.some((holder) => ["lost", "left_disabled"].includes(holder.status));
      return token;
    });
  }

  function verdict(name) {
    return VERDICTS[name] || [name, "warn", "Look at it by hand"];
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
        ACTIONS[token.action], ...token.holders.map(holderText)].filter(Boolean).join("\n").toLowerCase();
    }
    return token.haystack;
  }

  function stateCell(state, kind) {
    if (!state) return [el("span", { class: "muted" }, "not there")];
    const seed = kind === "hardware" ? (state.seed ? "seed stored" : "no seed") : "";
    return [tag(verdict(state.verdict)), el("span", { class: "note" }, [state.status, seed].filter(Boolean).join(" \u00b7 "))];
  }

  function holderCell(token) {
    if (!token.holders.length) return [el("span", { class: "muted" }, "nobody")];
    return token.holders.map((holder) => el("div", {}, holderText(holder),
      holder.status === "disable" ? el("span", { class: "note" }, "disabled, as found") : null,
      holder.status === "left_disabled" ? el("span", {}, " ", tag(["Left disabled", "bad"])) : null,
      holder.status === "lost" ? el("span", {}, " ", tag(["Not bound any more", "bad"])) : null));
  }

  function leftCell(token) {
    if (!token.attention && !token.remedy) return [el("span", { class: "muted" }, "nothing")];
    let words = verdict(token.verdict)[2];
    if (token.disturbed && token.verdict === "healthy") words = "Mend the holder";
    if (token.next === "none" && ["reimport", "activate"].includes(token.verdict)) words = "Decide, administrator's token";
    return [el("details", { class: "fold" }, el("summary", {}, words || "See why"),
      token.remedy ? el("p", {}, token.remedy) : null,
      token.reason ? el("p", { class: "muted" }, token.reason) : null,
      token.message ? el("p", { class: "muted" }, `The run: ${token.message}`) : null)];
  }

  function tokenColumns(unit) {
    const compares = unit.summary_after !== null;
    const changes = unit.mode !== "audit" && !unit.check_mode;
    const columns = [
      { id: "serial", label: "Serial", key: (token) => token.serial, cell: (token) => [
        el("span", { class: "mono serial" }, token.serial),
        token.comments ? el("span", { class: "note" }, token.comments) : null] },
      { id: "kind", label: "Kind", key: (token) => token.kind + token.model, cell: (token) => [
        token.kind || "unknown"] },
      { id: "vdom", label: "VDOM", key: (token) => token.vdom, cell: (token) => [token.vdom] },
      { id: "holders", label: "Held by", key: (token) => token.holders.map((holder) => holder.name).join(" "),
        cell: holderCell },
      { id: "before", label: compares ? "Before" : "Found", key: (token) => rank(token.was),
        cell: (token) => stateCell(token.before, token.kind) },
    ];
    if (compares) {
      columns.push({ id: "after", label: "After", key: (token) => rank(token.verdict), cell: (token) => {
        if (token.missing) return [tag(verdict("missing"))];
        const same = token.before && token.after && token.before.status === token.after.status
          && token.before.seed === token.after.seed && token.before.verdict === token.after.verdict;
        return same ? [el("span", { class: "muted" }, "unchanged")] : stateCell(token.after, token.kind);
      } });
    }
    const done = changes ? (token) => ACTIONS[token.action] ?? token.action : (token) => PLANS[token.planned] ?? token.planned;
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
    if (attention) filters.push(["attention", "Need somebody", null, (token) => token.attention]);
    if (tokens.some((token) => token.action !== "none")) {
      filters.push(["changed", "Changed in this run", null, (token) => token.action !== "none"]);
    }
    const group = (name, prefix, pick) => VERDICT_ORDER.concat(
      [...new Set(tokens.map(pick))].filter((word) => word && !VERDICT_ORDER.includes(word)),
    ).filter((word) => tokens.some((token) => pick(token) === word))
      .forEach((word) => filters.push([`${prefix}:${word}`, verdict(word)[0], name, (token) => pick(token) === word]));
    if (unit.summary_after) {
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
    const view = { text: "", filter: "all", sort: "left", down: false, shown: ROWS_AT_ONCE };
    let hits = [];

    const body = el("tbody", { role: "rowgroup" });
    const caption = el("caption", { "aria-live": "polite" });
    const more = el("div", { class: "more" });
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
      more.replaceChildren();
      if (shown < hits.length) {
        more.append(
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
      hits = tokens.filter((token) => test(token) && wanted.every((word) => haystack(token).includes(word)))
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

    unit.showAll = () => { const before = view.shown; view.shown = Infinity; draw(); return () => { view.shown = before; draw(); }; };
    update();
    return el("section", { class: "block", "aria-labelledby": `${prefix}-tokens` },
      el("div", { class: "section-head" }, el(HEADINGS.section, { id: `${prefix}-tokens` }, "Tokens"),
        el("div", { class: "tools" },
          el("label", { class: "field" }, "Find", search),
          el("label", { class: "field" }, "Show", chooser),
          el("label", { class: "field only-narrow" }, "Sort by", sorter))),
      el("table", { class: "tokens", role: "table" }, caption,
        el("thead", { role: "rowgroup" }, el("tr", { role: "row" }, heads)), body),
      more);
  }

  // ---- one unit ----------------------------------------------------------------------------------------------------

  function lineList(lines) {
    const items = (some) => el("ul", { class: "lines mono" }, some.map((line) => el("li", {}, line)));
    if (lines.length <= LINES_AT_ONCE) return [items(lines)];
    const rest = lines.slice(LINES_AT_ONCE - 1);
    return [items(lines.slice(0, LINES_AT_ONCE - 1)), fold(`${number.format(rest.length)} more`, items(rest))];
  }

  function findingItem(finding, id) {
    return el("li", { class: `finding ${finding.severity}`, id },
      el("div", {}, tag(SEVERITIES[finding.severity] || SEVERITIES.info)),
      el("div", { class: "what" }, el(HEADINGS.item, { class: "title" }, finding.title),
        el("p", { class: "muted small actor" }, finding.actor),
        finding.remedy ? el("p", {}, finding.remedy) : null,
        finding.detail ? el("p", { class: "muted small" }, finding.detail) : null),
      el("div", { class: "whom" },
        finding.evidence.length ? lineList(finding.evidence) : null,
        finding.ticket ? el("div", { class: "ticket" }, copyButton("Copy ticket text", finding.ticket),
          // As remediate_lock_released and the like take them.
          copyButton("Copy serials", finding.serials.join(",")),
          fold("Read it", el("pre", { tabindex: "0", "aria-label": "Ticket text" }, finding.ticket))) : null));
  }

  function findingBlock(unit, prefix, urgent) {
    const findings = unit.findings.map((finding, index) => [finding, `${prefix}-f${index}`])
      .filter(([finding]) => (finding.severity !== "info") === urgent);
    if (!findings.length) {
      return urgent && data.units.length > 1
        ? el("p", { class: "muted" }, "Nothing is left to do on this unit.") : null;
    }
    return el("section", { class: "block", "aria-labelledby": `${prefix}-${urgent ? "todo" : "notes"}` },
      el(HEADINGS.section, { id: `${prefix}-${urgent ? "todo" : "notes"}` }, urgent ? "What a person must do now" : "Notes"),
      el("ul", { class: "findings" }, findings.map(([finding, id]) => findingItem(finding, id))));
  }

  function gateList(unit) {
    if (!unit.gates.length) return el("p", { class: "muted" }, "No gate was checked.");
    return el("ul", { class: "gates" }, unit.gates.map((gate) => el("li", {},
      el("span", {}, tag(GATE_STATES[gate.state] || [gate.state, "warn"])),
      el("span", {}, gate.message || gate.name))));
  }

  function countTable(unit) {
    const after = unit.summary_after;
    const names = VERDICT_ORDER.concat(Object.keys({ ...unit.summary, ...after }).filter((name) => !VERDICTS[name]))
      .filter((name) => unit.summary[name] || (after && after[name]));
    if (!names.length) return el("p", { class: "muted" }, "No tokens were read.");
    return el("table", { class: "counts" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Verdict"),
        el("th", { scope: "col" }, after ? "Before" : "Tokens"), after ? el("th", { scope: "col" }, "After") : null)),
      el("tbody", {}, names.map((name) => el("tr", {}, el("th", { scope: "row" }, tag(verdict(name))),
        el("td", { class: after ? "" : "now" }, number.format(unit.summary[name] || 0)),
        after ? el("td", { class: "now" }, number.format(after[name] || 0)) : null))));
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
      ["Session", effort((unit.cost || {}).total)],
      ["Phases", Object.entries(PHASES).map(([name, words]) => phase(words, (unit.cost || {})[name])).filter(Boolean).join("; ")],
    ].filter(([, value]) => value);
    return el("dl", { class: "facts" }, pairs.map(([name, value]) => [el("dt", {}, name), el("dd", {}, String(value))]));
  }

  function effort(cost) {
    if (!cost) return "";
    const size = Math.round((cost.bytes_in + cost.bytes_out) / 1000);
    return `${count(cost.turns, "turn")}, ${count(cost.lines, "line")}, ${number.format(size)} kB, ${cost.seconds.toFixed(1)} s`;
  }

  function phase(words, cost) {
    return cost && cost.turns ? `${words} ${count(cost.turns, "turn")}, ${cost.seconds.toFixed(1)} s` : "";
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
    const parts = [findingBlock(unit, prefix, true)];
    if (unit.result !== "not_reached") {
      const known = Object.keys(unit.unit || {}).length > 0;
      if (known) {
        parts.push(el("div", { class: "columns" },
          el("section", { class: "block" }, el(HEADINGS.section, {}, "Gates"), gateList(unit)),
          el("section", { class: "block" }, el(HEADINGS.section, {}, "Verdicts"), countTable(unit)),
          el("section", { class: "block" }, el(HEADINGS.section, {}, "Unit"), factList(unit)),
          baselineBlock(unit)));
      }
      if (unit.tokens.rows.length) parts.push(tokenBlock(unit, prefix));
      parts.push(findingBlock(unit, prefix, false));
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
        logs.unshift(el("p", { class: "muted" }, "No line that changes the unit was sent."));
      }
      if (logs.length) parts.push(el("section", { class: "block logs" }, el(HEADINGS.section, {}, "What was sent"), logs));
    }
    return el("div", { class: "unit-body" }, parts.filter(Boolean));
  }

  function unitPanel(unit, index) {
    const facts = unit.unit || {};
    const about = [facts.model, facts.serial, facts.version && `FortiOS ${facts.version}`].filter(Boolean).join(" \u00b7 ");
    const figures = unit.counts
      ? `${count(unit.counts.tokens, "token")}${unit.counts.attention ? `, ${number.format(unit.counts.attention)} to do` : ""}`
      : "no report";
    const panel = el("details", { class: "panel unit", id: `u${index}`, "data-result": unit.result },
      el("summary", {}, tag([data.words[unit.result], data.tones[unit.result]]), el("h3", {}, unit.host),
        el("span", { class: "about muted small" }, about), el("span", { class: "figures small" }, figures)));
    // Filled when it is opened first: a run may have hundreds of units with thousands of tokens each.
    panel.fill = () => {
      if (panel.children.length === 1) panel.append(unitBody(unit, `u${index}`));
    };
    panel.addEventListener("toggle", () => { if (panel.open) panel.fill(); });
    return panel;
  }

  // ---- all units ---------------------------------------------------------------------------------------------------

  function openPlace(hash) {
    const match = /^#(u\d+)(-f\d+)?$/.exec(hash);
    const panel = match && document.getElementById(match[1]);
    if (!panel) return;
    if (panel.fill) {
      panel.hidden = false;
      panel.fill();
      panel.open = true;
    }
    const target = document.getElementById(hash.slice(1)) || panel;
    target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
    target.scrollIntoView();
  }

  function agenda() {
    const topics = new Map();
    data.units.forEach((unit, index) => unit.findings.forEach((finding, place) => {
      if (finding.severity === "info") return;
      const topic = TOPICS[finding.id] || finding.title;
      if (!topics.has(topic)) topics.set(topic, { topic, severity: finding.severity, actor: finding.actor, places: [] });
      topics.get(topic).places.push({ unit, finding, hash: `#u${index}-f${place}` });
    }));
    const severities = Object.keys(SEVERITIES);
    const entries = [...topics.values()].sort((a, b) => severities.indexOf(a.severity) - severities.indexOf(b.severity)
      || b.places.length - a.places.length);
    if (!entries.length) return null;

    const link = ({ unit, finding, hash }) => el("li", {}, el("a", { href: hash, onclick: (event) => {
      event.preventDefault();
      history.replaceState(null, "", hash);
      openPlace(hash);
    } }, unit.host), finding.serials ? ` ${count(finding.serials.length, "token")}` : "");

    const item = (entry) => {
      const places = el("ul", { class: "places" }, entry.places.slice(0, PLACES_AT_ONCE).map(link));
      const rest = entry.places.slice(PLACES_AT_ONCE);
      if (rest.length) {
        const button = el("button", { type: "button", onclick: () => places.lastChild.replaceWith(...rest.map(link)) },
          `and ${count(rest.length, "more unit")}`);
        places.append(el("li", {}, button));
      }
      const tickets = entry.places.map(({ finding }) => finding.ticket).filter(Boolean);
      return el("li", {}, tag(SEVERITIES[entry.severity]),
        el("div", { class: "what" }, el("strong", {}, entry.topic), el("span", { class: "muted small" }, entry.actor)), places,
        tickets.length ? copyButton(tickets.length === 1 ? "Copy ticket" : `Copy ${tickets.length} tickets`,
          tickets.join("\n\n----\n\n")) : null);
    };
    return el("section", { class: "section", "aria-labelledby": "todo" },
      el("h2", { id: "todo" }, "What a person must do now"), el("ul", { class: "panel agenda" }, entries.map(item)));
  }

  function unitText(unit) {
    if (unit.text === undefined) {
      const facts = unit.unit || {};
      const tokens = unit.tokens ? unit.tokens.rows.map((row) => [row[0], ...row[1].map((holder) => holder[1])].join(" ")) : [];
      unit.text = [unit.host, facts.hostname, facts.serial, facts.model, facts.version, ...tokens].join("\n").toLowerCase();
    }
    return unit.text;
  }

  function unitList() {
    const panels = data.units.map(unitPanel);
    const state = { text: "", result: "" };
    const status = el("p", { class: "muted small", "aria-live": "polite" });

    function update() {
      const wanted = state.text.trim().toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      data.units.forEach((unit, index) => {
        const fits = (!state.result || unit.result === state.result) && wanted.every((word) => unitText(unit).includes(word));
        panels[index].hidden = !fits;
        shown += fits ? 1 : 0;
      });
      status.textContent = shown === panels.length ? "" : `${number.format(shown)} of ${count(panels.length, "unit")}`;
    }

    const chips = data.order.filter((result) => data.units.some((unit) => unit.result === result)).map((result) => {
      const amount = data.units.filter((unit) => unit.result === result).length;
      return el("button", { type: "button", "aria-pressed": "false", "data-result": result, onclick: () => {
        state.result = state.result === result ? "" : result;
        chips.forEach((chip) => chip.setAttribute("aria-pressed", String(chip.dataset.result === state.result)));
        update();
      } }, `${data.words[result]} ${number.format(amount)}`);
    });
    return el("section", { class: "section", "aria-labelledby": "units" },
      el("div", { class: "section-head" }, el("h2", { id: "units" }, "Units"),
        el("div", { class: "tools" },
          el("div", { class: "chips", role: "group", "aria-label": "Show only units with this result" }, chips),
          el("label", { class: "field" }, "Find a unit", el("input", { type: "search", autocomplete: "off",
            spellcheck: "false", placeholder: "Name, serial, token, user",
            oninput: (event) => { state.text = event.target.value; update(); } })))),
      status, panels);
  }

  // Paper has no folds and no second page of rows. What a row or a ticket says more is left out: the findings say it.
  function preparePrint() {
    let undo = [];
    window.addEventListener("beforeprint", () => {
      document.querySelectorAll("details.unit:not([hidden])").forEach((panel) => panel.fill());
      undo = data.units.map((unit) => unit.showAll && unit.showAll()).filter(Boolean);
      document.querySelectorAll("details:not([open])").forEach((details) => {
        if (details.closest("[hidden], .tokens, .ticket")) return;
        details.open = true;
        undo.unshift(() => { details.open = false; });
      });
    });
    window.addEventListener("afterprint", () => { undo.forEach((step) => step()); undo = []; });
  }

  const main = document.getElementById("main");
  if (data.units.length === 1) {
    main.append(el("div", { class: "panel", id: "u0" }, unitBody(data.units[0], "u0")));
  } else {
    main.append(...[agenda(), unitList()].filter(Boolean));
  }
  preparePrint();
  window.addEventListener("hashchange", () => openPlace(location.hash));
  openPlace(location.hash);
}());
