# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of triage are defined once: the documentation and the modules follow."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.fortiops.fortitoken.plugins.doc_fragments._fortitoken import ModuleDocFragment
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.options import ARGS
from ansible_collections.fortiops.fortitoken.plugins.modules import (
    fortitoken_activate,
    fortitoken_facts,
    fortitoken_purge,
)


def test_the_documentation_has_the_options_with_their_types_choices_and_defaults() -> None:
    documented = yaml.safe_load(ModuleDocFragment.TRIAGE)["options"]
    told = ("type", "elements", "choices", "default")
    assert {name: {key: option[key] for key in told if key in option} for name, option in documented.items()} == ARGS


@pytest.mark.parametrize("module", [fortitoken_activate, fortitoken_facts, fortitoken_purge])
def test_every_module_that_evaluates_tokens_has_them(module: Any) -> None:
    assert {name: module.ARGS[name] for name in ARGS} == ARGS
