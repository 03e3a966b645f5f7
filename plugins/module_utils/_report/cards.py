# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings that share a cause as one card, and the cards of several units as one agenda. Pure.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.commands import shared_command, told
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.finding import Finding, by_urgency, is_work
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report.wording import SEVERITIES

Card = dict[str, Any]

#: What follows from another finding of the same cause, which says what to do about it.
_EFFECTS = frozenset(("user_left_disabled", "token_missing", "binding_lost"))


def cards(findings: Sequence[Finding]) -> list[Card]:
    """Return one card for each cause, the most urgent first.

    A card is ``{id, cause, severity, title, topic, actor, remedy, command, serials, addressee, ticket, findings}``. The
    most urgent finding of a cause leads it, or what the others are an effect of; ``serials`` are those of all,
    ``findings`` holds them. Users who are disabled because of tokens of another card are part of that card.
    """
    roots = [finding for finding in findings if is_work(finding) and finding["id"] not in _EFFECTS]
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        serials = set(finding.get("serials", ()))
        of = (
            finding
            if finding["id"] not in _EFFECTS or not serials
            else next((root for root in roots if serials <= set(root.get("serials", ()))), finding)
        )
        groups.setdefault(of["cause"], []).append(finding)
    return by_urgency(_card(by_urgency(group)) for group in groups.values())


def work_cards(findings: Sequence[Finding]) -> list[Card]:
    """Return the cards that ask for something to be done."""
    return [card for card in cards(findings) if is_work(card)]


def _card(group: Sequence[Finding]) -> Card:
    lead = next((finding for finding in group if finding["id"] not in _EFFECTS and is_work(finding)), group[0])
    group = [lead, *(finding for finding in group if finding is not lead)]
    ticket = next((finding for finding in group if finding.get("ticket")), None)
    return {
        **{key: lead[key] for key in ("id", "cause", "title", "topic", "actor", "remedy")},
        "severity": by_urgency(group)[0]["severity"],
        "command": next((finding["command"] for finding in group if finding["command"]), ""),
        "serials": list(dict.fromkeys(serial for finding in group for serial in finding.get("serials", ()))),
        "addressee": ticket["addressee"] if ticket else "",
        "ticket": ticket["ticket"] if ticket else "",
        "findings": list(group),
    }


def agenda(reports: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what is to be done over all units, the most urgent and most frequent first.

    Rows are ``{topic, severity, actor, command, places}``, places ``{unit, card, tokens}`` with the positions
    of report and card in their lists, and how many tokens it is about.
    """
    topics: dict[str, dict[str, Any]] = {}
    about: dict[str, list[tuple[Mapping[str, Any], str, Mapping[str, Any]]]] = {}
    for number, report in enumerate(reports):
        for place, card in enumerate(cards(report["findings"])):
            if not is_work(card):
                continue
            row = topics.setdefault(
                card["topic"],
                {
                    **{key: card[key] for key in ("topic", "severity", "actor")},
                    "command": "",
                    "places": [],
                },
            )
            row["places"].append({"unit": number, "card": place, "tokens": len(card["serials"])})
            led = next((finding for finding in card["findings"] if finding["command"]), card)
            about.setdefault(card["topic"], []).append((led, report["host"], told(report)))
    for topic, row in topics.items():
        if len({finding["id"] for finding, _host, _options in about[topic]}) == 1:
            row["command"] = shared_command(about[topic], str(reports[0]["inventory"]))
    order = list(SEVERITIES)
    return sorted(topics.values(), key=lambda row: (order.index(row["severity"]), -len(row["places"])))
