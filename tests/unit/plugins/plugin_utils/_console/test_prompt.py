# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The prompt pattern against its corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import Prompt, parse, same_name

CORPUS = yaml.safe_load((Path(__file__).parent / "prompts.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CORPUS["prompts"], ids=lambda case: case["text"])
def test_reads_prompt(case: dict[str, Any]) -> None:
    place = parse(case["text"])
    assert place is not None
    assert (place.host, place.context, place.read_only, place.spaced_role) == (
        case["host"],
        case.get("context", ""),
        case.get("read_only", False),
        case.get("spaced_role", False),
    )
    assert place.end == len(case["text"])


@pytest.mark.parametrize("case", CORPUS["prompts"] + CORPUS["learned"], ids=lambda case: case["text"])
def test_learned_prompt_finds_the_same(case: dict[str, Any]) -> None:
    learned = Prompt(case["host"], case.get("spaced_role", False))
    text = f"output\n{case['text']}echo"
    place = learned.at(text, 7)
    assert place is not None
    assert (place.context, text[place.end :]) == (case.get("context", ""), "echo")
    assert learned.next_line_start(text, 0) == 7


@pytest.mark.parametrize("text", ["FGT (x) # y) # ", "FGT (a) (b) $ "])
def test_whole_text_is_read_to_its_end(text: str) -> None:
    place = Prompt("FGT").whole(text)
    assert place is not None
    assert (place.context, place.end) == (text[5:-4], len(text))


@pytest.mark.parametrize("text", CORPUS["not_prompts"])
def test_refuses_other_text(text: str) -> None:
    assert parse(text) is None


def test_learned_prompt_is_only_this_units() -> None:
    learned = Prompt("FGT")
    assert learned.at("FGT2 # ") is None
    assert learned.at("other # ") is None
    assert learned.at("FGT(Secondary) (root) $ ") is not None


def test_name_cut_at_another_length_in_a_longer_context() -> None:
    learned = Prompt("a-very-long-host-name-of~")
    place = learned.at("a-very-long-h~ (fortitoken) # ")
    assert place is not None
    assert place.context == "fortitoken"
    assert learned.at("a-very-short~ # ") is None


@pytest.mark.parametrize(
    "text", ["branch-office-hambur~-01 (fortitoken) # ", "branch-off~-01 (fortitoken) # ", "branch-o~ (fortitoken) # "]
)
def test_name_cut_in_the_middle(text: str) -> None:
    place = Prompt("branch-office-hambur~-01").at(text)
    assert place is not None
    assert (place.context, place.end) == ("fortitoken", len(text))
    assert Prompt("branch-office-hambur~-01").at("branch-office-hambur~-02 # ") is None


def test_entry_called_like_a_role() -> None:
    place = Prompt("fw").at("fw (Primary) # ")
    assert place is not None
    assert place.context == "Primary"


@pytest.mark.parametrize(
    ("shown", "name", "same"),
    [
        ("root", "root", True),
        ("root", "roots", False),
        ("FTK200BAA~", "FTK200BAA0000000", True),
        ("FTK200BAB~", "FTK200BAA0000000", False),
        ("", "", True),
        ("", "root", False),
        ("~", "root", False),
        # Cut in the middle.
        ("customer-production-~ast", "customer-production-east", True),
        ("customer-production-~ast", "customer-production-west", False),
        ("customer-production-~est", "customer-production-west", True),
        ("customer-production-~est", "customer-productionwest", False),
        ("customer-production-~ast", "customer-staging-east", False),
        ("customer-production-~ast", "customer-production-~ast", True),
        # Both cut, at different lengths.
        ("customer-prod~ast", "customer-production-~ast", True),
        ("customer-prod~est", "customer-production-~ast", False),
        ("customer-prod~", "customer-production-~ast", True),
        ("rot", "ro~t", False),
        ("rooot", "ro~t", True),
    ],
)
def test_same_name(shown: str, name: str, same: bool) -> None:
    assert same_name(shown, name) is same
