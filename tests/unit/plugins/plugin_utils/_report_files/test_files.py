# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report files: names, modes, whole or not at all, and one page per run."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files import files, names
from ansible_collections.fortiops.fortitoken.tests.browser.sample_run import (
    ALREADY,
    RUN_ID,
    facts,
    healthy_unit,
    migrated_unit,
    report,
    token,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def hosts_of(index: Path) -> dict[str, str]:
    data = index.read_text(encoding="utf-8").split('id="report-data">')[1].split("</script>")[0]
    return {unit["host"]: unit["result"] for unit in json.loads(data)["units"]}


def test_directory_and_files_are_for_their_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "new" / "reports"
    previous = os.umask(0)
    try:
        path = files.write_report(directory, migrated_unit())
        run = files.write_run(directory, RUN_ID, ["fw-berlin-01"], "Title")
    finally:
        os.umask(previous)
    assert mode(directory) == 0o700
    assert {mode(file) for file in (path, run.index, run.markdown, run.junit, run.data)} == {0o600}
    assert path.name == "fw-berlin-01.json"
    assert json.loads(path.read_text(encoding="utf-8")) == migrated_unit()


def test_existing_directory_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    files.write_report(tmp_path, migrated_unit())
    assert mode(tmp_path) == 0o750


def test_text_that_is_not_unicode_is_written_too(tmp_path: Path) -> None:
    path = files.write_report(tmp_path, {"host": "fw", "comment": "caf\udce9"})
    assert json.loads(path.read_text(encoding="utf-8"))["comment"].startswith("caf")


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("fw-berlin-01.example.org", "fw-berlin-01.example.org.json"),
        ("2001:db8::1", "2001:db8::1.json"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd.json"),
        (".hidden", "%2Ehidden.json"),
        ("a%2Fb", "a%252Fb.json"),
        ("a/b", "a%2Fb.json"),
    ],
)
def test_host_names_make_file_names_inside_the_directory(tmp_path: Path, host: str, name: str) -> None:
    path = names.report_path(tmp_path, host)
    assert path.name == name
    assert path.parent == tmp_path


def test_failed_write_leaves_the_old_report_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files.write_report(tmp_path, migrated_unit())

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write_report(tmp_path, {**migrated_unit(), "result": "healthy"})
    assert json.loads(path.read_text(encoding="utf-8"))["result"] == "partial"
    assert [entry.name for entry in tmp_path.iterdir()] == ["fw-berlin-01.json"]


def test_page_holds_this_run_only(tmp_path: Path) -> None:
    files.write_report(tmp_path, migrated_unit())
    files.write_report(tmp_path, {**healthy_unit(), "host": "old", "run": {"id": "another", "finished": ""}})
    files.write_report(tmp_path, {**healthy_unit(), "host": "stranger"})
    (tmp_path / "broken.json").write_text("{ not json", encoding="utf-8")
    (tmp_path / "list.json").write_text("[1, 2]", encoding="utf-8")
    run = files.write_run(tmp_path, RUN_ID, ["fw-berlin-01", "old", "broken", "list", "absent"], "Title")
    assert hosts_of(run.index) == {
        "fw-berlin-01": "partial",
        **dict.fromkeys(("old", "broken", "list", "absent"), "not_reached"),
    }
    data = json.loads(run.data.read_text(encoding="utf-8"))
    assert {row["host"]: row["result"] for row in data["hosts"]} == hosts_of(run.index)
    assert data == run.summary


def test_page_holds_recent_runs_where_that_is_wanted(tmp_path: Path) -> None:
    """As for the slices of a job, each of which is a run of its own."""
    for host, finished in (("slice-1", "2026-03-01T02:15:00Z"), ("slice-2", "2026-03-01T01:15:00Z"), ("cut", "")):
        files.write_report(tmp_path, {**healthy_unit(), "host": host, "run": {"id": host, "finished": finished}})
    run = files.write_run(tmp_path, RUN_ID, ["slice-1", "slice-2", "cut"], "Title", since="2026-03-01T02:00:00Z")
    assert {row["host"]: row["result"] for row in run.summary["hosts"]} == {
        "slice-1": "healthy",
        "slice-2": "not_reached",
        "cut": "not_reached",
    }


def test_a_host_called_like_the_summary_keeps_its_own_file(tmp_path: Path) -> None:
    path = files.write_report(tmp_path, {**healthy_unit(), "host": "summary"})
    run = files.write_run(tmp_path, RUN_ID, ["summary"], "Title")
    assert path != run.data
    assert hosts_of(run.index) == {"summary": "healthy"}


def report_and_index(directory: Path, number: int, hosts: list[str]) -> None:
    files.write_report(directory, {**healthy_unit(), "host": hosts[number]})
    files.write_run(directory, RUN_ID, hosts, "Title")


def test_many_hosts_at_once_lose_nobody(tmp_path: Path) -> None:
    hosts = [f"fw-{number:02}" for number in range(12)]
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=report_and_index, args=(tmp_path, number, hosts)) for number in range(len(hosts))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * len(hosts)
    assert hosts_of(tmp_path / "index.html") == dict.fromkeys(hosts, "healthy")
    assert sorted(entry.name for entry in tmp_path.glob(".index.html.*")) == []


def test_every_process_is_a_run_of_its_own() -> None:
    first, started = files.run_identity(os.getpid())
    assert files.run_identity(os.getpid()) == (first, started)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        assert files.run_identity(other.pid)[0] != first
        other.communicate(b"\n")
    assert started is not None
    assert started.endswith("Z")


def test_process_that_is_gone_still_has_a_name() -> None:
    assert files.run_identity(2**30) == (str(2**30), None)


def test_tickets_are_for_their_owner_only_and_go_when_their_reason_is_gone(tmp_path: Path) -> None:
    sick = token("FTK200EXAMPLE001", "needs_lock_release", ALREADY, seed=True)
    unlicensed = token("FTKMOBEXAMPLE002", "needs_license", "locked")
    paths = files.write_tickets(tmp_path, report("fw.example.org", before=facts([sick, unlicensed])))
    assert {addressee: path.name for addressee, path in paths.items()} == {
        "tac": "fw.example.org.ticket-tac.txt",
        "customer-service": "fw.example.org.ticket-customer-service.txt",
    }
    assert {mode(path) for path in paths.values()} == {0o600}
    assert "FTK200EXAMPLE001" in paths["tac"].read_text(encoding="utf-8")
    left = files.write_tickets(tmp_path, report("fw.example.org", before=facts([unlicensed])))
    assert list(left) == ["customer-service"]
    assert [path.name for path in tmp_path.iterdir()] == ["fw.example.org.ticket-customer-service.txt"]
