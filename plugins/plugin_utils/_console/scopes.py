# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scopes: which VDOMs a unit has, the way from one scope to another, and back to the top.

``edit`` in ``config vdom`` creates a VDOM that does not exist, so a name is only entered while the unit lists it.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Generator
from dataclasses import dataclass, field, replace

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import detect
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.exchange import Exchange
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.lines import Sent
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import Prompt, same_name
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.stream import RawAnswer
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.wire import Steps, Wire

# Another administrator may delete a VDOM, so a list of VDOMs is believed for so many seconds: to read in one of them,
# and to edit there.
VDOM_LIST_AGE = 10.0
VDOM_LIST_AGE_EDITING = 1.0
_MOST_CONTEXTS = 8
_STATUS = "get system status"

_VDOM_NAME = re.compile(r"[0-9A-Za-z_-]{1,31}")
# The lists are read up to where a name ends: a name that is cut short is that of another VDOM, and `edit` creates it.
_INTERFACE_VDOM = re.compile(r'^\s*set vdom "?([^"\r\n]+?)"?[^\S\n]*$', re.MULTILINE)
# What lists the VDOMs, and how each is told there; the first that answers is used.
_VDOM_LISTERS = {
    "diagnose sys vd list": re.compile(r"^name=([^/\r\n]+?)(?:/| index=|[^\S\n]*$)", re.MULTILINE),
    "show system vdom-property": re.compile(r'^\s*edit "?([^"\r\n]+?)"?[^\S\n]*$', re.MULTILINE),
    # Each VDOM has an interface of its own, "ssl.<VDOM>". A bar may be refused for reasons of its own (seen on 7.0.3).
    'show system interface | grep "set vdom"': _INTERFACE_VDOM,
    "show system interface": _INTERFACE_VDOM,
}


# A VDOM that FortiOS lists and does not let anybody enter: the answer to `edit dmgmt-vdom` (seen in a transcript). It
# belongs to the dedicated management port and holds no users. [fact: vdom-reserved]
_RESERVED = {"dmgmt-vdom": "'dmgmt-vdom' is reserved and cannot be edited directly"}
# Only such names are known to be safe on a line (repository scrapli/scrapli_community). [fact: vdom-list]
_STRANGE_NAME = (
    "its name holds characters other than letters, digits, _ and -, or is too long, so nothing was sent to it"
)
_CANNOT_ENTER = re.compile(r"^.*\b(?:is reserved|cannot be (?:edited|entered))\b.*$", re.MULTILINE)


class VdomReserved(ConsoleFailure):
    """The unit lists a VDOM and does not let anybody enter it."""

    def __init__(self, vdom: str, answer: str) -> None:
        super().__init__("context", f"VDOM {vdom!r} cannot be entered: {answer}")
        self.vdom = vdom
        self.answer = answer


@dataclass
class Unit:
    """What the session knows of the unit.

    vdom_mode: "none", "multi" or "split". vdoms: those that the unit lists. reserved: those among them that cannot be
    entered, as far as is known, with the unit's words. confined: the one VDOM of this account. listed_at: age of
    ``vdoms``, on the session's clock. lister: the command that listed them.
    """

    status_text: str = ""
    hostname: str = ""
    vdom_mode: str = "none"
    vdoms: list[str] = field(default_factory=list)
    reserved: dict[str, str] = field(default_factory=dict)
    confined: str | None = None
    listed_at: float | None = None
    lister: str | None = None


