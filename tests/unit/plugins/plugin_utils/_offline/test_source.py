# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files are told apart by what they hold, and later files add to earlier ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.source import Held, load

HEADER = "#config-version=FG10E1-7.4.8-FW-build2795-250523:opmode=0:vdom=0:user=admin\n#buildno=2795\n"
USERS = 'config user local\n    edit "a"\n    next\nend\n'
TOKENS = 'config user fortitoken\n    edit "FTK200BAA0000001"\n    next\nend\n'
ROWS = "FORTITOKEN DRIFT STATUS\nFTK200BAA0000001 0 active\n\nToken server status: reachable\n"


def read(folder: Path, *texts: str) -> Held:
    paths = []
    for number, text in enumerate(texts):
        path = folder / f"{number}.txt"
        path.write_text(text, encoding="utf-8")
        paths.append(str(path))
    return load(paths)


def test_the_header_of_a_backup_tells_the_release_and_that_all_is_there(tmp_path: Path) -> None:
    held = read(tmp_path, HEADER + USERS)
    assert held.header is not None
    assert (held.header.model, held.header.version, held.header.build) == ("FG10E1", "7.4.8", "2795")
    assert held.complete == {""}
    assert held.tables == {("", "user local"): USERS}


ONE_VDOM = {"#global_vdom=0:vd_name=dmz/vd_index=1\n": "dmz", "#global_vdom=0\n": "unknown", "": "unknown"}


@pytest.mark.parametrize("line", ONE_VDOM)
def test_the_backup_of_one_vdom_is_known_as_such(line: str, tmp_path: Path) -> None:
    held = read(tmp_path, HEADER.replace("vdom=0", "vdom=1") + line + TOKENS)
    only = ONE_VDOM[line]
    assert held.header is not None
    assert held.header.only == only
    assert (held.vdoms, held.complete) == ([only], {only})
    assert held.tables == {(only, "user fortitoken"): TOKENS}


def test_listings_alone_are_not_all_there_is(tmp_path: Path) -> None:
    held = read(tmp_path, USERS + "\n" + ROWS)
    assert held.complete == set()
    assert ("", "diagnose fortitoken info") in held.answers


def test_a_status_list_behind_a_backup_in_one_file_is_read(tmp_path: Path) -> None:
    held = read(tmp_path, HEADER + TOKENS + ROWS)
    assert "FTK200BAA0000001 0 active" in held.answers["", "diagnose fortitoken info"]


def test_later_files_add_to_earlier_ones_and_win(tmp_path: Path) -> None:
    other = USERS.replace('"a"', '"b"')
    held = read(tmp_path, HEADER + USERS, f"F # show user local\n{other}\nF # diagnose fortitoken info\n{ROWS}\nF #\n")
    assert held.tables["", "user local"] == other
    assert held.names == ["0.txt", "1.txt"]
    assert ("", "diagnose fortitoken info") in held.answers


def test_a_filter_that_cuts_entries_into_lines_says_nothing(tmp_path: Path) -> None:
    text = f"F # show user local | grep edit\n{USERS}\nF # show user fortitoken\n{TOKENS}\nF #\n"
    assert list(read(tmp_path, text).tables) == [("", "user fortitoken")]


def test_a_byte_order_mark_and_windows_line_ends_are_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "fw.conf"
    path.write_bytes(b"\xef\xbb\xbf" + (HEADER + USERS).replace("\n", "\r\n").encode())
    assert load([str(path)]).tables == {("", "user local"): USERS}


def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ConsoleFailure, match="is not a file"):
        load([str(tmp_path / "pipe")])


def test_no_file_at_all_is_an_error() -> None:
    with pytest.raises(ConsoleFailure, match="ansible_fortios_source names no file"):
        load([])


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_what_windows_saves_as_unicode_is_read(coding: str, tmp_path: Path) -> None:
    path = tmp_path / "fw.txt"
    for text in (HEADER + USERS, f"F # show user local\n{USERS}\nF # "):
        path.write_bytes((text if coding == "utf-16" else "\ufeff" + text).encode(coding))
        assert load([str(path)]).tables["", "user local"] == USERS
    path.write_bytes(b"\xff\xfe\x00\xd8\x41")
    with pytest.raises(ConsoleFailure, match=r"fw\.txt is not text"):
        load([str(path)])


@pytest.mark.parametrize(
    ("header", "model", "version"),
    [
        ("#config-version=FGVMA6-7.4.8-INTERIM-build2795-250523:opmode=0:vdom=0:user=a", "FGVMA6", "7.4.8"),
        ("#config-version=FG100F-7.6-FW-build3401-240724:opmode=1", "FG100F", "7.6"),
        ("#config-version=FortiGate-100F-7.4.8-FW-build2795-250523:vdom=0", "FortiGate-100F", "7.4.8"),
        (" #config-version=FG100F-7.4.8-FW-build2795-250523:opmode=0:vdom=0:user=a", "FG100F", "7.4.8"),
    ],
)
def test_headers_of_other_forms_tell_the_release(header: str, model: str, version: str, tmp_path: Path) -> None:
    held = read(tmp_path, f"{header}\n{USERS}")
    assert held.header is not None
    assert (held.header.model, held.header.version, held.header.vdoms) == (model, version, False)


def test_the_output_of_two_units_is_never_mixed(tmp_path: Path) -> None:
    one, other = (f"{name} # show user local\n{USERS}\n{name} # \n" for name in ("fw-a", "fw-a2"))
    with pytest.raises(ConsoleFailure, match=r"0\.txt holds output of several units \(fw-a, fw-a2\): make one file"):
        read(tmp_path, one + other)
    # Prompts of other machines, and a name that the unit cut, are no other unit.
    text = f"me@jump:~$ exit\nswitch# show version\nfw-long-name # get system status\n{one.replace('fw-a', 'fw-lo~')}"
    assert read(tmp_path, text).tables["", "user local"] == USERS


def test_a_file_that_holds_nothing_is_refused_also_behind_one_that_does(tmp_path: Path) -> None:
    with pytest.raises(ConsoleFailure, match=r"1\.txt holds nothing of a FortiGate's tokens"):
        read(tmp_path, HEADER + USERS, "<html>Login</html>")
