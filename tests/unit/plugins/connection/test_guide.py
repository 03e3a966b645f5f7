# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide names messages, variables and defaults as the code has them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.fortiops.fortitoken.plugins.connection import fortios_cli

ROOT = Path(__file__).resolve().parents[4]
GUIDE = (ROOT / "docs" / "docsite" / "rst" / "guide_connection.rst").read_text(encoding="utf-8")
#: Files are read by another connection, whose messages say what to do.
OTHERS = {"_offline", "_recording"}
SOURCES = [
    *sorted(path for path in (ROOT / "plugins" / "plugin_utils").rglob("*.py") if path.parent.name not in OTHERS),
    ROOT / "plugins" / "connection" / "fortios_cli.py",
    ROOT / "plugins" / "module_utils" / "_cli" / "batch.py",
]


def _text(node: ast.AST) -> str:
    """A string as the code writes it, with ``…`` for what is filled in."""
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return "'…'" if node.conversion == ord("r") else "…"
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _messages() -> Iterator[str]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.JoinedStr, ast.Constant)):
                yield _text(node)


MESSAGES = list(_messages())
TABLE = GUIDE.split("Errors, and how to fix them\n")[1]
NAMED = re.findall(r"^   \* - ``(.+)``$", TABLE, re.MULTILINE)


def test_the_table_is_there() -> None:
    assert len(NAMED) > 25


@pytest.mark.parametrize("message", NAMED)
def test_every_message_of_the_table_is_one_that_the_code_has(message: str) -> None:
    assert any(message in each for each in MESSAGES)


# What only a mistake in this collection, or the end of the process, can bring about.
INTERNAL = {
    "unknown scope '…': use None, 'global' or 'vdom:NAME'",
    "there is no session with this unit",
    # Only lines that print are sent ahead, and they ask nothing.
    "lines were lost, and the unit asks a question; the session was given up. The unit printed last: '…'",
    "this request has ended: its task did not ask for the answer in time",
    "'…' is no regular expression: …",
    "the unit took too long",
    "could not leave '…'",
    "could not leave the context '…'",
    "the private key … is of a kind that paramiko does not know",
    # Its beginning, which the table has, is put together elsewhere.
    "…… … , or set ansible_fortios_host_key_fingerprint to …, or, for a lab, ansible_host_key_checking to false.…",
}


def _failures() -> Iterator[str]:
    """The text of every failure that the code raises, where it is written out at that place."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)):
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                texts = {"ConsoleFailure": node.args[1:2], "lost": node.args[:1], "hung_up": node.args[:1]}
                yield from filter(None, map(_text, texts.get(name, [])))


@pytest.mark.parametrize("failure", sorted(set(_failures()) - INTERNAL))
def test_every_failure_of_the_code_is_in_the_table(failure: str) -> None:
    assert any(message in failure for message in NAMED)


def test_every_variable_of_the_guide_is_one_of_the_plugin() -> None:
    options = yaml.safe_load(fortios_cli.DOCUMENTATION)["options"]
    known = {source["name"] for option in options.values() for source in option.get("vars", [])}
    named = set(re.findall(r"\bansible_[a-z_]+\b", GUIDE)) - {"ansible_connection", "ansible_network_os"}
    # Labels of other pages, and what a task returns.
    named -= {"ansible_collections", "ansible_facts"}
    assert named <= known


@pytest.mark.parametrize(
    ("variable", "option"),
    [
        ("ansible_fortios_connect_timeout", "connect_timeout"),
        ("ansible_fortios_login_timeout", "login_timeout"),
        ("ansible_fortios_command_timeout", "command_timeout"),
        ("ansible_connect_timeout", "persistent_connect_timeout"),
        ("ansible_command_timeout", "persistent_command_timeout"),
    ],
)
def test_limits_are_those_of_the_plugin(variable: str, option: str) -> None:
    default = yaml.safe_load(fortios_cli.DOCUMENTATION)["options"][option]["default"]
    assert f"   * - ``{variable}``\n     - {default} s\n" in GUIDE
