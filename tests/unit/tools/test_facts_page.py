# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of facts."""

from __future__ import annotations

from tests.tools.facts_page import page
from tests.tools.ledger import Fact, Ledger

LEDGER = Ledger(
    {"console": "Console", "users": "Users"},
    [
        Fact(
            "one",
            "console",
            r"A `\r` and a * stand.",
            "seen",
            1,
            ("article 1", "topic 2 (Guide 7.2)"),
            ("7.10", "7.4.8"),
        ),
        Fact("two", "console", "It is so.", "inferred", 2, (), ("7.4.8",), ("6.0", "6.2", "7.2"), True),
        Fact("three", "console", "It is not public.", "unknown", 3, ("repository owner/name#4", "advisory FG-IR-19-1")),
    ],
)


def test_each_fact_shows_how_well_it_is_known_and_where_from() -> None:
    text = page(LEDGER)
    assert (
        "_`one`\n  A ``\\r`` and a \\* stand.\n\n"
        "  *Seen in a source*: `article 1 <https://community.fortinet.com/t5/FortiGate/ta-p/1>`__, Guide 7.2, topic 2."
        " Confirmed by 7.4.8 and 7.10.\n"
    ) in text
    assert (
        "  *Inferred, without a source*. Confirmed by 7.4.8. Refuted by 6.0, 6.2, and 7.2. A recording is wanted.\n"
        in text
    )
    assert (
        "  *Unknown*: `owner/name#4 <https://github.com/owner/name/issues/4>`__,"
        " `FG-IR-19-1 <https://www.fortiguard.com/psirt/FG-IR-19-1>`__.\n"
    ) in text


def test_releases_are_in_order_with_what_they_confirm_and_refute() -> None:
    rows = page(LEDGER).partition("FortiOS releases")[2].partition("\nConsole\n")[0]
    assert "   * - 6.0\n     -\n     - `two`_\n" in rows
    assert "   * - 7.4.8\n     - `one`_, `two`_\n     -\n   * - 7.10\n     - `one`_\n     -\n" in rows


def test_the_top_says_what_the_facts_rest_on_and_asks_for_recordings() -> None:
    head, _title, rest = page(LEDGER).partition("What a recording should decide")
    assert "**No FortiGate was at hand" in head
    assert "Of 3 facts, 1 are seen in a source, 1 are inferred, and 1 are unknown" in head
    assert "``fortiops.fortitoken.probe_unit``" in head
    assert "template=unit_output.yml" in head
    assert "- `two`_: It is so.\n" in rest
    assert "- `one`_:" not in rest


def test_a_group_without_facts_has_no_section() -> None:
    assert "\nUsers\n" not in page(LEDGER)
