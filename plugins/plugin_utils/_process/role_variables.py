# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Variables that look like those of a role of this collection and are none: most are a slip of the keyboard.

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
    role = str(variables.get("ansible_role_name") or "")
    if not role.startswith(OURS):
        return []
    prefix = f"{role[len(OURS) :]}_"
    try:
        text = (Path(str(variables["role_path"])) / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    except (KeyError, OSError):
        # A role without argument specs has no names to compare with.
        return []
    # Not a YAML parser: on 300 units, reading the file for each takes longer than connecting to them.
    known = {*re.findall(rf"^ +({prefix}\w+):\s*$", text, re.MULTILINE), *(f"{prefix}{name}" for name in OF_PLAYBOOKS)}
    given = {name for name in variables if name.startswith(prefix) and not name.startswith(f"{prefix}_")}
    return [_sentence(name, known, role) for name in sorted(given - known)]


def _sentence(name: str, known: Iterable[str], role: str) -> str:
    closest = difflib.get_close_matches(name, sorted(known), 1)
    hint = f" Did you mean {closest[0]}?" if closest else ""
    return f"{name} is not a variable of the role {role} and has no effect.{hint}"
