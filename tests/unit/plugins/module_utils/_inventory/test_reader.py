# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a unit: what is asked where, and what follows from answers that are refused or contradict each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer, Batch
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import detect
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleError, UnitError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import Inventory
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.reader import read_inventory
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.assessment import findings
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import Policy

STATUS = (
    "Version: FortiGate-60F v7.4.8,build2795,250523 (GA.M)\nSerial-Number: FGT60FTK20012345\nHostname: FGT-A\n"
    "Current HA mode: {ha}\nSystem time: Mon Mar 30 12:00:00 2026\n"
)
DEAD = "token already activated, and seed won't be returned"
SERIAL = "FTK200BAA0000001"


def tokens(*serials: str) -> str:
    entries = "".join(f'edit "{serial}"\nset seed "x"\nnext\n' for serial in serials)
    return f"config user fortitoken\n{entries}end\n"


def statuses(*serials: str, server: str = "reachable", status: str = "active") -> str:
    rows = "".join(f"{serial}   0   {status}\n" for serial in serials)
    return f"FORTITOKEN   DRIFT   STATUS\n{rows}\nToken server status: {server}\n"


LDAP_USER = (
    f'config user local\nedit "eve"\nset type ldap\nset two-factor fortitoken\nset fortitoken "{SERIAL}"\n'
    'set ldap-server "dir"\nnext\nend\n'
)
GROUP = 'config user group\nedit "vpn users"\nset member "dir"\nnext\nend\n'
ADMINS = 'config system admin\nedit "netops"\nset accprofile "super_admin"\nnext\nend\n'


class FakeUnit:
    """Answers lines by scope, then by line; what is not known is an unknown action."""

    def __init__(
        self,
        answers: dict[str, dict[str, str]] | None = None,
        ha: str = "standalone",
        vdoms: Sequence[str] = (),
        confined_to: str | None = None,
        reserved: Sequence[str] = (),
    ) -> None:
        self._answers = answers or {}
        self._ha, self._vdoms, self._confined, self._reserved = ha, list(vdoms), confined_to, set(reserved)
        self.exchanges: list[list[tuple[str, str]]] = []

    def identity(self) -> dict[str, Any]:
        return {
            "user": "netops",
            "hostname": "FGT-A",
            "read_only": False,
            "run": "host:1",
            "vdom_mode": "multi" if self._vdoms else "none",
            "vdoms": self._vdoms,
            "confined_to": self._confined,
            "status_text": STATUS.format(ha=self._ha),
        }

    def run(self, batches: Sequence[Batch]) -> list[list[Answer]]:
        self.exchanges.append([(str(batch.scope), line) for batch in batches for line in batch.lines])
        for batch in batches:
            name = str(batch.scope).removeprefix("vdom:")
            if name in self._reserved:
                raise ConsoleError(f"could not enter VDOM {name!r}: '{name}' is reserved", "context")
        return [[self._answer(str(batch.scope), line) for line in batch.lines] for batch in batches]

    def _answer(self, scope: str, line: str) -> Answer:
        defaults = {
            "show user fortitoken": tokens(SERIAL),
            "diagnose fortitoken info": statuses(SERIAL),
            "show user local": "",
            "show user group": "",
            "show system global": "",
            "show system admin": ADMINS,
            "show full-configuration system central-management": "config system central-management\nset type none\nend",
        }
        known = {**defaults, **self._answers.get("*", {}), **self._answers.get(scope, {})}
        output = known.get(line, "Unknown action 0")
        return Answer(line, output, detect(output), "")


def read(unit: FakeUnit, **options: Any) -> Inventory:
    return read_inventory(unit, **options)


@pytest.mark.parametrize(
    ("servers", "state"),
    [
        (("reachable", "unreachable"), "unreachable"),
        (("unreachable", "reachable"), "unreachable"),
        (("reachable", "reachable"), "reachable"),
        (("reachable", "down"), "down"),
    ],
)
def test_of_several_vdoms_the_worst_token_server_state_counts(servers: tuple[str, str], state: str) -> None:
    answers = {
        f"vdom:{vdom}": {"show user fortitoken": "", "diagnose fortitoken info": statuses(server=server)}
        for vdom, server in zip(("root", "branch"), servers, strict=True)
    }
    assert read(FakeUnit(answers, vdoms=("root", "branch"))).unit.token_server == state


def test_a_serial_in_two_vdoms_is_never_touched() -> None:
    answers = {"*": {"diagnose fortitoken info": statuses(SERIAL, status=DEAD)}}
    inventory = read(FakeUnit(answers, vdoms=("root", "branch")))
    assert [token.serial for token in inventory.tokens] == [SERIAL]
    finding = findings(inventory, Policy(lock_released=frozenset({"all"})))[SERIAL]
    assert (finding.verdict, finding.action) == ("undecided", "none")


