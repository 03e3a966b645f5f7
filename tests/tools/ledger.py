# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the ledger of facts, ``docs/facts.yml``. The head of that file explains its keys."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

SEEN = "seen"
INFERRED = "inferred"
UNKNOWN = "unknown"
KNOWN = (SEEN, INFERRED, UNKNOWN)

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_RELEASE = re.compile(r"[1-9]\d*\.\d+(\.\d+)?")
_SOURCE = re.compile(
    r"(article|community) \d+|topic \d+ \([^()]+\)|advisory FG-IR-\d\d-\d+|repository [\w.-]+/[\w.-]+(#\d+)?"
    r"|(page|transcript) .+"
)
_CODE = re.compile(r"`([^`]*)`")
_NEEDED = ("id", "group", "statement", "known")
_TEXTS = (*_NEEDED, "wanted")
_LISTS = ("sources", "confirmed", "refuted")


@dataclass(frozen=True)
class Problem:
    """Something that is wrong, and where."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.as_posix()}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Fact:
    """One entry of the ledger. ``line``: where it begins in the file."""

    id: str
    group: str
    statement: str
    known: str
    line: int
    sources: tuple[str, ...] = ()
    confirmed: tuple[str, ...] = ()
    refuted: tuple[str, ...] = ()
    wanted: bool = False


@dataclass
class Ledger:
    """All facts in the order of the file. ``groups``: id of a group and its title."""

    groups: dict[str, str] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)


def release(text: str) -> tuple[int, ...]:
    """Return a release as numbers, to sort by."""
    return tuple(map(int, text.split(".")))


def read(text: str, path: Path) -> tuple[Ledger, list[Problem]]:
    """Return the ledger that a text holds, without the entries that cannot be read, and what is wrong with it.

    ``path`` stands in the problems.
    """
    return _Reader(path).read(text)


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._problems: list[Problem] = []
        self._ledger = Ledger()

    def read(self, text: str) -> tuple[Ledger, list[Problem]]:
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            return self._ledger, [Problem(self._path, line, f"not valid YAML: {error.problem}")]
        keys = self._mapping(node, "the file")
        if not keys:
            return self._ledger, self._problems
        for name in sorted(set(keys) - {"groups", "facts"}):
            self._tell(keys[name], f"unknown key '{name}'")
        for name, value in self._mapping(keys.get("groups"), "groups").items():
            self._ledger.groups[name] = self._text(value, f"title of group '{name}'")
        facts = keys.get("facts")
        if not isinstance(facts, yaml.SequenceNode):
            self._tell(facts, "facts is not a list")
            return self._ledger, self._problems
        first: dict[str, int] = {}
        for entry in facts.value:
            fact = self._fact(entry)
            if fact is None:
                continue
            if fact.id in first:
                self._tell(entry, f"the fact '{fact.id}' is already in line {first[fact.id]}")
                continue
            first[fact.id] = fact.line
            self._ledger.facts.append(fact)
        return self._ledger, self._problems

    def _tell(self, node: yaml.Node | None, text: str) -> None:
        self._problems.append(Problem(self._path, node.start_mark.line + 1 if node else 1, text))

    def _mapping(self, node: yaml.Node | None, what: str) -> dict[str, yaml.Node]:
        """Return the values of a mapping by their keys; a problem where it is none or repeats a key."""
        if not isinstance(node, yaml.MappingNode):
            self._tell(node, f"{what} is not a mapping")
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                self._tell(key, f"'{name}' is given twice")
            found[name] = value
        return found

    def _text(self, node: yaml.Node, what: str) -> str:
        if isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str" and node.value.strip():
            return str(node.value)
        self._tell(node, f"{what} is not a text")
        return ""

    def _texts(self, node: yaml.Node | None, what: str, form: re.Pattern[str]) -> tuple[str, ...]:
        """Return a list of texts that all have a form and differ."""
        if node is None:
            return ()
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            self._tell(node, f"{what} is not a list with entries")
            return ()
        found: list[str] = []
        for entry in node.value:
            text = self._text(entry, f"an entry of {what}")
            if text and not form.fullmatch(text):
                self._tell(entry, f"'{text}' in {what} has no known form")
            elif text in found:
                self._tell(entry, f"'{text}' is twice in {what}")
            found.append(text)
        return tuple(found)

    def _fact(self, node: yaml.Node) -> Fact | None:
        keys = self._mapping(node, "an entry of facts")
        for name in sorted(set(keys) - {*_TEXTS, *_LISTS}):
            self._tell(keys[name], f"unknown key '{name}'")
        missing = [name for name in _NEEDED if name not in keys]
        if missing:
            if keys:
                self._tell(node, f"a fact without {', '.join(missing)}")
            return None
        id_, group, statement, known = (self._text(keys[name], name) for name in _NEEDED)
        fact = Fact(
            id_,
            group,
            statement,
            known,
            line=node.start_mark.line + 1,
            sources=self._texts(keys.get("sources"), "sources", _SOURCE),
            confirmed=self._texts(keys.get("confirmed"), "confirmed", _RELEASE),
            refuted=self._texts(keys.get("refuted"), "refuted", _RELEASE),
            wanted=self._wanted(keys.get("wanted")),
        )
        for problem in self._wrong(fact):
            self._tell(node, f"the fact '{fact.id}': {problem}")
        return fact

    def _wanted(self, node: yaml.Node | None) -> bool:
        if node is not None and (node.tag, str(node.value)) != ("tag:yaml.org,2002:bool", "true"):
            self._tell(node, "wanted is true or left out")
        return node is not None

    def _wrong(self, fact: Fact) -> list[str]:
        """Return what is wrong with a fact as a whole."""
        wrong = []
        if not _ID.fullmatch(fact.id):
            wrong.append("an id has lower-case words with dashes in between")
        if fact.group not in self._ledger.groups:
            wrong.append(f"there is no group '{fact.group}'")
        if fact.known not in KNOWN:
            wrong.append(f"known is '{fact.known}', not one of {', '.join(KNOWN)}")
        if fact.known == SEEN and not fact.sources:
            wrong.append("seen needs a source")
        if fact.known == UNKNOWN and (fact.confirmed or fact.refuted):
            wrong.append("a release decides it, so it is not unknown")
        if not fact.statement.rstrip("`").endswith(".") or "\n" in fact.statement.strip():
            wrong.append("the statement is one sentence with a period")
        if fact.statement.count("`") % 2 or any(
            code != code.strip() or not code for code in _CODE.findall(fact.statement)
        ):
            wrong.append("code in the statement stands in backticks, without blanks at its ends")
        both = sorted(set(fact.confirmed) & set(fact.refuted), key=release)
        if both:
            wrong.append(f"{', '.join(both)} cannot confirm and refute it")
        return wrong