class Scopes:
    """Knows in which scope the session stands, and how to get to another.

    base: the context that an account confined to one VDOM cannot leave, "" for all others. inside: the scope that was
    entered, None at the top. unit: what is known of the unit, once it was asked.
    """

    def __init__(self, exchange: Exchange, wire: Wire) -> None:
        self.base = ""
        self.inside: str | None = None
        self.unit: Unit | None = None
        self._exchange = exchange
        self._wire = wire
        exchange.come_back = self.come_back

    def lead_out(self) -> Steps:
        """Leave a context that the session was found in. An account that belongs to one VDOM may stay where it is."""
        before = None
        for word in ("abort", "end") * 3:
            if not self._exchange.place.context:
                return
            if word == "abort" and before == self._exchange.place.context:
                break
            before = self._exchange.place.context
            yield from self._exchange.run([Sent(word)])
        if self._exchange.place.context and not (yield from self._is_host_name()):
            self.base = self._exchange.place.context

    def _is_host_name(self) -> Generator[None, None, bool]:
        """Tell whether what looks like a context is the end of a host name, as in ``FW (dc1) # ``; take it as such."""
        place = self._exchange.place
        name = _hostname((yield from self._ask(_STATUS)))
        shown = f"{place.host} ({place.context})"
        if not name or not same_name(shown, name):
            return False
        self._wire.stream.prompt = Prompt(shown, place.spaced_role)
        self._exchange.place = replace(place, host=shown, context="")
        return True

    def come_back(self, scope: str | None) -> Steps:
        """Come from an unknown place to ``scope``."""
        yield from self.go_top()
        yield from self._exchange.run(self.travel(None, scope))

    # The unit

    def learn_unit(self) -> Generator[None, None, Unit]:
        """Ask the unit once who it is and which VDOMs it has."""
        if self.unit is not None:
            return self.unit
        unit = Unit()
        text = yield from self._ask(_STATUS, *self._exchange.pager.question(None))
        if not text:
            raise ConsoleFailure("refused", "the unit does not answer 'get system status', so its VDOMs are unknown")
        unit.hostname = _hostname(text) or self._exchange.place.host.rstrip("~")
        # A password of the same text must not make the unit unrecognizable.
        self._wire.redactor.keep((unit.hostname,))
        unit.status_text = self._wire.redactor.redact(text)
        mode = re.search(r"^Virtual domain configuration: *(\S+)", text, re.MULTILINE)
        word = mode.group(1).lower() if mode else "disable"
        # "enable" to FortiOS 6.0; "multiple" and "split-task" from 6.2. [fact: vdom-words]
        unit.vdom_mode = "none" if word.startswith("disable") else "split" if word.startswith("split") else "multi"
        current = re.search(r"^Current virtual domain: *(\S+)", text, re.MULTILINE)
        if unit.vdom_mode != "none":
            if self.base:
                unit.confined = current.group(1) if current else self.base
                unit.vdoms = [unit.confined]
            else:
                yield from self._list_vdoms(unit, current.group(1) if current else "root")
        self.unit = unit
        return unit

    def _ask(self, line: str, *before: Sent) -> Generator[None, None, str]:
        """Send one line and return its answer, "" when the unit refused it."""
        answers: list[str] = []

        def check(answer: RawAnswer) -> None:
            answers.append("" if detect(answer.output) else answer.output)

        yield from self._exchange.run([*before, Sent(line, repeatable=True, check=check)])
        return answers[0] if answers else ""

    def _list_vdoms(self, unit: Unit, current: str) -> Steps:
        """Learn the VDOM names: ``edit`` in ``config vdom`` would create a VDOM that does not exist."""
        yield from self.go_top()
        if unit.lister is not None:
            unit.vdoms = []
            try:
                yield from self._exchange.run([*self.travel(None, "global"), self.listing(unit, unit.lister)])
            except ConsoleFailure as failure:
                if self._wire.failure is not None:
                    raise
                raise ConsoleFailure(
                    "context", f"the unit no longer lets this account into the global scope: {failure}"
                ) from None
            return
        yield from self._ask("config global")
        if not same_name(self._exchange.place.context, "global"):
            # An account of one VDOM has no global scope and works in its VDOM at the top (inferred).
            # [fact: prompt-home-vdom]
            unit.confined = current
            unit.vdoms = [current]
            return
        self.inside = "global"
        for command in _VDOM_LISTERS:
            yield from self._exchange.run([*self._exchange.pager.question("global"), self.listing(unit, command)])
            if unit.lister is not None:
                return

    def listing(self, unit: Unit, command: str) -> Sent:
        """Return a line that lists the VDOMs in the global scope; its answer is taken in where it is one."""

        def check(answer: RawAnswer) -> None:
            names = [] if detect(answer.output) else _VDOM_LISTERS[command].findall(answer.output)
            if names:
                unit.lister = command
                unit.reserved.update({name: text for name, text in _RESERVED.items() if name in names})
                unit.reserved.update({name: _STRANGE_NAME for name in names if not _VDOM_NAME.fullmatch(name)})
                # Hidden VDOMs of the system itself.
                unit.vdoms = [name for name in dict.fromkeys(names) if not name.startswith("vsys_")]
                self._wire.redactor.keep(unit.vdoms)
                unit.listed_at = self._wire.clock()

        return Sent(command, repeatable=True, scope="global", check=check)

    def resolve(self, scope: str | None, age: float = VDOM_LIST_AGE) -> Generator[None, None, str | None]:
        """Map a scope to the context that must be entered, None for the top. Raises ConsoleFailure of kind context.

        age: seconds for which an older list of VDOMs is believed.
        """
        if scope is None:
            return None
        unit = yield from self.learn_unit()
        name = scope.removeprefix("vdom:") if scope != "global" else ""
        if unit.vdom_mode == "none":
            if name not in ("", "root"):
                raise ConsoleFailure("context", f"this unit has no VDOMs, so there is no VDOM {name!r}")
            return None
        if unit.confined is not None:
            if name == unit.confined:
                return None
            raise ConsoleFailure(
                "context", f"this account is confined to VDOM {unit.confined!r}; {scope!r} is out of its reach"
            )
        if not name:
            return "global"
        if not self.listed(age):
            yield from self._list_vdoms(unit, "root")
        if name in unit.reserved:
            raise VdomReserved(name, unit.reserved[name])
        if name not in unit.vdoms or not _VDOM_NAME.fullmatch(name):
            known = ", ".join(unit.vdoms) or "none could be listed with this account's rights"
            raise ConsoleFailure("context", f"the unit has no VDOM {name!r} (it has: {known}); nothing was sent")
        return name

    def reserve(self, refused: VdomReserved) -> None:
        """Take note of a VDOM that cannot be entered."""
        if self.unit is not None:
            self.unit.reserved[refused.vdom] = refused.answer

    def listed(self, age: float) -> bool:
        """Tell whether the VDOMs were listed within the last ``age`` seconds."""
        listed_at = self.unit.listed_at if self.unit else None
        return listed_at is not None and self._wire.clock() - listed_at <= age

    def travel(self, here: str | None, target: str | None) -> list[Sent]:
        """Return the lines from one scope to another; they are verified when their answers come."""

        def at_top(answer: RawAnswer) -> None:
            if answer.place.context != self.base:
                raise ConsoleFailure("context", f"could not leave {answer.place.context!r}")
            self.inside = None

        def inside(answer: RawAnswer) -> None:
            shown = re.search(r"current vf=([^:\s]+):", answer.output)
            if answer.place.context == "vdom" and (refused := _CANNOT_ENTER.search(answer.output)):
                raise VdomReserved(str(target), refused.group(0).strip())
            if not same_name(answer.place.context, str(target)) or (shown and shown.group(1) != target):
                fault = detect(answer.output)
                why = f": {fault}" if fault else f", the unit stands in {answer.place.context or 'the top'!r}"
                raise ConsoleFailure(
                    "context", f"could not enter {'VDOM ' if target != 'global' else ''}{target!r}{why}"
                )
            self.inside = target

        if target == here:
            return []
        way = [] if here is None else [Sent("end", repeatable=True, scope=here, check=at_top)]
        if target == "global":
            way.append(Sent("config global", repeatable=True, check=inside))
        elif target is not None:
            way.append(Sent("config vdom", repeatable=True, check=_entered_vdom))
            way.append(Sent(f"edit {target}", repeatable=True, midway=True, check=inside))
        return way

    def close_entries(self) -> Steps:
        """Come back to the level of the scope; an entry left open is dropped."""
        home = self.base if self.inside is None else self.inside
        # `config global` and `config vdom` count as one level each.
        level = 0 if self.inside is None else 1
        for _attempt in range(_MOST_CONTEXTS):
            if self._exchange.place.context == self.base:
                self.inside = None
                return
            if same_name(self._exchange.place.context, home) and self._exchange.depth <= level:
                return
            yield from self._exchange.run([Sent("abort")], urgent=True)

    def go_top(self) -> Steps:
        """Leave every context, without saving what is open in a table."""
        yield from self.close_entries()
        words = ["end", "abort"] * _MOST_CONTEXTS
        while self._exchange.place.context != self.base:
            if not words:
                raise self._wire.lost(f"could not leave the context {self._exchange.place.context!r}", "context")
            yield from self._exchange.run([Sent(words.pop(0))], urgent=True)
        self.inside = None
        self._exchange.depth = 0


def _hostname(status: str) -> str:
    """Return the host name that ``get system status`` shows, "" where it shows none."""
    name = re.search(r"^Hostname: *(\S.*?) *$", status, re.MULTILINE)
    return name.group(1) if name else ""


def _entered_vdom(answer: RawAnswer) -> None:
    if not same_name(answer.place.context, "vdom"):
        raise ConsoleFailure(
            "context", f"'config vdom' was refused: {detect(answer.output) or answer.output.strip()[:200]}"
        )
