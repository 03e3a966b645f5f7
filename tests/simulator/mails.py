# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Questions about mails with activation codes, answered from the event log."""

from __future__ import annotations

from collections.abc import Iterable

from .events import Event

HOUR = 3600.0


def mails(events: Iterable[Event], user: str | None = None) -> list[Event]:
    """Return the mails and text messages with activation codes, of one user or of all."""
    return [event for event in events if event["type"] == "mail" and user in (None, event["user"])]


def second_mails(events: Iterable[Event], renew_before: float = 24.0) -> list[str]:
    """Return a sentence for each code that was sent while an earlier one was good.

    An earlier code is good while it was delivered, is valid, and has more than *renew_before* hours to go. One that was
    never delivered, or that belongs to another token, is none.
    """
    found = []
    last: dict[tuple[str, str, str, str], Event] = {}
    for event in mails(events):
        key = (event["unit"], event["vdom"], event["user"], event["serial"])
        earlier = last.get(key)
        if earlier and event["at"] < earlier["valid_until"] - renew_before * HOUR:
            left = (earlier["valid_until"] - event["at"]) / HOUR
            found.append(f"{event['unit']}: {event['user']} got a second code with {left:.1f} hours of the first left")
        if event["outcome"] == "sent":
            last[key] = event
    return found


def mails_to_enrolled(events: Iterable[Event]) -> list[str]:
    """Return a sentence for each code that was sent to a user whose phone had the token.

    A user with a new phone, and one whose token was unbound, has none any more.
    """
    found = []
    enrolled: set[tuple[str, str]] = set()
    for event in events:
        key = (event["unit"], event.get("serial", ""))
        if event["type"] == "start":
            enrolled |= {(event["unit"], serial) for serial in event["phones"]}
        elif event["type"] == "scan" and event["ok"]:
            enrolled.add(key)
        elif event["type"] == "phone" and event["what"] in ("new", "removed"):
            enrolled.discard(key)
        elif event["type"] == "mail" and key in enrolled:
            found.append(f"{event['unit']}: {event['user']} has enrolled {event['serial']} and got another code")
            enrolled.discard(key)
    return found
