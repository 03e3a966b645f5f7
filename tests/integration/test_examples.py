# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The EXAMPLES of every module, run in their order and as they are on a simulated unit."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.simulator import Simulator, from_data, running

from .conftest import Place, assert_promises_kept, lines

MODULES = sorted((ROOT / "plugins" / "modules").glob("fortitoken_*.py"))
DEAD = "token already activated, and seed won't be returned"
MOBILE = "FTKMOBTIMED00001"
CODE = "1A2B-3C4D-5E6F-7081-92A3"
#: What a user keeps in a vault.
VAULT = {"vault_license_codes": [CODE]}
GROUPS = """
config user group
    edit "vpn-pilot"
        set member "carol"
    next
end
"""
#: Three tokens that hold a useless seed, two that were never activated, and a user who waits for a mail.
UNIT: dict[str, Any] = {
    "tokens": [
        *({"serial": f"FTK200BAA000000{n}", "state": DEAD, "seed": True} for n in (1, 2, 3)),
        *({"serial": f"FTK200BAA000000{n}", "state": "new"} for n in (7, 8)),
        {"serial": MOBILE, "state": "provision timeout", "license": "EFTM000000000001"},
        {"serial": "FTKMOBTIMED00002", "state": "provision timeout", "license": "EFTM000000000001"},
    ],
    "users": [
        {"name": "bob", "fortitoken": "FTK200BAA0000001"},
        {"name": "carol", "fortitoken": MOBILE, "email_to": "carol@example.com"},
        {"name": "jdoe", "fortitoken": "FTKMOBTIMED00002", "email_to": "jdoe@example.com"},
    ],
    "config": {"root": GROUPS},
    "email_server": {"server": "mail.example.com"},
    "fortiguard": {
        "delay": 0.02,
        "licenses": {CODE: {"tokens": ["FTKMOBNEWONE0001"], "license": "EFTM000000000002"}},
        "serials": {f"FTK200BAA000000{n}": {"lock_released": True} for n in (1, 2, 3, 7, 8)},
    },
}


def examples(module: Path) -> list[dict[str, Any]]:
    text = re.search(r'EXAMPLES = r"""(.*?)"""', module.read_text(encoding="utf-8"), re.DOTALL)
    tasks: list[dict[str, Any]] = yaml.safe_load(text[1]) if text else []
    # Of other collections, the test has none; what they would be told is evaluated.
    return [_shown(task) for task in tasks]


def _shown(task: dict[str, Any]) -> dict[str, Any]:
    foreign = [name for name in task if name.count(".") == 2 and not name.startswith(("ansible.", "fortiops."))]
    return {
        **{name: value for name, value in task.items() if name not in foreign},
        **({"ansible.builtin.debug": {"msg": task[foreign[0]]}} if foreign else {}),
    }


def somebody_clicks(simulator: Simulator) -> None:
    """Send an activation code as soon as somebody watches the mails."""
    unit = simulator.unit()

    def look() -> None:
        watched = any(event["text"].startswith("diagnose debug application alertmail") for event in typed(simulator))
        unit.call_later(0.2, click if watched else look)

    def click() -> None:
        unit.fortiguard.mobile.provision(MOBILE, "user local/carol", None)

    simulator.call(look)


def typed(simulator: Simulator) -> list[dict[str, Any]]:
    return [event for event in simulator.events if event["type"] == "line"]


#: Module -> what happens on the unit meanwhile.
MEANWHILE: dict[str, Callable[[Simulator], None]] = {"fortitoken_debug": somebody_clicks}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_examples_run_as_they_are(place: Place, module: Path) -> None:
    tasks = examples(module)
    assert tasks, f"{module.stem} shows no example"
    with running(*from_data(UNIT)) as sim:
        place.add(sim)
        MEANWHILE.get(module.stem, lambda _simulator: None)(sim)
        run = place.play("", content=[{"hosts": "all", "gather_facts": False, "tasks": tasks}], **VAULT)
        assert run.code == 0, run.output
        loops = sum("loop" in task for task in tasks)
        assert run.recap(sim.units[0].name)["skipped"] <= loops, "every example does something"
        assert lines(sim), "every example has to do with a unit"
        assert_promises_kept(sim, run)


def test_watching_a_mail_ends_with_what_it_shows_whatever_the_words(place: Place) -> None:
    [task] = [task for task in examples(ROOT / "plugins/modules/fortitoken_debug.py") if "Watch" in task["name"]]
    arguments = task["fortiops.fortitoken.fortitoken_debug"]
    assert "until" not in arguments
    show = {
        "ansible.builtin.debug": {"msg": "found {{ watched.matched }} {{ watched.findings | map(attribute='id') }}"}
    }
    with running(*from_data(UNIT)) as sim:
        place.add(sim)
        somebody_clicks(sim)
        tasks = [{**task, "register": "watched"}, show]
        run = place.play("", content=[{"hosts": "all", "gather_facts": False, "tasks": tasks}])
        assert run.code == 0, run.output
        assert "found True" in run.output
        assert "mail_sent" in run.output
