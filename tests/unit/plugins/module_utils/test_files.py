# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files on the controller: who may have written them, and how they are named."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils import _files
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import FileError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir(0o700)
    path = folder / "data.json"
    path.write_bytes(b"{}")
    path.chmod(0o600)
    return path


def test_a_file_of_mine_is_read(file: Path) -> None:
    assert _files.read_trusted(file) == b"{}"
    file.chmod(0o444)
    assert _files.read_trusted(file) == b"{}"


def test_what_is_not_there(file: Path) -> None:
    assert _files.read_trusted(file.with_name("other")) is None
    assert _files.read_trusted(file.parent / "no" / "folder") is None


@pytest.mark.parametrize("mode", [0o666, 0o602])
def test_a_file_that_others_can_write(file: Path, mode: int) -> None:
    file.chmod(mode)
    with pytest.raises(
        FileError, match=rf"it can be written by other users \(mode {mode:04o}\).* chmod go-w"
    ) as caught:
        _files.read_trusted(file)
    assert str(file) in str(caught.value)


def test_a_folder_that_others_can_write(file: Path) -> None:
    file.parent.chmod(0o777)
    with pytest.raises(FileError, match=r"the folder .*mine can be written by other users \(mode 0777\)"):
        _files.read_trusted(file)
    # As /tmp: only the owner of a file can put another one in its place.
    file.parent.chmod(0o1777)
    assert _files.read_trusted(file) == b"{}"


def test_a_folder_above_that_others_can_write(file: Path) -> None:
    inner = file.parent / "inner"
    inner.mkdir(0o700)
    moved = file.rename(inner / "data.json")
    file.parent.chmod(0o757)
    with pytest.raises(FileError, match=r"the folder .*mine can be written"):
        _files.read_trusted(moved)


def test_a_symbolic_link(file: Path) -> None:
    link = file.with_name("link")
    link.symlink_to(file)
    with pytest.raises(FileError, match="it is a symbolic link"):
        _files.read_trusted(link)


def test_a_dangling_link_is_not_a_missing_file(file: Path) -> None:
    link = file.with_name("link")
    link.symlink_to("nowhere")
    with pytest.raises(FileError, match="it is a symbolic link"):
        _files.read_trusted(link)


def test_a_folder_may_be_reached_over_a_link(file: Path, tmp_path: Path) -> None:
    (tmp_path / "way").symlink_to(file.parent)
    assert _files.read_trusted(tmp_path / "way" / file.name) == b"{}"


def make_fifo(path: Path) -> None:
    os.mkfifo(path, 0o600)


@pytest.mark.parametrize("make", [make_fifo, Path.mkdir])
def test_what_is_not_a_file(file: Path, make: Callable[[Path], None]) -> None:
    path = file.with_name("odd")
    make(path)
    with pytest.raises(FileError, match="it is not a regular file"):
        _files.read_trusted(path)


def test_a_device() -> None:
    with pytest.raises(FileError, match="it is not a regular file"):
        _files.read_trusted("/dev/zero")


def test_a_file_that_is_too_large(file: Path) -> None:
    file.write_bytes(b"x" * 11)
    with pytest.raises(FileError, match="larger than 10 bytes"):
        _files.read_trusted(file, most=10)
    assert _files.read_trusted(file, most=11) == b"x" * 11


def test_a_file_that_grows_while_it_is_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_bytes(b"x" * 20)
    real = os.fstat

    def early(descriptor: int) -> Any:
        found = real(descriptor)
        names = ("st_mode", "st_uid", "st_gid")
        return SimpleNamespace(**{name: getattr(found, name) for name in names}, st_size=5)

    monkeypatch.setattr(os, "fstat", early)
    with pytest.raises(FileError, match="larger than 10 bytes"):
        _files.read_trusted(file, most=10)


def checked(uid: int, gid: int, mode: int) -> str:
    """What is said against a file of this owner, group and mode."""
    path = Path("/x/data.json")
    found: Any = SimpleNamespace(st_uid=uid, st_gid=gid, st_mode=mode)
    try:
        _files._check_owner(path, path, found)
    except FileError as error:
        return str(error)
    return ""


