# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that an operator hands to a run are found by host, read, and refused in words."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import DocumentError
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files import documents


def checked(data: Any) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise ValueError("it is not an object")
    return data


def test_what_is_written_is_read_again_from_the_folder_or_the_file(tmp_path: Path) -> None:
    written = documents.write(tmp_path / "folder", "fw-a", {"name": "gr\u00fcn"})
    for source in (tmp_path / "folder", written.path):
        assert documents.read(str(source), "fw-a", "remediate_baseline", checked) == written
    assert written.path.stat().st_mode & 0o777 == 0o600
    assert written.digest == hashlib.sha256(written.path.read_bytes()).hexdigest()


def test_the_same_data_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (documents.write(tmp_path, host, {"a": [1, 2]}) for host in ("fw-a", "fw-b"))
    assert first.path != second.path
    assert first.digest == second.digest


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read: No such file"), ("[]", "cannot be used: it is not an object"), ("{", "fw.json")],
)
def test_a_file_that_cannot_be_used_is_named_with_its_option(tmp_path: Path, content: str | None, words: str) -> None:
    path = tmp_path / "fw.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(DocumentError, match=rf"^remediate_plan: .*{words}"):
        documents.read(str(path), "fw", "remediate_plan", checked)


def test_a_file_that_somebody_else_could_have_written_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fw.json"
    path.write_text("{}")
    path.chmod(0o666)
    with pytest.raises(DocumentError, match=r"^remediate_plan: "):
        documents.read(str(path), "fw", "remediate_plan", checked)


@pytest.mark.parametrize("registered", [None, "text", {"skipped": True, "a": 1}])
def test_a_task_that_did_not_run_has_no_result(registered: Any) -> None:
    assert documents.result(registered) == {}


def test_what_was_left_out_is_taken_from_the_file(tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps({"commands": ["x"], "changed": False}))
    registered = {"omitted": {"commands": 1}, "saved_to": str(path), "changed": True}
    assert documents.result(registered) == {**registered, "commands": ["x"]}
    path.write_text("[]")
    with pytest.raises(DocumentError, match="it is not an object"):
        documents.result(registered)
    path.unlink()
    with pytest.raises(DocumentError, match="The rest of a task's result in "):
        documents.result(registered)


def test_facts_themselves_or_in_a_file(tmp_path: Path) -> None:
    facts = {"unit": {}, "tokens": [], "summary": {}}
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(facts))
    assert documents.facts(facts) == documents.facts(str(path)) == facts


@pytest.mark.parametrize("given", [None, {}, {"unit": {}, "tokens": []}, []])
def test_what_is_no_facts(given: Any) -> None:
    with pytest.raises(DocumentError, match="must be the facts of"):
        documents.facts(given)
