# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A headless Chromium and pages to open in it. Without a Chromium on the machine these tests fail, they do not skip."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.page import render_page
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import absent

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]

#: Opens a page: reports, and the context options of Playwright, such as ``viewport`` and ``color_scheme``.
Open = Callable[..., Page]


# No longer than a module: Playwright runs an event loop in this thread, which other tests need for themselves.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), ""
    )
    if not path:
        pytest.fail("These tests need Chromium. Install it, on Debian or Ubuntu with: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Renders reports, opens the file and fails the test for any request, script error or refused content."""
    complaints: list[str] = []
    requests: list[str] = []
    contexts = []

    def open_(reports: list[dict[str, Any]], missing: Sequence[str] = (), **options: Any) -> Page:
        path = tmp_path / "index.html"
        path.write_text(render_page(title="FortiToken report", reports=[*reports, *absent(*missing)]), encoding="utf-8")
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
        page.on("console", lambda message: complaints.append(f"console: {message.text}"))
        page.on("request", lambda request: requests.append(request.url))
        page.goto(path.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
    # The empty icon is no request to anybody; without it a browser asks a server for favicon.ico.
    assert set(requests) <= {(tmp_path / "index.html").as_uri(), "data:,"}
