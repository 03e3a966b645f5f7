# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page of the documentation that shows the ledger of facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tests.tools.ledger import INFERRED, SEEN, UNKNOWN, Fact, Ledger, release

_LABEL = "ansible_collections.fortiops.fortitoken.docsite"
_FORM = "https://github.com/fortiops/fortiops.fortitoken/issues/new?template=unit_output.yml"
#: How well a fact is known, as the page says it.
_KNOWN = {SEEN: "Seen in a source", INFERRED: "Inferred from sources", UNKNOWN: "Unknown"}
_NOWHERE = {INFERRED: "Inferred, without a source", UNKNOWN: "Unknown"}

_HEAD = f"""\
..
  Copyright: (c) 2026, FortiOps contributors
  GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later
  Made by tests/tools/facts.py from docs/facts.yml. Change that file.

.. _{_LABEL}.facts:

Facts about FortiOS
===================

**No FortiGate was at hand when this collection was made.** What it knows of FortiOS comes from Fortinet's documentation and articles, from public forums and repositories, and from what follows from them. This page lists every fact that the collection or its simulated FortiGate relies on, how well it is known, and which releases confirm or refute it.

{{numbers}} Code and simulator refer to a fact by its id, as ``[fact: {{example}}]``, so you find what relies on it by searching for that text.

.. contents::
   :local:
   :depth: 1

Send a recording of your unit
-----------------------------

A recording of a real unit decides more than any text. It takes a few minutes and changes nothing:

#. Run the playbook ``fortiops.fortitoken.probe_unit`` for the unit. It only reads, and writes a recording.
#. Read the file in :file:`recordings/`. It is text; names, addresses, serials, and secrets are already replaced.
#. Attach it to an issue with the form `Output of a unit <{_FORM}>`__.

"""  # noqa: E501 (paragraphs of reStructuredText are not wrapped)


def page(ledger: Ledger) -> str:
    """Return the page as reStructuredText."""
    parts = [_HEAD.format(numbers=_numbers(ledger.facts), example=ledger.facts[0].id if ledger.facts else "ID")]
    wanted = [fact for fact in ledger.facts if fact.wanted]
    if wanted:
        parts += _section("What a recording should decide")
        parts.append("These answers are wanted most:\n\n")
        parts += [f"- {_link(fact.id)}: {_inline(fact.statement)}\n" for fact in wanted]
        parts.append("\n")
    parts += _releases(ledger.facts)
    for group, title in ledger.groups.items():
        facts = [fact for fact in ledger.facts if fact.group == group]
        if facts:
            parts += _section(title)
            parts += [line for fact in facts for line in _entry(fact)]
    return "".join(parts).rstrip("\n") + "\n"


def _numbers(facts: list[Fact]) -> str:
    counts = {known: sum(fact.known == known for fact in facts) for known in _KNOWN}
    return (
        f"Of {len(facts)} facts, {counts[SEEN]} are seen in a source, {counts[INFERRED]} are inferred, and "
        f"{counts[UNKNOWN]} are unknown: there, the collection copes with any answer."
    )


def _section(title: str) -> list[str]:
    return [f"{title}\n{'-' * len(title)}\n\n"]


def _inline(text: str) -> str:
    """Return a statement as reStructuredText: code in backticks is literal, and nothing else is markup."""
    parts = text.strip().split("`")
    return "``".join(part if number % 2 else re.sub(r"([*|\\_])", r"\\\1", part) for number, part in enumerate(parts))


def _link(id_: str) -> str:
    return f"`{id_}`_"


def _releases(facts: list[Fact]) -> Iterator[str]:
    names = sorted({name for fact in facts for name in (*fact.confirmed, *fact.refuted)}, key=release)
    if not names:
        return
    yield from _section("FortiOS releases")
    yield "``7.0`` without a third number stands for a text that speaks of all of 7.0.\n\n"
    yield ".. list-table::\n   :header-rows: 1\n   :widths: 15 55 30\n\n"
    yield from _row("FortiOS", "Confirms", "Refutes")
    for name in names:
        confirmed = [_link(fact.id) for fact in facts if name in fact.confirmed]
        refuted = [_link(fact.id) for fact in facts if name in fact.refuted]
        yield from _row(name, ", ".join(confirmed), ", ".join(refuted))
    yield "\n"


def _row(*cells: str) -> Iterator[str]:
    for number, cell in enumerate(cells):
        yield f"{'     ' if number else '   * '}- {cell}".rstrip() + "\n"


def _entry(fact: Fact) -> Iterator[str]:
    yield f"_`{fact.id}`\n  {_inline(fact.statement)}\n\n"
    sources = ", ".join(map(_source, fact.sources))
    known = f"{_KNOWN[fact.known]}: {sources}." if sources else f"{_NOWHERE[fact.known]}."
    yield f"  *{known.partition(':')[0]}*:{known.partition(':')[2]}" if sources else f"  *{known[:-1]}*."
    for word, names in (("Confirmed", fact.confirmed), ("Refuted", fact.refuted)):
        if names:
            yield f" {word} by {_and(sorted(names, key=release))}."
    yield " A recording is wanted.\n\n" if fact.wanted else "\n\n"


def _and(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)}{',' if len(first) > 1 else ''} and {last}" if first else last


def _source(text: str) -> str:
    """Return a source in words, with a link where it has an address of its own."""
    kind, _space, what = text.partition(" ")
    if kind == "article":
        return f"`article {what} <https://community.fortinet.com/t5/FortiGate/ta-p/{what}>`__"
    if kind == "community":
        return f"Fortinet community {what}"
    if kind == "topic":
        number, _space, guide = what.partition(" ")
        return f"{guide.strip('()')}, topic {number}"
    if kind == "advisory":
        return f"`{what} <https://www.fortiguard.com/psirt/{what}>`__"
    if kind == "repository":
        name, _mark, issue = what.partition("#")
        address = f"https://github.com/{name}" + (f"/issues/{issue}" if issue else "")
        return f"`{what} <{address}>`__"
    return _inline(what)
