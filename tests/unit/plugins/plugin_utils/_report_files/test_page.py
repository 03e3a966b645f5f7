# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page as text: what is embedded, and that nothing from a unit can become HTML."""

from __future__ import annotations

import base64
import hashlib
import json
from html.parser import HTMLParser
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import wording
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files import page
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    HOSTILE,
    absent,
    facts,
    large_unit,
    migrated_unit,
    report,
    three_units,
    token,
    user,
)


class Outline(HTMLParser):
    """Collects the elements of a page and the text of its script, style and title elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[tuple[str, dict[str, str | None], str]] = []
        self._open: str | None = None
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in {"script", "style", "title", "h1"}:
            self._open = tag
            self.inside.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open:
            tag, attributes, text = self.inside[-1]
            self.inside[-1] = (tag, attributes, text + data)

    def text(self, tag: str) -> str:
        return next(text for name, _attributes, text in self.inside if name == tag)

    def data(self) -> Any:
        return json.loads(next(text for _tag, attributes, text in self.inside if attributes.get("id") == "report-data"))


def render(*reports: dict[str, Any], missing: list[str] | None = None, title: str = "FortiToken report") -> str:
    return page.render_page(title=title, reports=[*reports, *absent(*(missing or ()))])


def test_hostile_text_stays_text() -> None:
    nasty = report(HOSTILE, before=facts([token("FTKMOBEXAMPLE001", "needs_license", HOSTILE, user(HOSTILE))]))
    outline = Outline(render(nasty, migrated_unit(), missing=["<b>host</b>"], title=HOSTILE))
    assert [name for name, _attributes in outline.elements if name in {"img", "b"}] == []
    assert [name for name, _attributes in outline.elements if name == "script"] == ["script", "script"]
    hosts = [unit["host"] for unit in outline.data()["units"]]
    assert set(hosts) == {HOSTILE, "<b>host</b>", "fw-berlin-01"}
    assert "49" not in outline.text("title"), "a template expression in the data was evaluated"
    assert "{{ 7*7 }}" in outline.text("title")


@pytest.mark.parametrize("text", ["</script>", "<!--", "]]>", "\u2028", "&lt;", "<script>"])
def test_nothing_ends_the_data_element(text: str) -> None:
    embedded = page.embed({"x": text})
    assert not set("<>&\u2028") & set(embedded)
    assert json.loads(embedded) == {"x": text}


def test_page_allows_its_own_script_and_style_only_and_no_request() -> None:
    outline = Outline(render(*three_units()))
    policy = next(attrs["content"] for tag, attrs in outline.elements if attrs.get("http-equiv")) or ""
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    script = next(text for tag, attrs, text in outline.inside if tag == "script" and not attrs)
    for text in (script, outline.text("style")):
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    loading = [
        attrs for _tag, attrs in outline.elements if attrs.get("src") or (attrs.get("href") or "").startswith("http")
    ]
    assert loading == []
    assert [attrs for _tag, attrs in outline.elements if "style" in attrs or "onclick" in attrs] == []


def test_the_script_takes_its_words_and_columns_from_the_data() -> None:
    data = Outline(render(migrated_unit())).data()
    assert tuple(data["columns"]) == page.TOKEN_COLUMNS
    assert data["labels"]["verdicts"] == {key: [row.label, row.tone, row.step] for key, row in wording.VERDICTS.items()}
    script = "".join((page._HERE / name).read_text(encoding="utf-8") for name in page.SCRIPTS)
    for row in wording.VERDICTS.values():
        assert f'"{row.label}"' not in script, "a label is spelled out in one place only"


def test_every_part_of_the_page_is_in_it() -> None:
    parts = {path.name for path in page._HERE.iterdir() if path.suffix in (".css", ".js")}
    assert parts == {*page.STYLES, *page.SCRIPTS}


def test_the_worst_units_come_first() -> None:
    data = Outline(render(*three_units(), missing=["fw-ulm-04"])).data()
    assert [unit["result"] for unit in data["units"]] == ["not_reached", "blocked", "partial", "healthy"]


def test_check_mode_and_audit_say_that_nothing_was_changed() -> None:
    read = facts([token("FTK200EXAMPLE001", "healthy", "active", seed=True)])
    assert "Check mode, nothing was changed" in render(report("fw", before=read, check_mode=True))
    assert "Audit, nothing was changed" in render(report("fw", before=read, mode="audit"))
    assert "nothing was changed" not in render(report("fw", before=read))


def test_without_scripts_the_work_is_listed() -> None:
    html = render(*three_units(), missing=["fw-ulm-04"])
    summary = html[html.index("<noscript>") : html.index("</noscript>")]
    assert "fw-berlin-01: Work left" in summary
    assert "Ask Fortinet TAC to release the activation lock of 2 hardware tokens" in summary
    assert "fw-ulm-04: Not reached" in summary


def test_twenty_thousand_tokens_stay_light() -> None:
    html = render(large_unit(20_000))
    assert len(html) < 4_000_000
    packed = Outline(html).data()["units"][0]["tokens"]
    assert len(packed["rows"]) == 20_000
    assert len(packed["texts"]) < 60, "texts that repeat with every token are kept once"
