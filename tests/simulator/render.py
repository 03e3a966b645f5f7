# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``show``, ``show full-configuration`` and ``get`` print of the configuration.

Facts followed: plain ``show`` leaves out what has its default value, an object without own settings prints as an
empty block; ``get`` prints ``name : value`` lines inside an entry (Fortinet article 276480 for `user fortitoken`)
and ``== [ name ]`` with one line of values for each entry of a table. Column widths are inferred.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from .schema import Attribute, Schema
from .tree import Entry, Node, Table
from .words import Word, quote

# Returns the text to print for a stored password (the unit encrypts anew each time).
Encrypt = Callable[[str], str]

INDENT = "    "


# [fact: show-without-defaults] [fact: column-widths]
class Renderer:
    """Prints configuration. ``seeds_shown`` False stands for units whose `show` never lists `set seed`
    (the attribute is missing from the CLI references of 6.2.6 to 7.0.7)."""

    def __init__(self, encrypt: Encrypt, seeds_shown: bool = True, seed_style: str = "enc") -> None:
        self._encrypt = encrypt
        self._seeds_shown = seeds_shown
        self._seed_style = seed_style

    def block(self, path: str, node: Node, schema: Schema | None, full: bool = False) -> Iterator[str]:
        """Yield the lines of a whole `config` block."""
        entries = node.entries.items() if isinstance(node, Table) else None
        yield from (
            self.table(path, entries, schema, full)
            if entries is not None
            else self.object(path, _as_entry(node), schema, full)
        )

    def table(
        self, path: str, entries: Iterable[tuple[str, Entry]], schema: Schema | None, full: bool = False
    ) -> Iterator[str]:
        """Yield a table with the given entries."""
        yield f"config {path}"
        for key, entry in entries:
            yield f"{INDENT}edit {key if key.isdigit() else quote(key)}"
            yield from self._settings(entry, schema, full, INDENT * 2)
            yield f"{INDENT}next"
        yield "end"

    def object(self, path: str, entry: Entry, schema: Schema | None, full: bool = False) -> Iterator[str]:
        """Yield a single object."""
        yield f"config {path}"
        yield from self._settings(entry, schema, full, INDENT)
        yield "end"

    def _settings(self, entry: Entry, schema: Schema | None, full: bool, indent: str) -> Iterator[str]:
        for name, attribute in (schema.attributes if schema else {}).items():
            text = self._setting(entry, attribute, full)
            if text is not None:
                yield f"{indent}set {name} {text}"
        for name, words in entry.values.items():
            if schema is None or name not in schema.attributes:
                yield f"{indent}set {name} {' '.join(_free(word) for word in words)}"
        for path, node in entry.children.items():
            for line in self.block(path, node, None, full):
                yield indent + line

    def _setting(self, entry: Entry, attribute: Attribute, full: bool) -> str | None:
        words = entry.values.get(attribute.name)
        if attribute.only_if and attribute.only_if[1].startswith("!") and not visible(attribute, entry):
            return None
        if attribute.kind == "seed":
            return self._seed(words[0].text) if words and self._seeds_shown else None
        if attribute.kind == "password":
            return f"ENC {self._encrypt(words[-1].text)}" if words else None
        if words is None:
            if not full or attribute.default is None or not visible(attribute, entry):
                return "" if attribute.kind == "list" and full and visible(attribute, entry) else None
            return _printed(attribute, (Word(attribute.default),))
        if not full and entry.text(attribute.name) == attribute.default:
            return None
        return _printed(attribute, words)

    # [fact: seed-form] [fact: seed-hidden]
    def _seed(self, seed: str) -> str:
        # No real block with a seed is public, so the form is a setting of the scenario.
        return {"enc": f"ENC {seed}", "quoted": quote(seed), "quoted_enc": quote(f"ENC {seed}")}[self._seed_style]

    # [fact: get-forms]
    def get_object(self, entry: Entry, schema: Schema | None, key: tuple[str, str] | None = None) -> Iterator[str]:
        """Yield the ``name : value`` lines of one entry or single object; the seed is not listed."""
        if key is not None:
            yield f"{key[0]:<20}: {key[1]}"
        for name, attribute in (schema.attributes if schema else {}).items():
            if attribute.kind == "seed" or not visible(attribute, entry):
                continue
            value = "*" if attribute.kind == "password" else entry.text(name, attribute.default or "")
            yield f"{name:<20}: {value} " if value else f"{name:<20}: "
        for name, words in entry.values.items():
            if schema is None or name not in schema.attributes:
                yield f"{name:<20}: {' '.join(word.text for word in words)}"

    # [fact: get-forms]
    def get_table(self, entries: Iterable[tuple[str, Entry]], schema: Schema | None) -> Iterator[str]:
        """Yield ``== [ name ]`` and one line of values for each entry."""
        key_name = "serial-number" if schema and schema.path == "user fortitoken" else "name"
        shown: Mapping[str, Attribute] = schema.attributes if schema else {}
        for key, entry in entries:
            yield f"== [ {key} ]"
            values = [f"{key_name}: {key}"]
            for name, attribute in shown.items():
                if attribute.kind not in ("seed", "password") and visible(attribute, entry):
                    values.append(f"{name}: {entry.text(name, attribute.default or '')}")
            yield "    ".join(values)


def visible(attribute: Attribute, entry: Entry) -> bool:
    """Tell whether an attribute can be seen and set in the present state of its entry."""
    if attribute.only_if is None:
        return True
    name, value = attribute.only_if
    if value.startswith("!"):
        return entry.text(name) not in ("", value[1:])
    return entry.text(name) == value


def _as_entry(node: Node) -> Entry:
    assert isinstance(node, Entry)
    return node


def _printed(attribute: Attribute, words: tuple[Word, ...]) -> str:
    if attribute.kind in ("option", "integer"):
        return " ".join(word.text for word in words)
    return " ".join(quote(word.text) for word in words)


def _free(word: Word) -> str:
    return quote(word.text) if word.quoted else word.text
