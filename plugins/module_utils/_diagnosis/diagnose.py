# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads debug output, event logs and refused commands with the catalogue of causes. Text in, findings out.

Debug lines of several daemons arrive mixed. What has a mark (`[361] fds_send_reply:`, `ftm_fc_command[564]:`) is a line
of its own; what has none is JSON, which goes on over lines, may break inside a word, and may be invalid (Fortinet
articles 194508 and 308115 show both). So it is searched for keys and values and never handed to a JSON parser. One
daemon prints its answers one after the other, so JSON of two answers is not mixed.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.redact import Redactor
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import (
    ACTIVATION_CODE_SENT,
    ACTIVATION_FAILED,
    ACTIVATION_SUCCEEDED,
    CATALOGUE,
    CLI_CODE_BASE,
    CLI_CODE_SPAN,
    DEBUG_LEFT_ON,
    DEBUG_REFUSED,
    INFERRED,
    SEEN,
    UNKNOWN_ERROR,
    WRONG_MEMBER,
    WRONG_MEMBER_CAUSES,
    Cause,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.events import (
    CODE_SENT_ID,
    EVENT,
    FAILED_ID,
    SUCCEEDED_ID,
    fields_of,
    without_codes,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.found import MAX_EVIDENCE, Found
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import SERIAL
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.surroundings import parse_debug_levels

_LONGEST_JSON = 50_000
#: A longer line is no message of a daemon; patterns look only at its beginning.
_LONGEST_LINE = 1000

_STAMP = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ?")
#: A debug line may stand behind the prompt, as in article 308115. [fact: debug-on-prompt-line] [fact: debug-timestamp]
_PROMPT = re.compile(r"\S{1,64}(?: ?\([^()]{1,64}\)){0,2} [#$] ?(?=\d{4}-\d\d-\d\d |\[\d+\] ?\w|\w+\[\d+\]:|[{\[] ?\")")
#: What the unit draws behind debug output says nothing.
_BARE_PROMPT = re.compile(r"\S{1,64}(?: ?\([^()]{1,64}\)){0,2} [#$] ?")
_MARKED = re.compile(
    r"\[\d+\] ?[a-z_]\w*[:.\- ]|[a-z_]\w*\[\d+\]: ?|(?:POST|GET) /|HTTP/\d|import fortitoken|FTK[0-9A-Z]{13}\s"
    r"|\s*\d+: date=|Debug messages will be",
    re.IGNORECASE,
)
_PAIR = re.compile(r'"?([\w.-]{1,64})"\s*:\s*(?:"((?:[^"\\}]|\\.){0,2000})|(-?\d{1,9}))')
_SERVER_SPOKE = re.compile(
    r"receive packet (?:from forticare )?success|ftm TCPS connected|send packet success", re.IGNORECASE
)
#: What the daemon prints when it asks Fortinet for something (article 194508).
_REQUEST = re.compile(r"^(?:POST|GET) /|comm_connect|send packet success", re.IGNORECASE)
_CLI_CODE = re.compile(r"(?:error from forticare \[|fortitoken license error: ?)(-\d{1,9})", re.IGNORECASE)
_RETURN_CODE = re.compile(r"(?:error: ?|Return code )(-\d{1,9})\b", re.IGNORECASE)
_TOKEN_CONTEXT = re.compile(r"\bftm_|\bfds_|fortitoken|forticare|^FTK", re.IGNORECASE)
#: Status row of `diagnose fortitoken info`.
_STATUS_ROW = re.compile(r"(FTK[0-9A-Z]{13})\s+-?\d{1,18}\s+(\S.*?)\s*$")
_UNIT_SERIAL = re.compile(r"F[A-Z0-9]{15}")
_FINE = frozenset(("", "success", "ok", "none", "noerror", "null"))


@dataclass
class _Piece:
    """A marked line, or the lines over which a piece of JSON goes on. `starts[i]`: where line i begins in `text`."""

    json: bool
    text: str = ""
    time: str = ""
    lines: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    depth: int = 0

    def add(self, body: str, line: str, time: str) -> None:
        self.starts.append(len(self.text))
        self.lines.append(line)
        self.text += body
        self.time = self.time or time
        # Braces are counted wherever they stand: with a quote missing, nobody can tell what is inside a string.
        self.depth += body.count("{") + body.count("[") - body.count("}") - body.count("]")

    def at(self, start: int, end: int, redactor: Redactor) -> list[str]:
        """Return the lines on which text[start:end] stands, redacted.

        They are redacted as one: a secret may go on over lines, and lines of other daemons in between are none of it.
        """
        first, last = bisect_right(self.starts, start) - 1, bisect_right(self.starts, max(start, end - 1)) - 1
        lines = redactor.redact("\n".join(self.lines), debug=True).split("\n")
        return [line for line in lines[max(0, first) : last + 1] if line.strip()]

    def all(self, redactor: Redactor) -> list[str]:
        return self.at(0, len(self.text), redactor)


def _pieces(lines: Iterable[str]) -> Iterator[_Piece]:  # noqa: C901, PLR0912 - one branch for each form of a line
    """Yield marked lines as they come, JSON when it is whole, or as whole as it gets."""
    open_: _Piece | None = None
    time = ""
    for line in lines:
        if _BARE_PROMPT.fullmatch(line):
            continue
        prompt = _PROMPT.match(line)
        body = line[prompt.end() :] if prompt else line
        stamp = _STAMP.match(body)
        if stamp:
            time = stamp[1]
            body = body[stamp.end() :]
        text = body.lstrip()
        if not text:
            if open_ is not None:
                open_.add(body, line, time)
            continue
        if _MARKED.match(text):
            brace = text.find("{") if not text.lower().startswith(("post ", "get ")) else -1
            piece = _Piece(json=False)
            piece.add(text if brace < 0 else text[:brace], line, time)
            yield piece
            if brace < 0:
                continue
            body = text = text[brace:]
        if open_ is not None and '"' not in text and _by_line(text) is not None:
            # Lines of the mail daemon have no mark.
            piece = _Piece(json=False)
            piece.add(text, line, time)
            yield piece
            continue
        if open_ is not None:
            # An object follows only these inside of another; anywhere else it is the next answer.
            fresh = text[0] == "{" and open_.text.rstrip()[-1:] not in tuple("[{,:")
            if fresh or len(open_.text) > _LONGEST_JSON:
                yield open_
                open_ = None
        if open_ is None:
            if text[0] not in '{["':
                piece = _Piece(json=False)
                piece.add(text, line, time)
                yield piece
                continue
            open_ = _Piece(json=True)
            body = text
        open_.add(body, line, time)
        if open_.depth <= 0 and not (text.startswith('"') and "}" not in text):
            yield open_
            open_ = None
    if open_ is not None:
        yield open_


def _squeeze(text: str) -> str:
    return "".join(text.replace("\u2019", "'").split()).casefold()


_MESSAGES = tuple((_squeeze(message), cause) for cause in CATALOGUE for message in cause.messages)
_STATUSES = {_squeeze(status): cause for cause in CATALOGUE for status in cause.statuses}
_CODES = {code: cause for cause in CATALOGUE for code in cause.codes}
_LINES = tuple((cause.line, cause) for cause in CATALOGUE if cause.line is not None)


def _by_message(message: str) -> Cause | None:
    squeezed = _squeeze(message)
    return next((cause for text, cause in _MESSAGES if text in squeezed), None) or _STATUSES.get(squeezed)


def _by_line(line: str) -> Cause | None:
    return next((cause for pattern, cause in _LINES if pattern.match(line[:_LONGEST_LINE])), None)


class _Reader:
    """Collects findings; one for each cause, and one for each error that is unknown."""

    def __init__(self, known: Iterable[str] = ()) -> None:
        self.redactor = Redactor(known=known)
        self.found: dict[tuple[str, str], Found] = {}
        self.members: dict[str, None] = {}
        self.spoke_at = -1
        self._number = 0
        #: The refusal that Fortinet put into words last: the CLI prints its number in the lines that follow.
        self._refusal: Found | None = None

    def read(self, lines: Iterable[str]) -> None:
        for piece in _pieces(lines):
            self._number += 1
            if piece.json:
                self._json(piece)
            else:
                self._line(piece)

    def note(
        self,
        cause: Cause,
        lines: Sequence[str],
        time: str,
        *,
        code: int | None = None,
        message: str = "",
        certainty: str = "",
        serials: Iterable[str] = (),
        units: Iterable[str] = (),
    ) -> Found:
        which = f"{code} {_squeeze(message) if code is None else ''}" if cause is UNKNOWN_ERROR else ""
        found = self.found.setdefault((cause.id, which), Found(cause, first=time))
        found.code = code if found.code is None else found.code
        found.message = found.message or self.redactor.redact(message, debug=True)
        certainty = certainty or cause.certainty
        # The best evidence counts: a message says more than a number from which it is concluded.
        found.certainty = SEEN if SEEN in (certainty, found.certainty) else certainty
        found.serials.update(dict.fromkeys(serials))
        found.units.update(dict.fromkeys(units))
        found.last = time or found.last
        found.count += 1
        found.last_at = self._number
        room = MAX_EVIDENCE - len(found.evidence)
        found.evidence += [line.strip() for line in lines][: max(0, room)]
        return found

    def error(self, code: int | None, message: str, lines: Sequence[str], time: str, **more: Any) -> None:
        """Take in an `error_code` with its `error_message`; the message outweighs the number."""
        cause = _by_message(message) or (_CODES.get(code) if code is not None else None)
        more["serials"] = [*more.get("serials", ()), *SERIAL.findall(message)]
        self._refusal = self.note(cause or UNKNOWN_ERROR, lines, time, code=code, message=message, **more)

    def cli_code(self, number: int, lines: Sequence[str], time: str, message: str = "") -> None:
        """Take in a return code of the CLI, in a line about FortiTokens.

        It belongs to the message before it, whatever its number: both speak of one refusal. Where the answers of
        several requests are mixed, it belongs to the one with the same number.
        """
        code = -number - CLI_CODE_BASE
        found = self._refusal
        if found is not None and found.code not in (None, code):
            found = next((each for each in self.found.values() if each.message and each.code == code), found)
        if found is not None:
            if found.code is None:
                found.code = code if 0 < code < CLI_CODE_SPAN else number
            found.evidence += [line.strip() for line in lines][: max(0, MAX_EVIDENCE - len(found.evidence))]
            found.last = time or found.last
            found.last_at = self._number
            return
        if 0 < code < CLI_CODE_SPAN:
            cause = _CODES.get(code)
            # Only 14 and -7564 were seen together. [fact: license-cli-code] [fact: license-card-number]
            certainty = SEEN if code == 14 else INFERRED
            known = certainty if cause else ""
            self.note(cause or UNKNOWN_ERROR, lines, time, code=code, message=message, certainty=known)
        else:
            self.note(UNKNOWN_ERROR, lines, time, code=number, message=message)

    def _line(self, piece: _Piece) -> None:
        text = piece.text
        if _REQUEST.search(text):
            # Whatever is refused from here on is another refusal.
            self._refusal = None
        if _SERVER_SPOKE.search(text):
            self.spoke_at = self._number
            return
        event = EVENT.match(text)
        if event:
            self._event(event[1], piece)
            return
        row = _STATUS_ROW.match(text)
        if row:
            cause = _by_message(row[2])
            if cause:
                self.note(cause, piece.all(self.redactor), piece.time, message=row[2], serials=[row[1]])
            return
        code = _CLI_CODE.search(text)
        if code:
            self.cli_code(int(code[1]), piece.all(self.redactor), piece.time)
            return
        said = _by_message(text) if _TOKEN_CONTEXT.search(text) else None
        cause = said or _by_line(text)
        if cause:
            found = self.note(cause, piece.all(self.redactor), piece.time, serials=SERIAL.findall(text))
            self._refusal = found if said else self._refusal

    def _event(self, text: str, piece: _Piece) -> None:
        fields = fields_of(text)
        time = " ".join(fields[name] for name in ("date", "time") if fields.get(name))
        message = fields.get("msg", "")
        serials = [serial for serial in (fields.get("serialno", ""),) if SERIAL.fullmatch(serial)]
        serials = serials or SERIAL.findall(message)
        number = fields.get("logid", "")
        if number.endswith(FAILED_ID):
            cause = _by_message(message) or _by_message(fields.get("status", "")) or ACTIVATION_FAILED
            self.note(cause, piece.all(self.redactor), time, message=message, serials=serials)
        elif number.endswith(SUCCEEDED_ID):
            self.note(ACTIVATION_SUCCEEDED, piece.all(self.redactor), time, serials=serials)
        elif number.endswith(CODE_SENT_ID) or any(
            "activationcodesent" in _squeeze(text) for text in (message, fields.get("logdesc", ""))
        ):
            evidence = [without_codes(line) for line in piece.all(self.redactor)]
            self.note(ACTIVATION_CODE_SENT, evidence, time, serials=serials)
        else:
            known = _by_line(message)
            if known:
                self.note(known, piece.all(self.redactor), time, message=message, serials=serials)

    def _json(self, piece: _Piece) -> None:
        answer = _Answer(self, piece)
        for pair in _PAIR.finditer(piece.text):
            answer.take(pair)
        answer.close()


class _Answer:
    """One piece of JSON: the keys between one error and the next belong to that error."""

    def __init__(self, reader: _Reader, piece: _Piece) -> None:
        self._reader = reader
        self._piece = piece
        self._reset()

    def _reset(self) -> None:
        self.code: int | None = None
        self.message: str | None = None
        self.serials: list[str] = []
        self.units: list[str] = []
        self.start = self.end = -1

    def take(self, pair: re.Match[str]) -> None:
        key, value = pair[1].lower(), pair[2] if pair[2] is not None else pair[3]
        if key in ("error_code", "errorcode"):
            if self.code is not None:
                self.close()
            # A number that is none is as good as no number.
            self.code = int(value) if re.fullmatch(r"-?\d{1,9}", value) else None
            self._span(pair)
        elif key in ("error_message", "errormessage", "error_msg"):
            if self.message is not None:
                self.close()
            self.message = value
            self._span(pair)
        elif SERIAL.fullmatch(value):
            if self.code is not None or self.message is not None:
                self.close()
            self.serials.append(value)
        elif key == "sn" and _UNIT_SERIAL.fullmatch(value):
            if self.message is not None:
                self.close()
            self.units.append(value)
            self._reader.members[value] = None
        elif _by_message(value):
            # A text per member of the cluster, with its serial as the key (article 197403).
            # [fact: license-not-registered]
            units = [pair[1]] if _UNIT_SERIAL.fullmatch(pair[1]) else self.units[-1:]
            lines = self._piece.at(pair.start(), pair.end(), self._reader.redactor)
            self._reader.error(None, value, lines, self._piece.time, serials=self.serials, units=units)

    def _span(self, pair: re.Match[str]) -> None:
        self.start = pair.start() if self.start < 0 else self.start
        self.end = pair.end()

    def close(self) -> None:
        message = self.message or ""
        if self.code or (self.code is None and _squeeze(message) not in _FINE):
            lines = self._piece.at(self.start, self.end, self._reader.redactor)
            known = {"serials": self.serials, "units": self.units[-1:]}
            self._reader.error(self.code, message, lines, self._piece.time, **known)
        self._reset()


def diagnose(lines: Iterable[str], members: Sequence[str] = (), known: Iterable[str] = ()) -> list[dict[str, Any]]:
    """Return findings in debug output, rows of `diagnose fortitoken info` and of `execute log display`, in their order.

    `members`: the serials of the unit's cluster. `known`: serials and names that are no secrets. Each finding is ``{id,
    severity, title, detail, certainty, actor, remedy, source, code, message, serials, units, evidence, count, first,
    last}``; times are as the unit printed them, empty where it printed none. What comes back is redacted.
    """
    reader = _Reader(known)
    reader.read(lines)
    return _finish(reader, members)


def diagnose_answers(
    answers: Iterable[tuple[str, str]], members: Sequence[str] = (), known: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Return findings in what the unit answered to commands about tokens: (line, output) pairs. `known` as in
    `diagnose`.

    Only `execute fortitoken` and `execute fortitoken-mobile` are looked at: elsewhere the same numbers mean other
    things.
    """
    reader = _Reader(known)
    for line, output in answers:
        if not re.match(r"\s*exec\w*\s+fortitoken", line):
            continue
        said = reader.redactor.redact(output, debug=True).strip()
        evidence = [reader.redactor.redact(line, debug=True), *said.splitlines()[:5]]
        serials = SERIAL.findall(line)
        code = _RETURN_CODE.search(said)
        cause = _by_message(said)
        if cause:
            reader.note(cause, evidence, "", serials=serials)
        elif code and 0 < -int(code[1]) - CLI_CODE_BASE < CLI_CODE_SPAN:
            reader.cli_code(int(code[1]), evidence, "")
    return _finish(reader, members)


def debug_refused(answer: str) -> list[dict[str, Any]]:
    """Return the finding about a unit that refuses debugging. `answer`: what it said."""
    reader = _Reader()
    reader.note(DEBUG_REFUSED, [reader.redactor.redact(answer, debug=True)], "")
    return _finish(reader, ())


def _finish(reader: _Reader, members: Sequence[str]) -> list[dict[str, Any]]:
    cluster = list(dict.fromkeys([*members, *reader.members]))
    refused = [found for found in reader.found.values() if found.cause.id in WRONG_MEMBER_CAUSES]
    if len(cluster) > 1 and refused:
        codes = {found.code for found in refused}
        reader.found[(WRONG_MEMBER.id, "")] = Found(
            WRONG_MEMBER,
            certainty=WRONG_MEMBER.certainty,
            code=codes.pop() if len(codes) == 1 else None,
            serials=dict.fromkeys(serial for found in refused for serial in found.serials),
            units=dict.fromkeys(cluster),
            evidence=[line for found in refused for line in found.evidence][:MAX_EVIDENCE],
            first=refused[0].first,
            last=refused[-1].last,
            count=sum(found.count for found in refused),
        )
    for found in reader.found.values():
        if found.cause.id in ("connection_refused", "connection_failed") and reader.spoke_at > found.last_at:
            # Fortinet was reached afterwards, so it stands in nobody's way.
            found.severity = "info"
    return [found.as_dict() for found in reader.found.values()]


def debug_left_on(info: str, heard: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return a finding about debugging that is on although nobody here switched it on; nothing if it is off.

    `info`: the answer to `diagnose debug info`. `heard`: debug lines that arrived unasked.
    """
    lines = parse_debug_levels(info)
    marked = [line for line in heard if _MARKED.match(_STAMP.sub("", line, count=1))]
    if not lines and not marked:
        return []
    reader = _Reader()
    evidence = reader.redactor.redact("\n".join([*lines, *marked[:MAX_EVIDENCE]]), debug=True).split("\n")
    reader.note(DEBUG_LEFT_ON, evidence, "")
    return _finish(reader, ())
