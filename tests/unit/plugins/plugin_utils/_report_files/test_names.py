# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""File names made of host names: inside the folder, and no two hosts share one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml
from ansible.plugins.filter.core import regex_replace
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, StrictUndefined

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.files import ticket_path
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._report_files.names import file_name, report_path

ROOT = Path(__file__).parents[5]
HOSTS = st.text(alphabet=st.sampled_from("ab./\\%~\n\x00-2FE") | st.characters(codec=None), max_size=30)
LONG = st.text(alphabet="ab\u00e4/", min_size=140, max_size=400)


@given(HOSTS | LONG)
def test_a_name_stays_inside_its_folder(host: str) -> None:
    folder = Path("/reports")
    for path in (report_path(folder, host), ticket_path(folder, host, "customer-service")):
        assert path.parent == folder
        assert Path(os.path.normpath(path)).parent == folder
        assert not path.name.startswith(".")
        assert len(os.fsencode(path.name)) < 230


@given(HOSTS | LONG, HOSTS | LONG)
def test_no_two_hosts_share_a_name(one: str, other: str) -> None:
    assert (file_name(one) == file_name(other)) is (one == other)


def test_names_that_escape_into_each_other_do_not() -> None:
    assert len({file_name(host) for host in ("a/b", "a%2Fb", "a%252Fb", "a\\b")}) == 4
    assert len({file_name(host) for host in ("summary", "%73ummary")}) == 2


@pytest.mark.parametrize(
    "host", ["fw-01.example.org", "../../etc/cron", "..", ".hidden", "a%2Fb", "c:\\x", "2001:db8::1", "fw 1"]
)
def test_the_role_names_its_files_in_the_same_way(host: str) -> None:
    role = yaml.safe_load((ROOT / "roles" / "remediate" / "vars" / "main.yml").read_text(encoding="utf-8"))
    environment = Environment(undefined=StrictUndefined)
    environment.filters["regex_replace"] = regex_replace
    assert environment.from_string(role["remediate__name"]).render(inventory_hostname=host) == file_name(host)
