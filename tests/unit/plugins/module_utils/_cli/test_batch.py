# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines to a unit as data: how they travel as JSON, and how a value is quoted."""

from __future__ import annotations

import json

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch, dump, load, quote
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure


@pytest.mark.parametrize(
    "batch",
    [
        Batch(("show", "end")),
        Batch(("show",), "vdom:root", stop_on_error=True),
        Batch(("show",), "global", hold_saves=True, brief=True),
        Batch(("show",), repeatable=True),
        Batch(("show",), repeatable=True, rows=500),
        Batch(('set comments "two\nlines"',)),
    ],
)
def test_a_batch_comes_back_as_it_was(batch: Batch) -> None:
    assert load(dump([batch, batch])) == [batch, batch]


def test_missing_fields_have_their_defaults() -> None:
    assert load('[{"lines": ["show"]}]') == [Batch(("show",))]


@pytest.mark.parametrize("line", ["a\x03b", "show\nend", "x\x1b[A", "x\ry"])
def test_control_characters_are_refused(line: str) -> None:
    with pytest.raises(ConsoleFailure, match="control characters") as caught:
        load(json.dumps([{"lines": [line]}]))
    assert caught.value.kind == "refused"


@pytest.mark.parametrize("scope", ["root", "", "vdom"])
def test_unknown_scopes_are_refused(scope: str) -> None:
    with pytest.raises(ConsoleFailure, match="unknown scope"):
        load(json.dumps([{"lines": ["show"], "scope": scope}]))


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("alice", '"alice"'),
        ("", '""'),
        ('say "hi"', '"say \\"hi\\""'),
        ("back\\slash", '"back\\\\slash"'),
        ("why?", '"why?"'),
        ("zürich 東京", '"zürich 東京"'),
        ("it's", '"it\'s"'),
    ],
)
def test_quote(text: str, quoted: str) -> None:
    assert quote(text) == quoted


@pytest.mark.parametrize("text", ["a\x00", "a\x1b[A", "a\rb", "\x03"])
def test_quote_refuses_control_characters(text: str) -> None:
    with pytest.raises(ValueError, match="control"):
        quote(text)