def test_users_that_are_not_shown_are_an_error_and_not_users_without_tokens() -> None:
    with pytest.raises(UnitError, match="was refused"):
        read(FakeUnit({"*": {"show user local": "Unknown action 0"}}))


@pytest.mark.parametrize(
    "serial", ["FTKMOB; execute reboot", "x" * 300, "FTK200BAA000000", "ftk200baa0000001", "\u202e"]
)
def test_a_token_with_any_text_as_serial_does_no_harm(serial: str) -> None:
    answers = {"*": {"show user fortitoken": tokens(serial, SERIAL), "diagnose fortitoken info": statuses(SERIAL)}}
    inventory = read(FakeUnit(answers))
    found = findings(inventory, Policy(lock_released=frozenset({"all"}), provision=True))
    assert (found[serial].verdict, found[serial].action) == ("undecided", "none")
    assert found[SERIAL].verdict == "healthy"


HA_STATUS = (
    "{role}     : FGT-A, FGT60FTK20012345, HA cluster index = 0\n"
    "{other}   : FGT-B, FGT60FTK20012346, HA cluster index = 1\n"
)


@pytest.mark.parametrize(
    ("word", "status", "role"),
    [
        ("a-p, primary", "", "primary"),
        ("a-p, backup", "", "unknown"),
        ("a-p, leader", "", "unknown"),
        ("a-p", "", "unknown"),
        ("a-p, backup", HA_STATUS.format(role="Primary", other="Secondary"), "primary"),
        ("a-p, backup", HA_STATUS.format(role="Slave", other="Master"), "secondary"),
        ("a-p, master", HA_STATUS.format(role="Secondary", other="Primary"), "secondary"),
        ("a-p, slave", HA_STATUS.format(role="Primary", other="Secondary"), "secondary"),
        ("standalone", HA_STATUS.format(role="Secondary", other="Primary"), "standalone"),
    ],
)
def test_the_role_in_a_cluster(word: str, status: str, role: str) -> None:
    answers = {"global": {"get system ha status": status}} if status else {}
    assert read(FakeUnit(answers, ha=word)).unit.ha_role == role


@pytest.mark.parametrize(
    ("answer", "mode"),
    [
        ("", "automatic"),
        ("config system global\nset cfg-save revert\nend", "revert"),
        ("config system global\nset cfg-save odd\nend", "odd"),
        ("Unknown action 0", "unknown"),
    ],
)
def test_the_save_mode(answer: str, mode: str) -> None:
    assert read(FakeUnit({"*": {"show system global": answer}})).unit.cfg_save == mode


@pytest.mark.parametrize(
    ("shown", "short", "by"),
    [
        ("config system central-management\nset type fortimanager\nset fmg 192.0.2.7\nend", "", "fortimanager"),
        ("config system central-management\nset type fortimanager\nend", "", "none"),
        ("config system central-management\nset type cloudthing\nend", "", "unknown"),
        ("Unknown action 0", "config system central-management\nend", "none"),
        ("Unknown action 0", "Unknown action 0", "unknown"),
        ("", "", "unknown"),
    ],
)
def test_what_manages_the_unit(shown: str, short: str, by: str) -> None:
    answers = {
        "*": {
            "show full-configuration system central-management": shown,
            "show system central-management": short,
        }
    }
    assert read(FakeUnit(answers)).unit.managed_by == by


class TestReservedVdoms:
    def test_one_that_is_known_to_be_reserved_is_not_entered(self) -> None:
        unit = FakeUnit(vdoms=("root", "dmgmt-vdom"), reserved=("dmgmt-vdom",))
        inventory = read(unit)
        assert inventory.vdoms == ("root",)
        assert [each.what for each in inventory.unit.unseen if "VDOM" in each.what] == ["VDOM dmgmt-vdom"]
        assert not [line for lines in unit.exchanges for line in lines if "dmgmt" in line[0]]

    def test_one_that_turns_out_to_be_reserved_is_left_out_and_named(self) -> None:
        inventory = read(FakeUnit(vdoms=("root", "odd", "branch"), reserved=("odd",)))
        assert inventory.vdoms == ("root", "branch")
        assert "VDOM odd" in [each.what for each in inventory.unit.unseen]
        assert {token.vdom for token in inventory.tokens} == {"root"}

    def test_one_that_was_asked_for_is_an_error(self) -> None:
        with pytest.raises(UnitError, match="VDOM odd cannot be entered"):
            read(FakeUnit(vdoms=("root", "odd"), reserved=("odd",)), vdoms=["odd"])

    def test_one_that_an_open_journal_needs_is_an_error(self) -> None:
        unit = FakeUnit(vdoms=("root", "odd", "branch"), reserved=("odd",))
        assert read(unit, required=["branch"]).vdoms == ("root", "branch")
        with pytest.raises(UnitError, match="VDOM odd cannot be entered"):
            read(unit, required=["odd"])

    def test_another_failure_of_the_console_is_not_hidden(self) -> None:
        class Lost(FakeUnit):
            def run(self, batches: Sequence[Batch]) -> list[list[Answer]]:
                raise ConsoleError("the line is gone", "lost")

        with pytest.raises(ConsoleError, match="the line is gone"):
            read(Lost(vdoms=("root", "odd")))

    def test_a_global_scope_that_cannot_be_entered_is_not_hidden(self) -> None:
        with pytest.raises(ConsoleError, match="global"):
            read(FakeUnit(vdoms=("root",), reserved=("global",)))

    def test_nothing_outside_the_chosen_vdoms_is_entered(self) -> None:
        unit = FakeUnit(vdoms=("root", "branch"))
        read(unit, vdoms=["branch"], ping="always")
        assert {scope for lines in unit.exchanges for scope, _line in lines} == {"vdom:branch", "global"}


