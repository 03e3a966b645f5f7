# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A unit in files answers like a unit, says what it does not hold, and refuses to change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.faults.controller import ModuleFailed
from tests.offline import backup, facts, offline, shell_of, typed

DEAD = "token already activated, and seed won't be returned"
SEED = "00112233445566778899aabbccddeeff00112233"
UNIT: dict[str, Any] = {
    "hostname": "fw-berlin",
    "serial": "FGT60ETK18000001",
    "tokens": [
        {"serial": "FTK200BAA0000001", "seed": SEED, "state": DEAD, "comments": 'desk "1"\nconfig user local'},
        {"serial": "FTK200BAA0000002", "seed": True, "state": "active"},
        {"serial": "FTKMOB0A1B2C3D4E", "state": "provisioned", "license": "EFTM000000000001"},
    ],
    "users": [{"name": "jdoe", "fortitoken": "FTK200BAA0000001", "passwd": "made-up-password"}],
    "admins": [{"name": "netops", "accprofile": "prof_admin"}],
}
VDOMS: dict[str, Any] = {
    **UNIT,
    "vdom_mode": "multi",
    "vdoms": ["root", "dmz"],
    "tokens": [{**token, "vdom": "dmz"} for token in UNIT["tokens"]],
    "users": [{**user, "vdom": "dmz"} for user in UNIT["users"]],
}
IN_DMZ = ("config vdom", "edit dmz", "show user fortitoken", "show user local", "diagnose fortitoken info", "end")


def write(folder: Path, text: str, name: str = "fw.conf") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def verdicts(read: dict[str, Any]) -> dict[str, str]:
    return {token["serial"]: token["verdict"] for token in read["tokens"]}


def gate(read: dict[str, Any], name: str) -> dict[str, str]:
    return next(each for each in read["unit"]["gates"] if each["name"] == name)


@pytest.mark.parametrize("data", [UNIT, VDOMS])
@pytest.mark.parametrize("full", [False, True])
def test_a_backup_shows_tokens_and_users_and_says_what_it_cannot_hold(
    data: dict[str, Any], full: bool, tmp_path: Path
) -> None:
    read = facts(write(tmp_path, backup(shell_of(data), full)))
    assert read["unit"]["hostname"] == "fw-berlin"
    assert read["unit"]["version"] == "7.4.8"
    assert (read["unit"]["serial"], read["connectivity"]["token_server"]) == ("unknown", "unknown")
    assert read["unit"]["ha"]["mode"] == "standalone"
    assert [binding["name"] for binding in read["tokens"][0]["bindings"]] == ["jdoe"]
    assert [token["seed"] for token in read["tokens"]] == [True, True, False]
    assert {token["status"] for token in read["tokens"]} == {"unknown"}
    assert set(verdicts(read).values()) == {"undecided"}
    for token in read["tokens"]:
        assert "diagnose fortitoken info" in token["remedy"]
        assert "does not hold the status" in token["reason"]
    assert read["connectivity"]["pings"] == []
    assert "diagnose fortitoken info" in gate(read, "source")["message"]
    assert {each["state"] for each in read["unit"]["gates"]} == {"passed"}
    assert "unknown" in gate(read, "rights")["message"]


def test_statuses_that_were_copied_complete_a_backup(tmp_path: Path) -> None:
    shell = shell_of(UNIT)
    config = write(tmp_path, backup(shell))
    more = write(tmp_path, typed(shell, "get system status", "diag fortitoken info"), "more.txt")
    read = facts(config, more, options={"ansible_user": "admin"})
    assert list(verdicts(read).values()) == ["needs_lock_release", "healthy", "healthy"]
    assert read["unit"]["serial"] == UNIT["serial"]
    assert {each["name"]: each["state"] for each in read["unit"]["gates"]} | {"source": "passed"} == {
        each["name"]: "passed" for each in read["unit"]["gates"]
    }
    assert "read-write" in str(read["unit"]["rights"])


@pytest.mark.parametrize("prompts", [True, False])
def test_copied_listings_are_enough_for_triage(prompts: bool, tmp_path: Path) -> None:
    shell = shell_of(UNIT)
    lines = ("get system status", "show user fortitoken", "sh user local", "diag fortitoken info")
    text = typed(shell, *lines)
    if not prompts:
        text = "".join("\n".join(shell.execute(line).lines) + "\n\n" for line in lines)
    read = facts(write(tmp_path, text, "ticket.txt"))
    assert list(verdicts(read).values()) == ["needs_lock_release", "healthy", "healthy"]
    assert [binding["name"] for binding in read["tokens"][0]["bindings"]] == ["jdoe"]
    assert "show system admin" in read["unit"]["missing"]
    assert read["unit"]["version"] == "7.4.8"


def test_the_command_of_the_article_is_enough_for_tokens_and_users(tmp_path: Path) -> None:
    text = typed(shell_of(UNIT), "show full-configuration | grep -f FTK", "diagnose fortitoken info")
    read = facts(write(tmp_path, text))
    assert list(verdicts(read).values()) == ["needs_lock_release", "healthy", "healthy"]
    assert [binding["name"] for binding in read["tokens"][0]["bindings"]] == ["jdoe"]
    assert read["unit"]["version"] == "unknown"
    assert "does not say which FortiOS release" in gate(read, "firmware")["message"]


def test_a_copy_of_one_vdom_is_read_in_that_vdom(tmp_path: Path) -> None:
    read = facts(write(tmp_path, typed(shell_of(VDOMS), *IN_DMZ)))
    assert read["unit"]["vdoms"] == ["dmz"]
    assert {token["vdom"] for token in read["tokens"]} == {"dmz"}
    assert list(verdicts(read).values()) == ["needs_lock_release", "healthy", "healthy"]


