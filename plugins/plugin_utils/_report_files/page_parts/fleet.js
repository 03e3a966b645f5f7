/*
 * Copyright: (c) 2026, FortiOps contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * All units: what is to be done over them, and the list of them.
 */

const PLACES_AT_ONCE = 12;

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

// The users who were disabled or lost their token on the way, over all units.
function lockedOutList() {
  const people = data.units.flatMap((unit, index) => unit.locked_out.rows.filter((row) => row.state !== "token_failed")
    .map((row) => ({ ...row, host: unit.host, hash: `#u${index}` })));
  const total = data.units.reduce((sum, unit) => sum + unit.locked_out.total, 0);
  if (!total) return null;
  const rest = total - people.length;
  const line = (row) => el("li", {}, el("strong", {}, row.who), " ", placeLink(row.host, row.hash), " ",
    el("span", { class: "muted small" }, labels.lockouts[row.state]));
  return el("section", { class: "section", "aria-labelledby": "out" },
    el("h2", { id: "out" }, `Who cannot log in now (${number.format(total)})`),
    el("div", { class: "panel locked-out" },
      el("ul", { class: "people" }, more(people, PLACES_AT_ONCE, line, "user")),
      rest ? el("p", { class: "muted" }, `${people.length ? "And " : ""}${count(rest, "user")} whose token does not work:`
        + " each unit below names its own.") : null));
}

function placeLink(host, hash) {
  return el("a", { href: hash, onclick: (event) => {
    event.preventDefault();
    history.replaceState(null, "", hash);
    openPlace(hash);
  } }, host);
}

function agenda() {
  if (!data.agenda.length) return null;
  const item = (entry) => {
    const place = ({ unit, card, tokens }) => el("li", {}, placeLink(data.units[unit].host, `#u${unit}-f${card}`),
      tokens ? ` ${count(tokens, "token")}` : "");
    const tickets = entry.places.map(({ unit, card }) => data.units[unit].cards[card].ticket).filter(Boolean);
    return el("li", {}, tag(labels.severities[entry.severity]),
      el("div", { class: "what" }, el("strong", {}, entry.topic), el("span", { class: "muted small" }, entry.actor)),
      el("ul", { class: "places" }, more(entry.places, PLACES_AT_ONCE, place, "unit")),
      el("div", { class: "copies" }, entry.command ? copyButton("Copy command", entry.command) : null,
        tickets.length ? copyButton(tickets.length === 1 ? "Copy ticket" : `Copy ${tickets.length} tickets`,
          tickets.join("\n\n----\n\n")) : null));
  };
  return el("section", { class: "section", "aria-labelledby": "todo" },
    el("h2", { id: "todo" }, "Action required"), el("ul", { class: "panel agenda" }, data.agenda.map(item)));
}

function unitText(unit) {
  if (unit.text === undefined) {
    const facts = unit.unit || {};
    const tokens = unit.tokens ? unit.tokens.rows.map((row) => [row[0], ...row[1].map((holder) => holder[1])].join(" ")) : [];
    unit.text = [unit.host, unit.why, facts.hostname, facts.serial, facts.model, facts.version, ...tokens].join("\n").toLowerCase();
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

  const chips = Object.keys(labels.results).filter((result) => data.units.some((unit) => unit.result === result)).map((result) => {
    const amount = data.units.filter((unit) => unit.result === result).length;
    return el("button", { type: "button", "aria-pressed": "false", "data-result": result, onclick: () => {
      state.result = state.result === result ? "" : result;
      chips.forEach((chip) => chip.setAttribute("aria-pressed", String(chip.dataset.result === state.result)));
      update();
    } }, `${labels.results[result][0]} ${number.format(amount)}`);
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