def test_an_account_of_one_vdom_reads_it_and_says_what_it_cannot_see() -> None:
    unit = FakeUnit(
        {"*": {"show system admin": ADMINS, "show system global": "Unknown action 0"}},
        vdoms=("tenant",),
        confined_to="tenant",
    )
    inventory = read(unit, ping="always")
    assert [token.serial for token in inventory.tokens] == [SERIAL]
    assert {scope for lines in unit.exchanges for scope, _line in lines} == {"vdom:tenant"}
    # What it is shown of administrators cannot be all of them.
    assert (inventory.unit.admins_known, inventory.unit.cfg_save) == (False, "unknown")
    unseen = {each.what: each.right for each in inventory.unit.unseen}
    assert "set scope global" in unseen["the administrators"]
    assert {"all other VDOMs", "the global settings", "the administrators"} <= set(unseen)


class TestGroups:
    def unit(self, refcnt: dict[str, str], vdoms: Sequence[str] = ()) -> FakeUnit:
        line = 'diagnose sys cmdb refcnt show user.group.name "vpn users"'
        answers = {scope: {line: text} for scope, text in refcnt.items()}
        answers["*"] = {"show user local": LDAP_USER, "show user group": GROUP}
        return FakeUnit(answers, vdoms=vdoms)

    @pytest.mark.parametrize(
        ("answer", "used"),
        [
            ("entry used by table firewall.policy:policyid '1'", True),
            ("", False),
            ("Unknown action 0", None),
            ("who knows", None),
        ],
    )
    def test_whether_a_group_is_used(self, answer: str, used: bool | None) -> None:
        (group,) = read(self.unit({"vdom:root": answer})).groups
        assert group.used is used

    @pytest.mark.parametrize(
        ("inside", "outside", "used"),
        [
            ("command parse error before 'cmdb'", "", False),
            ("command parse error before 'cmdb'", "entry used by table firewall.policy:policyid '1'", True),
            ("", "entry used by table firewall.policy:policyid '1'", True),
            ("entry used by table firewall.policy:policyid '1'", "", True),
            ("command parse error before 'cmdb'", "command parse error before 'cmdb'", None),
        ],
    )
    def test_with_vdoms_it_is_asked_in_both_places(self, inside: str, outside: str, used: bool | None) -> None:
        unit = self.unit({"vdom:root": inside, "global": outside}, vdoms=("root",))
        (group,) = read(unit).groups
        assert group.used is used

    def test_it_is_only_asked_where_a_remote_user_has_a_second_factor(self) -> None:
        unit = FakeUnit({"*": {"show user group": GROUP}})
        read(unit)
        assert len(unit.exchanges) == 1

    def test_groups_that_cannot_be_read_are_named(self) -> None:
        inventory = read(FakeUnit({"*": {"show user local": LDAP_USER, "show user group": "Unknown action 0"}}))
        assert inventory.groups_unread == ("root",)


def test_the_surroundings_take_no_exchange_of_their_own() -> None:
    answers = {
        "get system status": STATUS,
        "diagnose sys ntp status": "synchronized: no, ntpsync: enabled, server-mode: disabled",
        "print tablesize": "user.fortitoken: 0 500 500 1\n",
        "diagnose debug config-error-log read": '>>>  "set" "seed" "ENC" "AAAA" @ 7:user.fortitoken:failed (error -61)',
        "show system global": "config system global\nset private-data-encryption enable\nend",
    }
    unit = FakeUnit({"*": answers})
    around = read(unit, ping="always").unit.surroundings
    assert len(unit.exchanges) == 1
    assert (around.ntp_on, around.ntp_synchronized, around.private_data_encryption) == (True, False, True)
    assert around.clock == "2026-03-30 12:00:00" and around.skew is not None
    assert [(table.name, table.used) for table in around.tables] == [("user.fortitoken", 1)]
    assert [line.about for line in around.lost_lines or ()] == ["token"]
    assert "AAAA" not in repr(around)


def test_what_is_refused_of_the_surroundings_stays_unknown() -> None:
    around = read(FakeUnit(), ping="always").unit.surroundings
    assert (around.lost_lines, around.ntp_on, around.skew, around.tables) == (None, None, None, ())
