/*
 * Copyright: (c) 2026, FortiOps contributors
 * GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Puts the page together and prepares it for paper.
 */

// Paper has no folds and no second page of rows. What a row or a ticket says in addition is left out: the cards say it.
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
  main.append(...[lockedOutList(), agenda(), unitList()].filter(Boolean));
}
preparePrint();
window.addEventListener("hashchange", () => openPlace(location.hash));
openPlace(location.hash);
