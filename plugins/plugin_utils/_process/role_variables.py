# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of a role's variables: those that are a slip of the keyboard, and those that an error is about.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

OURS = "fortiops.fortitoken."
#: What the playbooks read, and no role.
OF_PLAYBOOKS = ("hosts",)


def unknown_variables(variables: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each variable with the prefix of the role at work that this role does not have.

    `variables`: those of a task, with Ansible's C(ansible_role_name) and C(role_path). Outside of a role of this
    collection, nothing is unknown.
    """
    role, prefix, known = _of_role(variables)
    if not known:
        return []
    known |= {f"{prefix}{name}" for name in OF_PLAYBOOKS}
    given = {name for name in variables if name.startswith(prefix) and not name.startswith(f"{prefix}_")}
    return [_sentence(name, known, role) for name in sorted(given - known)]


def with_role_names(message: str, options: Iterable[str], variables: Mapping[str, Any]) -> str:
    """Name the role's variable instead of the module's option in an error about a value that the role passed on.

    `message`: what Ansible or a module says of one of the `options` of the module. `variables`: as for
    `unknown_variables`. Outside of a role of this collection the message stays as it is.
    """
    _role, prefix, known = _of_role(variables)
    names = [name for name in options if f"{prefix}{name}" in known]
    if not names:
        return message
    # Ansible names the option before it quotes the value, which may be the name of another option.
    told = re.compile(rf"(?:(?<=^)|(?<=value of )|(?<=[Aa]rgument ')|(?<=option '))({'|'.join(names)})(?=[:' ])")
    return told.sub(lambda found: f"{prefix}{found[1]}", message, count=1)


def _of_role(variables: Mapping[str, Any]) -> tuple[str, str, set[str]]:
    """Return the role of this collection at work, the prefix of its variables, and their names. Empty without one."""
    role = str(variables.get("ansible_role_name") or "")
    if not role.startswith(OURS):
        return "", "", set()
    prefix = f"{role[len(OURS) :]}_"
    try:
        text = (Path(str(variables["role_path"])) / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    except (KeyError, OSError):
        # A role without argument specs has no names to compare with.
        return role, prefix, set()
    # Not a YAML parser: on 300 units, reading the file for each takes longer than connecting to them.
    return role, prefix, set(re.findall(rf"^ +({prefix}\w+):\s*$", text, re.MULTILINE))


def _sentence(name: str, known: Iterable[str], role: str) -> str:
    closest = difflib.get_close_matches(name, sorted(known), 1)
    hint = f" Did you mean {closest[0]}?" if closest else ""
    return f"{name} is not a variable of the role {role} and has no effect.{hint}"
