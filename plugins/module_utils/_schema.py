# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a file may hold, as data, and one function that checks it. Pure: no files, no Ansible.

This module util is private to the collection and may change at any time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeAlias

#: What no line to a unit can hold: control characters, and surrogates. Those from U+DC80 to U+DCFF
#: are no such: they stand for bytes that are not UTF-8.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udc7f\udd00-\udfff]")
_BREAKS = re.compile(r"[\t\n]")


class SchemaError(ValueError):
    """The data has another form. The message says where and what is expected, and shows no value."""


@dataclass(frozen=True)
class Text:
    """A text on one line. lines: it may have tabs and line breaks. pattern: matches the whole text."""

    most: int = 1000
    pattern: re.Pattern[str] | None = None
    choices: Collection[str] | None = None
    lines: bool = False


@dataclass(frozen=True)
class Number:
    """A number that is finite and within bounds. whole: an integer."""

    low: float = 0
    high: float = 2**53
    whole: bool = False


@dataclass(frozen=True)
class Flag:
    """True or false."""


@dataclass(frozen=True)
class Maybe:
    """What ``form`` says, or null."""

    form: Form


@dataclass(frozen=True)
class Items:
    """A list of at most ``most`` items of one form."""

    form: Form
    most: int = 100_000


@dataclass(frozen=True)
class Table:
    """An object with keys of one form and values of another."""

    key: Text
    form: Form
    most: int = 100_000


@dataclass(frozen=True)
class Record:
    """An object with these fields. optional: fields that may be missing. open: other fields are passed over."""

    fields: Mapping[str, Form]
    optional: Mapping[str, Form] = field(default_factory=dict)
    open: bool = False


@dataclass(frozen=True)
class Choice:
    """What one of several forms says."""

    forms: tuple[Form, ...]


@dataclass(frozen=True)
class Rule:
    """What ``form`` says, and a condition of its own. ``what`` names what is expected."""

    form: Form
    holds: Callable[[Any], bool]
    what: str


Form: TypeAlias = "Text | Number | Flag | Maybe | Items | Table | Record | Choice | Rule"


def check(form: Form, data: Any, where: str = "") -> None:
    """Check ``data`` against ``form``. Raises SchemaError, and nothing else for whatever JSON can hold."""
    _CHECKS[type(form)](form, data, where)


def _need(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise SchemaError(f"{where or 'the file'} must be {what}")


def _text(form: Text, data: Any, where: str) -> None:
    _need(isinstance(data, str), where, "a text")
    _need(len(data) <= form.most, where, f"a text of at most {form.most:,} characters")
    one_line = form.lines or not _BREAKS.search(data)
    _need(one_line and not _UNPRINTABLE.search(data), where, "a text without line breaks and control characters")
    if form.choices is not None:
        _need(data in form.choices, where, f"one of {', '.join(sorted(form.choices))}")
    if form.pattern is not None:
        _need(form.pattern.fullmatch(data) is not None, where, "a text of the usual form")


def _number(form: Number, data: Any, where: str) -> None:
    kinds = (int,) if form.whole else (int, float)
    known = isinstance(data, kinds) and not isinstance(data, bool)
    # What is not a number is neither above nor below one.
    _need(known and form.low <= data <= form.high, where, "a number within bounds")


def _flag(form: Flag, data: Any, where: str) -> None:
    del form
    _need(isinstance(data, bool), where, "true or false")


def _maybe(form: Maybe, data: Any, where: str) -> None:
    if data is not None:
        check(form.form, data, where)


def _items(form: Items, data: Any, where: str) -> None:
    _need(isinstance(data, list), where, "a list")
    _need(len(data) <= form.most, where, f"a list of at most {form.most:,} items")
    for number, item in enumerate(data, start=1):
        check(form.form, item, f"{where} {number}" if where else f"item {number}")


def _table(form: Table, data: Any, where: str) -> None:
    _need(isinstance(data, dict), where, "an object")
    _need(len(data) <= form.most, where, f"an object of at most {form.most:,} fields")
    for number, (key, value) in enumerate(data.items(), start=1):
        check(form.key, key, f"{where}: the name of field {number}")
        check(form.form, value, f"{where}.{key}" if where else key)


def _record(form: Record, data: Any, where: str) -> None:
    _need(isinstance(data, dict), where, "an object")
    prefix = f"{where}." if where else ""
    for name, inner in form.fields.items():
        _need(name in data, f"{prefix}{name}", "there")
        check(inner, data[name], f"{prefix}{name}")
    for name, inner in form.optional.items():
        if name in data:
            check(inner, data[name], f"{prefix}{name}")
    if not form.open:
        known = {*form.fields, *form.optional}
        _need(known.issuperset(data), where, f"an object with no fields but {', '.join(sorted(known))}")


def _choice(form: Choice, data: Any, where: str) -> None:
    for one in form.forms:
        with suppress(SchemaError):
            check(one, data, where)
            return
    _need(False, where, "of one of the kinds that belong there")


def _rule(form: Rule, data: Any, where: str) -> None:
    check(form.form, data, where)
    _need(form.holds(data), where, form.what)


_CHECKS: dict[type, Callable[[Any, Any, str], None]] = {
    Text: _text,
    Number: _number,
    Flag: _flag,
    Maybe: _maybe,
    Items: _items,
    Table: _table,
    Record: _record,
    Choice: _choice,
    Rule: _rule,
}
