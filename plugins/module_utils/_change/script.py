# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scripts: the CLI lines that carry out a plan. Pure text.

Every script is safe at every prefix and with any one of its lines refused, because many lines are on their way at once:
- a user is disabled in the same edit in which the second factor goes, before it goes, and on units without
  transactions has been disabled, and read back as disabled, before that; so is one who was seen disabled, because
  somebody else may have enabled that user meanwhile;
- a user is enabled only in an edit that gives the binding (again), after the binding was read back from the unit;
- `set two-factor fortitoken` comes before `set fortitoken`: the keyword is hidden otherwise (Administration Guide
  7.2.0, topic 14906);
- an entry is saved by `next` and the table left by `end`; nothing after a refused `config` means anything to the unit.

[fact: edit-saves] [fact: two-factor-hides-token]

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.lines import Code, Serial, Value, make_line
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import MARK
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    GLOBAL,
    Binding,
    Entry,
    Settings,
    Token,
    Unit,
)

#: `execute fortitoken activate <id> x20` (Fortinet CLI references 7217 for 6.0.6 and 153246539 for 7.6.5).
#: [fact: activate-twenty]
SERIALS_PER_ACTIVATION = 20

START = "execute config-transaction start"
COMMIT = "execute config-transaction commit"
ABORT = "execute config-transaction abort"

_IMPORT = "execute fortitoken-mobile import "


def _edit(name: str, *lines: str) -> list[str]:
    return [make_line("edit", Value(name)), *lines, "next"]


def _table(path: str, lines: Iterable[str]) -> list[str]:
    inner = list(lines)
    return [f"config {path}", *inner, "end"] if inner else []


def _by_vdom(groups: dict[str, list[str]], unit: Unit) -> list[Batch]:
    return [
        Batch(tuple(lines), unit.scope(vdom), stop_on_error=True) for vdom, lines in sorted(groups.items()) if lines
    ]


def _vdoms(*things: Iterable[Entry] | Iterable[Binding]) -> list[str]:
    return sorted({thing.vdom for group in things for thing in group})


def disable_users(bindings: Sequence[Binding], unit: Unit) -> list[Batch]:
    """Disable users: the first step on a unit without transactions."""
    return _by_vdom(
        {
            vdom: _table(
                "user local",
                [line for b in bindings if b.vdom == vdom for line in _edit(b.name, "set status disable")],
            )
            for vdom in _vdoms(bindings)
        },
        unit,
    )


def purge(entries: Sequence[Entry], bindings: Sequence[Binding], unit: Unit, thorough: bool = False) -> list[Batch]:
    """Take the bindings away and delete the entries; only the one or the other where the rest is empty. A token that is
    still held is refused by the unit (-23).

    Fortinet unbinds with `unset two-factor` alone (article 194574). Whether that lets go of the token as well is not
    documented: `thorough` unsets the token by name before, which needs the second factor to be set.

    [fact: two-factor-unset] [fact: two-factor-clears-token]
    """
    unbind = (
        ("set two-factor fortitoken", "unset fortitoken", "unset two-factor") if thorough else ("unset two-factor",)
    )
    groups: dict[str, list[str]] = {}
    for vdom in _vdoms(entries, bindings):
        groups[vdom] = _table(
            "user local",
            [line for b in bindings if b.vdom == vdom for line in _edit(b.name, "set status disable", *unbind)],
        ) + _table("user fortitoken", [make_line("delete", Value(e.serial)) for e in entries if e.vdom == vdom])
    return _by_vdom(groups, unit)


def _settings(settings: Settings) -> list[str]:
    return [make_line("set", name, *map(Value, values)) for name, values in settings]


def restore(entries: Sequence[Entry], bindings: Sequence[Binding], unit: Unit) -> list[Batch]:
    """Add the entries (again) with their settings and give the bindings back. Nobody is enabled yet."""
    groups: dict[str, list[str]] = {}
    for vdom in _vdoms(entries, bindings):
        groups[vdom] = _table(
            "user fortitoken",
            [line for e in entries if e.vdom == vdom for line in _edit(e.serial, *_settings(e.settings))],
        ) + _table("user local", [line for b in bindings if b.vdom == vdom for line in _bind(b)])
    return _by_vdom(groups, unit)


def _bind(binding: Binding, *more: str) -> list[str]:
    return _edit(
        binding.name, "set two-factor fortitoken", make_line("set", "fortitoken", Value(binding.serial)), *more
    )