def test_a_status_list_without_its_vdom_goes_to_the_tokens_it_names(tmp_path: Path) -> None:
    shell = shell_of(VDOMS)
    config = write(tmp_path, backup(shell))
    typed(shell, "config vdom", "edit dmz")
    more = write(tmp_path, "\n".join(shell.execute("diagnose fortitoken info").lines), "more.txt")
    read = facts(config, more)
    assert list(verdicts(read).values()) == ["needs_lock_release", "healthy", "healthy"]
    assert {token["vdom"] for token in read["tokens"]} == {"dmz"}


def test_the_backup_of_one_vdom_says_nothing_of_the_others(tmp_path: Path) -> None:
    shell = shell_of(VDOMS)
    typed(shell, "config vdom", "edit dmz")
    header = (
        "#config-version=FG10E1-7.4.8-FW-build2795-250523:opmode=0:vdom=1:user=admin\n#buildno=2795\n"
        "#global_vdom=0:vd_name=dmz/vd_index=1\n"
    )
    read = facts(write(tmp_path, header + "\n".join(shell.execute("show").lines) + "\n"))
    assert read["unit"]["vdoms"] == ["dmz"]
    assert read["unit"]["ha"]["role"] == "unknown"
    assert [binding["name"] for binding in read["tokens"][0]["bindings"]] == ["jdoe"]


def test_users_that_are_not_shown_are_missed(tmp_path: Path) -> None:
    plain = {**UNIT, "tokens": [{**UNIT["tokens"][0], "comments": "desk"}]}
    source = write(tmp_path, typed(shell_of(plain), "show user fortitoken", "diagnose fortitoken info"))
    read = facts(source, lock_released=["all"])
    assert "show user local" in read["unit"]["missing"]
    # A token is due, and nobody knows who uses it.
    assert gate(read, "source")["state"] == "blocked"
    assert "'show user local'" in gate(read, "source")["remedy"]


def test_a_status_list_alone_asks_for_the_entries(tmp_path: Path) -> None:
    read = facts(write(tmp_path, typed(shell_of(UNIT), "diagnose fortitoken info")))
    assert set(verdicts(read).values()) == {"undecided"}
    assert all("show user fortitoken" in token["remedy"] for token in read["tokens"])


def test_no_secret_of_the_files_comes_out(tmp_path: Path) -> None:
    shell = shell_of(VDOMS)
    text = backup(shell, full=True)
    read = json.dumps(facts(write(tmp_path, text)))
    assert shell.unit.secrets()
    assert [secret for secret in shell.unit.secrets() if secret in read] == []
    assert SEED in text


def test_changing_modules_refuse_before_anything_and_plan_in_check_mode(tmp_path: Path) -> None:
    lines = ("get system status", "show user fortitoken", "show user local", "show system admin", "show system global")
    more = ("show system accprofile", "show user group", "show system central-management", "diagnose fortitoken info")
    tokens = [{**UNIT["tokens"][0], "comments": "desk 1"}]
    source = write(tmp_path, typed(shell_of({**UNIT, "tokens": tokens}), *lines, *more))
    wanted = {"serials": ["FTK200BAA0000001"], "lock_released": ["all"], "journal": str(tmp_path / "j" / "fw.json")}
    with offline(source, ansible_user="admin") as play:
        for module in ("fortitoken_purge", "fortitoken_activate"):
            with pytest.raises(ModuleFailed, match="read from a file"):
                play.run(module, **wanted)
        with pytest.raises(ModuleFailed, match="read from a file"):
            play.run("fortitoken_debug", state="enabled")
        planned = play.run("fortitoken_purge", check_mode=True, **wanted)
        assert "delete" in " ".join(planned["commands"])
    assert not (tmp_path / "j").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\x1f\x8b\x08\x00abc", "compressed"),
        (b"#FGBK|4|FG10E1|7|04|2795|\n\x88\x99", "encrypted backup"),
        (
            b"#config-version=FAZVM6-7.4.8-FW-build1-1:opmode=0\nconfig system global\nend\n",
            "configuration of a FAZVM6",
        ),
        (b"#config-version=FG10E1-7.4.8-FW-build1-1:opmode=0:vdom=0\nfoo: bar\n", "no configuration in CLI form"),
        (b"Dear customer,\nplease find attached\n", "holds nothing of a FortiGate's tokens"),
        (b"PNG\x00\x00", "is not text"),
        (b'{"fortitoken_recording": 1}\n{"t": 0, "in": "a', "cut off"),
        (b'{"fortitoken_recording": 9}\n', "version 9"),
    ],
)
def test_a_foreign_file_gets_one_clear_error(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "fw.conf"
    path.write_bytes(content)
    with pytest.raises(ModuleFailed, match=message) as failed:
        facts(path)
    assert "fw.conf" in failed.value.result["msg"]
    assert failed.value.result["kind"] == "refused"


def test_a_backup_that_ends_between_two_vdoms_is_cut_off(tmp_path: Path) -> None:
    text = backup(shell_of(VDOMS))
    cut = text[: text.rindex("config vdom")]
    with pytest.raises(ModuleFailed, match="cut off: it says nothing of dmz"):
        facts(write(tmp_path, cut))


def test_a_file_that_is_not_there_or_is_a_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModuleFailed, match="No such file"):
        facts(tmp_path / "nothing.conf")
    with pytest.raises(ModuleFailed, match=r"directory|not a file"):
        facts(tmp_path)
