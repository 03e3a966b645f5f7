# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of a unit with 20,000 tokens: it opens, filters and sorts without drawing every row."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from ansible_collections.fortiops.fortitoken.tests.browser.conftest import Open
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import large_unit

SMALL, LARGE = 2_000, 20_000

# Types into the field and waits for the browser to have drawn the result; returns milliseconds.
FIND = """async (text) => {
  const field = document.querySelector("input[type=search]");
  const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  const started = performance.now();
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  while (!document.querySelector(".tokens tbody .serial")?.textContent.includes(text.slice(-4))) await drawn();
  return performance.now() - started;
}"""
SORT = """async () => {
  const heads = [...document.querySelectorAll(".tokens thead th button")];
  const started = performance.now();
  heads.find((head) => head.textContent.includes("User")).click();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  return performance.now() - started;
}"""
LOADED = "() => performance.getEntriesByType('navigation')[0].domComplete"


@pytest.fixture(scope="module")
def reports() -> dict[int, list[dict[str, Any]]]:
    return {size: [large_unit(size)] for size in (SMALL, LARGE)}


def _milliseconds(page: Page, size: int) -> dict[str, float]:
    page.locator(".tokens tbody tr").first.wait_for()
    assert page.locator(".tokens tbody tr").count() == 200
    loaded = page.evaluate(LOADED)
    find = page.evaluate(FIND, f"person{size - 1:05}")
    assert page.locator(".tokens tbody tr").count() == 1
    page.get_by_label("Find").fill("")
    sort = page.evaluate(SORT)
    assert page.locator(".tokens .holders").first.inner_text() == "person00000"
    return {"load": loaded, "find": find, "sort": sort}


def test_ten_times_the_tokens_cost_no_more_than_that(open_page: Open, reports: dict[int, Any]) -> None:
    small = _milliseconds(open_page(reports[SMALL]), SMALL)
    large = _milliseconds(open_page(reports[LARGE]), LARGE)
    for step, took in large.items():
        # Ten times the rows; drawing is the same for both, and so the floor under what is compared.
        assert took < 20 * max(small[step], 50), (step, small, large)
    # What a person waits for; well below a second on an idle machine.
    assert large["find"] < 3000
    assert large["sort"] < 5000