def rebind(bindings: Sequence[Binding], unit: Unit) -> list[Batch]:
    """Give users another token than they have. One edit disables the user and changes the token, so that it takes
    effect as a whole: nobody is without second factor for a moment, and nobody is enabled before that was read back.

    The unit sends the user of a mobile token its activation code (article 194574). That the new token takes the place
    of the old one, without `unset two-factor` before, is inferred.

    [fact: mobile-bind-provisions] [fact: rebind-in-place]
    """
    return _by_vdom(
        {
            vdom: _table(
                "user local",
                [
                    line
                    for b in bindings
                    if b.vdom == vdom
                    for line in _edit(
                        b.name,
                        "set status disable",
                        "set two-factor fortitoken",
                        make_line("set", "fortitoken", Value(b.serial)),
                    )
                ],
            )
            for vdom in _vdoms(bindings)
        },
        unit,
    )


def amend_users(missing: Sequence[tuple[Binding, Settings]], unit: Unit) -> list[Batch]:
    """Set what the unit dropped from a user together with the second factor. Nobody is enabled yet."""
    return _by_vdom(
        {
            vdom: _table(
                "user local",
                [line for b, settings in missing if b.vdom == vdom for line in _edit(b.name, *_settings(settings))],
            )
            for vdom in _vdoms([binding for binding, _settings_ in missing])
        },
        unit,
    )


def enable_users(bindings: Sequence[Binding], unit: Unit) -> list[Batch]:
    """Enable users whose binding was read back; the edit gives the binding once more, so that it cannot enable a user
    without one. [fact: mobile-bind-same]"""
    return _by_vdom(
        {
            vdom: _table(
                "user local", [line for b in bindings if b.vdom == vdom for line in _bind(b, "set status enable")]
            )
            for vdom in _vdoms(bindings)
        },
        unit,
    )


def activate(tokens: Sequence[Token], unit: Unit) -> list[Batch]:
    """Ask for the activation of each token, up to twenty serials a line (article 194508, step 5b).

    [fact: activate-twenty]
    """
    batches = []
    for vdom, group in groupby(sorted(tokens, key=lambda t: t.vdom), key=lambda t: t.vdom):
        serials = [token.serial for token in group]
        lines = tuple(
            make_line(
                "execute", "fortitoken", "activate", *map(Serial, serials[start : start + SERIALS_PER_ACTIVATION])
            )
            for start in range(0, len(serials), SERIALS_PER_ACTIVATION)
        )
        batches.append(Batch(lines, unit.scope(vdom)))
    return batches


def provision(tokens: Sequence[Token], unit: Unit) -> list[Batch]:
    """Send each mobile token's user a new activation code (article 194364). [fact: mobile-provision]"""
    return [
        Batch(
            tuple(make_line("execute", "fortitoken-mobile", "provision", Serial(token.serial)) for token in group),
            unit.scope(vdom),
        )
        for vdom, group in groupby(sorted(tokens, key=lambda t: t.vdom), key=lambda t: t.vdom)
    ]


def import_licenses(codes: Sequence[str], vdom: str, unit: Unit) -> list[Batch]:
    """Redeem FortiToken Mobile license codes (articles 190171 and 194508)."""
    return [
        Batch(
            tuple(make_line("execute", "fortitoken-mobile", "import", Code(code)) for code in codes), unit.scope(vdom)
        )
    ]


def save_config() -> list[Batch]:
    """Keep the changes over a restart where `cfg-save` is manual or revert (FortiOS CLI reference).

    [fact: cfg-save-command]
    """
    return [Batch(("execute cfg save",), GLOBAL)]


def spoken(batches: Iterable[Batch], unit: Unit) -> list[str]:
    """Return the lines as a person would type them, with the way into each VDOM and without license codes: what
    `commands` and the diff show."""
    lines: list[str] = []
    for batch in batches:
        shown = [f"{_IMPORT}{MARK}" if line.startswith(_IMPORT) else line for line in batch.lines]
        if unit.vdom_mode == "none" or batch.scope is None:
            lines.extend(shown)
        elif batch.scope == GLOBAL:
            lines.extend(("config global", *shown, "end"))
        else:
            lines.extend(("config vdom", f"edit {batch.scope.removeprefix('vdom:')}", *shown, "end"))
    return lines


def indented(lines: Iterable[str]) -> str:
    """CLI lines as FortiOS prints them, for the diff."""
    opened: list[str] = []
    text = []
    for line in lines:
        word = line.partition(" ")[0]
        if word == "next" and opened:
            opened.pop()
        elif word == "end":
            # `end` leaves the table, and with it the entry that stands open in it.
            while opened and opened.pop() != "config":
                pass
        text.append("    " * len(opened) + line)
        if word in ("config", "edit"):
            opened.append(word)
    return "\n".join(text) + "\n" if text else ""