def test_who_may_own_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert checked(0, 0, stat.S_IFREG | 0o644) == ""
    assert checked(1000, 5, stat.S_IFREG | 0o600) == ""
    assert "belongs to another user (uid 1001)" in checked(1001, 5, stat.S_IFREG | 0o600)


def test_which_group_may_write(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {
        1000: SimpleNamespace(gr_name="me", gr_mem=[]),
        1001: SimpleNamespace(gr_name="team", gr_mem=[]),
        1002: SimpleNamespace(gr_name="me", gr_mem=["me", "you"]),
    }
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(_files.grp, "getgrgid", groups.__getitem__)
    user = SimpleNamespace(pw_name="me", pw_gid=1000)
    monkeypatch.setattr(_files.pwd, "getpwuid", lambda uid: user)
    mode = stat.S_IFREG | 0o664
    # The private group of a user (umask 002), and root's, which containers of OpenShift run in.
    assert checked(1000, 1000, mode) == ""
    assert checked(1000, 0, mode) == ""
    assert "can be written by other users" in checked(1000, 1001, mode)
    user.pw_gid = 1001
    assert "can be written by other users" in checked(1000, 1001, mode)
    user.pw_gid = 1002
    assert "can be written by other users" in checked(1000, 1002, mode)
    assert "can be written by other users" in checked(1000, 4711, mode)


@given(st.text(st.characters(), max_size=60))
def test_any_name_gives_a_file_or_the_documented_error(name: str) -> None:
    with suppress(FileError):
        assert _files.read_trusted(f"/nowhere/{name}") is None


@given(st.binary(max_size=200) | st.sampled_from([b"[" * 100_000, b"1" * 5000, b"NaN", b'{"a": Infinity}', b"\xff"]))
def test_any_bytes_are_json_or_the_documented_error(raw: bytes) -> None:
    try:
        _files.parse_json("x", raw)
    except FileError as error:
        assert "not valid JSON" in str(error)


def test_json_with_a_byte_order_mark() -> None:
    assert _files.parse_json("x", b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("fw-berlin-01.example.com", "fw-berlin-01.example.com"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        (".hidden", "%2Ehidden"),
        ("a\\b", "a%5Cb"),
        ("a%2Fb", "a%252Fb"),
        ("a\nb\x1b", "a%0Ab%1B"),
        ("Büro 1", "Büro 1"),
        ("-oProxyCommand=x", "%2DoProxyCommand=x"),
        ("fw\u202egpj", "fw%E2%80%AEgpj"),
        ("", "%"),
    ],
)
def test_names_of_files(name: str, safe: str) -> None:
    assert _files.safe_name(name) == safe


@given(st.lists(st.text(st.characters()) | st.text("./\\%", max_size=4), min_size=2, max_size=2, unique=True))
def test_a_name_stays_in_its_folder_and_is_its_own(names: list[str]) -> None:
    first, second = map(_files.safe_name, names)
    assert first != second
    for name in (first, second):
        path = Path("/folder") / name
        assert path.parent == Path("/folder") and path.name not in ("", ".", "..")
        assert len(os.fsencode(f"{name}.ticket-customer-service.txt")) <= 255


def test_a_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    _files.save_json(str(tmp_path / "a" / "b" / "x.json"), {"a": 1})
    assert [stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a", tmp_path / "a" / "b")] == [0o700, 0o700]
    assert stat.S_IMODE((tmp_path / "a" / "b" / "x.json").stat().st_mode) == 0o600
    assert _files.read_trusted(tmp_path / "a" / "b" / "x.json") == b'{"a": 1}'


def test_who_comes_second_waits_until_the_first_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    seen: list[str] = []

    def second() -> None:
        with _files.locked(path):
            seen.append("second")

    with _files.locked(path):
        other = threading.Thread(target=second)
        other.start()
        other.join(0.2)
        seen.append("first")
    other.join(10)
    assert seen == ["first", "second"] and path.stat().st_mode & 0o777 == 0o600
