# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers the lines of the modules out of files, as a unit would, and says what the files do not hold.

Everything that comes out is redacted here. Nothing is guessed: what is not held is refused, or is ``unknown``.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import detect
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure, ParseError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.parsers import (
    SystemStatus,
    parse_global,
    parse_ha_members,
    parse_status_list,
    parse_system_status,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.scan import KEPT
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.source import GLOBAL, ROOT, Held

UNKNOWN = "unknown"
TOKENS = "show user fortitoken"
STATUSES = "diagnose fortitoken info"
USERS = "show user local"
STATUS = "get system status"
HA_STATUS = "get system ha status"

# Lines that only look. Of what acts on a real unit, all others are refused.
_LOOKING = re.compile(
    r"(?:show|get|print)\b|diagnose (?:fortitoken info|sys|debug info|debug config-error-log read|fortitoken-cloud)\b"
    r"|diagnose test application forticldd 7$|execute (?:ping|log filter|log display|time|date|fortitoken-cloud show)\b"
)
_SERIAL = re.compile(r"^\s*edit \"?(FTK[0-9A-Z]{13})\"?", re.MULTILINE)
_ONE_ROW = "{} 0 " + UNKNOWN
_FRAME = "FORTITOKEN DRIFT STATUS"
_SERVER = "Token server status: {}"


class Asked(Protocol):
    """Lines that are asked in one scope: ``global``, ``vdom:NAME`` or None."""

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines, in order."""

    @property
    def scope(self) -> str | None:
        """The scope."""


class OfflineUnit:
    """A unit as files show it.

    account: who a later run will log in as, or "": by this, the rights are read from the configuration.
    """

    def __init__(self, held: Held, redactor: Redactor, account: str = "") -> None:
        self._held = held
        self._redactor = redactor
        self._account = account
        self._redacted: dict[str, str] = {}
        self._only = held.header.only if held.header else ""
        self.vdom_mode = "none"
        self.vdoms: list[str] = []
        self._status = self._find_status()
        scopes = {scope for scope, _key in (*held.tables, *held.answers)} - {"", GLOBAL}
        self.vdom_mode = self._find_vdom_mode(bool(scopes))
        if self.vdom_mode != "none":
            self.vdoms = self._find_vdoms(scopes)

    # What is known of the unit

    def _find_status(self) -> SystemStatus | None:
        for (_scope, line), text in self._held.answers.items():
            if line == STATUS:
                try:
                    return parse_system_status(text)
                except ParseError:
                    continue
        return None

    def _pasted(self, line: str) -> str:
        return next((text for (_scope, held), text in self._held.answers.items() if held == line), "")

    def _find_vdom_mode(self, scopes: bool) -> str:
        said = re.search(r"^\s*Virtual domain configuration: *(\S+)", self._pasted(STATUS), re.MULTILINE)
        if said:
            word = said[1].lower()
            return "none" if word.startswith("disable") else "split" if word.startswith("split") else "multi"
        if self._settings().get("vdom-mode", "").startswith("split"):
            return "split"
        header = self._held.header
        return "multi" if scopes or self._held.vdoms or (header is not None and header.vdoms) else "none"

    def _find_vdoms(self, scopes: set[str]) -> list[str]:
        if self._only:
            return [self._only]
        listed = re.findall(r"^name=([0-9A-Za-z_-]+)", self._pasted("diagnose sys vd list"), re.MULTILINE)
        names = [*self._held.vdoms, *(name for name in listed if not name.startswith("vsys_")), *sorted(scopes)]
        # A name that the prompt cut ends in "~"; it is one of the others, or nobody knows which.
        return list(dict.fromkeys(name for name in names if "~" not in name)) or [ROOT]

    def _settings(self) -> dict[str, str]:
        try:
            return parse_global(self._table(GLOBAL, "system global") or "")
        except ParseError:
            return {}

    def identity(self) -> dict[str, Any]:
        """Return what the modules ask of a session, with ``offline`` and what is missing in words."""
        header, status = self._held.header, self._status
        model, version, build = UNKNOWN, UNKNOWN, UNKNOWN
        if status is not None:
            model, version, build = status.model, status.version, status.build
        elif header is not None:
            model, version, build = header.model, header.version, header.build
        mode, role = self._ha()
        return {
            "offline": True,
            "source": list(self._held.names),
            "missing": list(self.missing()),
            "user": self._account,
            "hostname": (status.hostname if status else "") or self._settings().get("hostname", UNKNOWN),
            "serial": status.serial if status else UNKNOWN,
            "model": model,
            "version": version,
            "build": build,
            "ha_mode": mode,
            "ha_role": role,
            "read_only": False,
            "vdom_mode": self.vdom_mode,
            "vdoms": self.vdoms,
            "confined_to": self._only or None,
            "status_text": self._clean(self._pasted(STATUS)),
        }

    def _ha(self) -> tuple[str, str]:
        """Return mode and role. A backup holds the mode; the role is not part of the configuration."""
        if self._status is not None:
            return self._status.ha_mode, self._status.ha_role
        text = self._table(GLOBAL, "system ha")
        if text is None:
            return UNKNOWN, UNKNOWN
        found = re.search(r"^\s*set mode (\S+)", text, re.MULTILINE)
        mode = found[1] if found else "standalone"
        return mode, "standalone" if mode == "standalone" else UNKNOWN

    def missing(self) -> Iterator[str]:
        """Yield the lines that matter and are not held, in words for a person."""
        for vdom in self.vdoms or [ROOT]:
            where = f" in VDOM {vdom}" if self.vdoms else ""
            for line in (TOKENS, USERS, "show user group"):
                if self._table(vdom, line.removeprefix("show ")) is None:
                    yield line + where
            if not self._knows_statuses(vdom):
                yield STATUSES + where
        if self._only:
            return
        for path in ("system admin", "system global", "system central-management"):
            if self._table(GLOBAL, path) is None:
                yield f"show {path}"
        if self._status is None:
            yield STATUS
        if self._ha()[0] not in ("standalone", UNKNOWN) and not parse_ha_members(self._pasted(HA_STATUS)):
            yield HA_STATUS

    # Answers

    def run(self, batches: Sequence[Asked]) -> list[list[dict[str, Any]]]:
        """Answer batches. Raises ConsoleFailure before any answer where a line would change something."""
        for batch in batches:
            for line in batch.lines:
                if not _LOOKING.match(line):
                    raise self.refusal(line)
            self._check(batch.scope)
        return [[self._reply(batch.scope, line) for line in batch.lines] for batch in batches]

    def refusal(self, what: str) -> ConsoleFailure:
        """Say that nothing can be changed here."""
        names = ", ".join(self._held.names)
        return ConsoleFailure(
            "refused",
            f"this host is read from a file ({names}), so nothing can be changed: '{self._clean(what)}' was not sent"
            " anywhere. Use ansible_connection: fortiops.fortitoken.fortios_cli to reach the unit",
        )

    def _check(self, scope: str | None) -> None:
        name = (scope or "").removeprefix("vdom:")
        if name in ("", GLOBAL) or name in (self.vdoms or [ROOT]):
            return
        known = ", ".join(self.vdoms) or "no VDOMs"
        raise ConsoleFailure("context", f"the source has no VDOM {name!r} (it has: {known})")

    def _reply(self, scope: str | None, line: str) -> dict[str, Any]:
        name = GLOBAL if scope in (None, GLOBAL) else str(scope).removeprefix("vdom:")
        text = self._answer(name, line)
        output = self._clean(text or "")
        fault: dict[str, Any] | None = None
        if text is None:
            output = f"the source does not hold the answer to '{line}'"
            fault = {"code": None, "text": output}
        elif (found := detect(output)) is not None:
            fault = {"code": found.code, "text": found.text}
        return {"line": self._clean(line), "output": output, "fault": fault, "context": ""}

    def _clean(self, text: str) -> str:
        if text not in self._redacted:
            self._redacted[text] = self._redactor.redact(text)
        return self._redacted[text]

    def _answer(self, scope: str, line: str) -> str | None:
        words = line.split()
        if words[0] == "show":
            path = " ".join(word for word in words[1:] if word != "full-configuration")
            text = self._table(scope, path)
            # That these are not held is told by ``missing``; the reader needs them in any case.
            return "" if text is None and line in (TOKENS, USERS) and scope != GLOBAL else text
        if line == STATUSES:
            return self._statuses(scope)
        for candidate in self._places(scope):
            if (candidate, line) in self._held.answers:
                return self._held.answers[candidate, line]
        return self._pasted(line) if line in (STATUS, HA_STATUS) and self._pasted(line) else None

    def _places(self, scope: str) -> list[str]:
        """Return the scopes in which the files may hold something of this one."""
        if self.vdom_mode == "none":
            return ["", ROOT, GLOBAL]
        if scope == GLOBAL or len(self.vdoms) == 1:
            return [scope, ""]
        return [scope]

    def _table(self, scope: str, path: str) -> str | None:
        """Return a table as printed, "" where it is known to be empty, None where it is not held."""
        if scope == GLOBAL and self._only:
            return None
        places = self._places(scope)
        for place in places:
            if (place, path) in self._held.tables:
                text = self._held.tables[place, path]
                return text if detect(text) is None else None
        whole = self._held.complete
        return "" if path in KEPT and ("" in whole or any(place in whole for place in places if place)) else None

    # Statuses, which no backup holds

    def _lists(self, scope: str) -> str | None:
        """Return the status list of a scope, where one was pasted for it and was not refused."""
        for place in self._places(scope):
            text = self._held.answers.get((place, STATUSES))
            if text is not None and detect(text) is None:
                return text
        return None

    def _knows_statuses(self, vdom: str) -> bool:
        return self._lists(vdom) is not None or self._held.answers.get(("", STATUSES)) is not None

    def _statuses(self, scope: str) -> str | None:
        """Return `diagnose fortitoken info`; tokens of which no status is held are ``unknown``."""
        if scope == GLOBAL and self.vdom_mode != "none":
            return None
        pasted = self._lists(scope)
        if pasted is not None:
            return pasted
        own = _SERIAL.findall(self._table(scope, "user fortitoken") or "")
        rows, server = self._rows_without_scope(scope, set(own))
        seen = {row.split()[0] for row in rows}
        rows += [_ONE_ROW.format(serial) for serial in own if serial not in seen]
        return "\n".join([_FRAME, *rows, "", _SERVER.format(server)])

    def _rows_without_scope(self, scope: str, own: set[str]) -> tuple[list[str], str]:
        """Return the rows of a list whose VDOM is not known that belong to this one, and the token server's state."""
        text = self._held.answers.get(("", STATUSES))
        if text is None:
            return [], UNKNOWN
        try:
            found = parse_status_list(text)
        except ParseError:
            return [], UNKNOWN
        elsewhere = {
            serial
            for vdom in self.vdoms
            if vdom != scope
            for serial in _SERIAL.findall(self._table(vdom, "user fortitoken") or "")
        }
        strays = scope == self.vdoms[0]
        rows = [
            f"{serial} {drift} {status}"
            for serial, (drift, status) in found.rows.items()
            if serial in own or (strays and serial not in elsewhere)
        ]
        return rows, found.token_server
