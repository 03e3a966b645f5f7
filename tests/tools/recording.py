# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check a recording: replay it through console, parsers and triage, and compare the unit with the simulated one.

``python -m tests.tools.recording FILE...`` lists every deviation once, with the fact of the ledger that it speaks
about where there is one, and ends with 1 where there is any. A deviation is something that the facts of this project
do not know: a prompt or an echo that is not found, an answer that is not understood, a status or an attribute without
a name here, a line that one of both refuses.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import detect
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import FortitokenError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.parsers import (
    Node,
    parse_config,
    parse_status_list,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import read_inventory
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy, normalise
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import parse, same_name
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.stream import RawAnswer
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.unit import UNKNOWN
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.format import Event, load
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._recording.replay import replay
from tests.simulator.scenario import ScenarioError
from tests.simulator.schema import FREE_TABLES, schema_of
from tests.simulator.unit import Unit as SimulatedUnit
from tests.tools.deviations import with_fact
from tests.tools.unit_files import Unit, scenario, shell_of

#: Fortinet Administration Guide, topic 180506; guides 616236 and 222475 for the errors.
#: [fact: status-mobile] [fact: status-already-activated] [fact: status-cmdb-save-error]
STATUSES = (
    r"new|active|provisioning|provisioned|provision timeout|locked|cmdb save error"
    r"|token already activated, and seed won't be returned|activation error( \(.*\))?"
)
SERVERS = ("reachable", "unreachable", UNKNOWN)
TRAILER = ("Total activated token:", "Total global activated token:", "Token server status:")
LABELS = ("Version", "Serial-Number", "Hostname", "Virtual domain configuration", "Current HA mode")
# [fact: ha-words] [fact: ha-backup]
ROLES = ("standalone", "primary", "secondary", "master", "slave", "backup")
VDOM_WORDS = ("disable", "enable", "multiple", "split-task")
#: Whether these print anything depends on what the unit holds besides its configuration.
_TELLS = re.compile(r"execute (?:log display|ping)|diagnose (?:sys|debug (?:config-error-log|info)|test)\b|print\b")


def check(path: Path) -> list[str]:
    """Return every deviation of a recording, each once. Raises ConsoleFailure where the file is no recording."""
    _header, events = load(path.read_text(encoding="utf-8"), path.name)
    answers: list[RawAnswer] = []
    found = list(_console(events, answers))
    found += _triage(path)
    found += _compare(path, answers)
    # The same of many tokens and users is one deviation.
    return list({re.sub(r"FTK[0-9A-Z]{13}|\"[^\"]*\"", "", text): text for text in reversed(found)}.values())[::-1]


# The console


def _console(events: list[Event], answers: list[RawAnswer]) -> Iterator[str]:
    """Replay the session; put its answers into ``answers``."""
    played = replay(events)
    if played.place is None:
        yield f"prompt: {played.first!r} is not recognized, so nothing else was replayed"
        return
    answers += played.answers
    for answer in answers:
        if not answer.whole:
            yield f"echo: '{answer.line}' is not repeated as it was typed"
    for line in played.unanswered:
        if line not in ("exit", "quit"):
            yield f"answer: no prompt follows '{line}'"


# Parsers and triage


def _triage(path: Path) -> Iterator[str]:
    try:
        inventory = read_inventory(Unit([path]), ping="never")
    except FortitokenError as error:
        yield f"parsers: {error}"
        return
    for token in inventory.tokens:
        status = token.status or ""
        if token.listed and status != UNKNOWN and not re.fullmatch(STATUSES, normalise(status)):
            yield f"status: '{status}' is not known"
    findings(inventory, Policy())


# The simulator


def _compare(path: Path, answers: list[RawAnswer]) -> Iterator[str]:
    """Ask a simulated unit of the same configuration the same lines."""
    try:
        shell = shell_of(scenario(Unit([path])))
    except (FortitokenError, ScenarioError, ValueError) as error:
        yield f"simulator: no unit can be made of what was recorded: {error}"
        return
    unit = shell.unit
    #: (words before the one that a unit refused, that word): what follows such a word is refused as well.
    unknown: set[tuple[str, str]] = set()
    for answer in answers:
        if answer.line in ("exit", "quit"):
            break
        reply = shell.execute(answer.line)
        output = "\n".join(reply.lines)
        refused, refusal = detect(answer.output), detect(output)
        if refused and not refusal:
            word = _refused_word(answer.line, refused.text)
            if word is None or word not in unknown:
                yield f"refused: '{answer.line}': {refused}"
            unknown.update({word} if word else ())
        elif refusal and not refused:
            yield f"accepted: '{answer.line}', which the simulated unit refuses: {refusal}"
        elif not refused:
            yield from _differences(unit, answer, output)
        if not _same_place(answer.place.context, shell.context()):
            yield f"context: behind '{answer.line}' stands '{answer.place.context}', not '{shell.context()}'"
            return


def _refused_word(line: str, error: str) -> tuple[str, str] | None:
    """Return the word that a unit does not know, behind those that it knows; None where the error names none."""
    found = re.search(r"parse error before '([^']+)'", error)
    before, word, _rest = line.partition(found[1]) if found else ("", "", "")
    return (before, word) if word else None


def _same_place(shown: str, name: str) -> bool:
    return same_name(shown, name) or ("~" in shown and name.startswith(shown.partition("~")[0]))


def _differences(unit: SimulatedUnit, answer: RawAnswer, output: str) -> Iterator[str]:
    words = answer.line.split()
    if words[:1] == ["show"] and "|" not in words:
        yield from _configuration(unit, answer)
    elif answer.line == "diagnose fortitoken info":
        yield from _status_list(answer.output)
    elif answer.line == "get system status":
        yield from _system_status(answer.output)
    elif not _TELLS.match(answer.line) and bool(answer.output.strip()) != bool(output.strip()):
        verb = "prints nothing" if output.strip() else "prints something"
        yield f"output: '{' '.join(words[:4])}' {verb}, unlike the simulated unit"


def _configuration(unit: SimulatedUnit, answer: RawAnswer) -> Iterator[str]:
    try:
        root = parse_config(answer.output)
    except FortitokenError:
        # The parsers have told.
        return
    path = " ".join(word for word in answer.line.split()[1:] if word != "full-configuration")
    # An entry is shown inside its table.
    if path and answer.output.strip() and not any(f"{path} ".startswith(f"{shown} ") for shown in root.configs):
        yield f"configuration: '{answer.line}' shows no 'config {path}'"
    for shown, node in root.configs.items():
        schema = schema_of(shown, unit.scenario.release, unit.scenario.vdom_mode != "none")
        if schema is None or shown in FREE_TABLES:
            continue
        for entry in (node, *node.edits.values()):
            for name in sorted(set(entry.settings) - set(schema.attributes)):
                yield f"configuration: '{shown}' has an attribute '{name}', which is not known"
        yield from _seeds(shown, node)


def _seeds(path: str, node: Node) -> Iterator[str]:
    for entry in node.edits.values() if path == "user fortitoken" else ():
        seed = entry.settings.get("seed")
        if seed is not None and seed[0] != "ENC" and len(seed) != 1:
            yield "configuration: a seed of 'user fortitoken' has an unknown form"


def _status_list(output: str) -> Iterator[str]:
    try:
        server = parse_status_list(output).token_server
    except FortitokenError:
        return
    lines = [line.strip() for line in output.split("\n") if line.strip()]
    if lines and lines[0].split() != ["FORTITOKEN", "DRIFT", "STATUS"]:
        yield f"status list: it begins with '{lines[0]}', not with 'FORTITOKEN DRIFT STATUS'"
    if server not in SERVERS:
        yield f"status list: the token server is '{server}', which is not known"
    trailer = [line for line in lines[1:] if not re.match(r"FTK[0-9A-Z]{13}\s", line)]
    for label in TRAILER:
        if not any(line.startswith(label) for line in trailer):
            yield f"status list: no line '{label}'"
    for line in trailer:
        # Behind debug output, the unit may draw its prompt once more.
        if not line.startswith(TRAILER) and parse(f"{line} ") is None:
            yield f"status list: a line that is not known: '{line}'"


def _system_status(output: str) -> Iterator[str]:
    values = dict(re.findall(r"^ *([\w -]+?) *: *(.*?) *$", output, re.MULTILINE))
    for label in LABELS:
        if label not in values:
            yield f"system status: no line '{label}'"
    mode = values.get("Current HA mode", "standalone")
    role = mode.rpartition(",")[2].strip().lower()
    if role not in ROLES:
        yield f"system status: the HA mode is '{mode}', whose role is not known"
    word = values.get("Virtual domain configuration", "disable").split(" ")[0].lower()
    if word not in VDOM_WORDS:
        yield f"system status: the virtual domain configuration is '{word}', which is not known"


def main() -> None:
    """Check the files that are named."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.recording", description=__doc__)
    parser.add_argument("file", type=Path, nargs="+")
    deviating = False
    for path in parser.parse_args().file:
        try:
            found = check(path)
        except (FortitokenError, OSError) as error:
            sys.exit(f"{path}: {error}")
        print(f"{path.name}: {len(found)} deviation{'' if len(found) == 1 else 's'}")
        for number, text in enumerate(found, 1):
            print(f"  {number}. {with_fact(text)}")
        deviating = deviating or bool(found)
    sys.exit(1 if deviating else 0)


if __name__ == "__main__":
    main()
