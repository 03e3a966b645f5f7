# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copied terminal output is taken apart by its prompts, whatever the host is called."""

from __future__ import annotations

import pytest

from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.transcript import (
    cleaned,
    full_form,
    listings,
    split,
)


@pytest.mark.parametrize(
    "host", ["FGT", "Firewall A", "FW(dc1)", "fw-1.example.com", "fw(Primary)", "fw (Secondary)", "(M) fw"]
)
@pytest.mark.parametrize("sign", ["#", "$"])
def test_prompts_of_any_host_name_divide_the_text(host: str, sign: str) -> None:
    text = (
        f"Welcome!\n{host} {sign} get system status\nHostname: x\n\n{host} {sign} config vdom\n\n{host} (vdom) {sign} "
        f"edit dmz\ncurrent vf=dmz:1\n\n{host} (dmz) {sign} diag fortitoken info\nROWS\n\n{host} (dmz) {sign} end\n\n"
        f"{host} {sign} config global\n\n{host} (global) {sign} sh full sys admin\nADMINS\n\n{host} (global) {sign}\n"
    )
    before, exchanges = split(text)
    assert before == "Welcome!\n"
    assert [(each.scope, each.line, each.output) for each in exchanges] == [
        ("", "get system status", "Hostname: x"),
        ("dmz", "diagnose fortitoken info", "ROWS"),
        ("global", "show full-configuration sys admin", "ADMINS"),
    ]


def test_a_listing_inside_of_a_table_belongs_to_the_vdom_around_it() -> None:
    text = (
        "F # config vdom\nF (vdom) # edit dmz\nF (dmz) # config user local\nF (local) # show\nTABLE\nF (local) # end\n"
        "F (dmz) # end\nF # show\n"
    )
    assert [(each.scope, each.output) for each in split(text)[1]] == [("dmz", "TABLE"), ("", "")]


def test_blanks_in_front_of_a_line_are_keys_for_the_pager() -> None:
    assert [each.line for each in split("F (root) #     diagnose fortitoken info\nROWS\nF (root) #    \n")[1]] == [
        "diagnose fortitoken info"
    ]


def test_configuration_that_looks_like_a_prompt_is_none() -> None:
    text = '    set comments "F # show user local"\nset a "F # get x"\n#comment\nconfig a # show b\n'
    assert split(text) == (text, [])


def test_a_name_that_is_cut_in_a_longer_context_is_the_same_unit() -> None:
    text = "fw-berlin # get system status\nA\nfw-ber~ (global) # print tablesize\nB\nother # get x\nC\n"
    assert [(each.line, each.output.split("\n")[0]) for each in split(text)[1]] == [
        ("get system status", "A"),
        ("print tablesize", "B"),
    ]


def test_pager_and_colors_are_removed() -> None:
    assert cleaned("a\r\n--More-- \r         \r\x1b[1mb\x1b[0m\r\r\n") == "a\nb\n"


def test_abbreviated_lines_are_written_out() -> None:
    assert full_form("di fort info") == "diagnose fortitoken info"
    assert full_form("get sys ha stat") == "get system ha status"
    assert full_form("exec  ping 192.0.2.1") == "execute ping 192.0.2.1"
    assert full_form("get user local") == "get user local"


def test_listings_without_prompts_are_known_by_their_first_lines() -> None:
    text = (
        "hello\nVersion: FortiGate-60F v7.4.8,build2795,250523 (GA.M)\nSerial-Number: X\n\x000\x00\n"
        "FTK200BAA0000001 0 active\nFTK200BAA0000002 0 new\nToken server status: reachable\n\x001\x00\nbye\n"
    )
    assert [(each.line, each.output) for each in listings(text)] == [
        ("get system status", "Version: FortiGate-60F v7.4.8,build2795,250523 (GA.M)\nSerial-Number: X"),
        (
            "diagnose fortitoken info",
            "FTK200BAA0000001 0 active\nFTK200BAA0000002 0 new\nToken server status: reachable",
        ),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "FW (dc1) # get system status\nHostname: FW (dc1)\n\nFW (dc1) # show user local\nx\nFW (dc1) # \n",
        "FW (dc1) # show user local\nx\nFW (dc1) # config global\n\nFW (dc1) (global) # end\nFW (dc1) # \n",
    ],
)
def test_parentheses_of_a_host_name_are_no_scope(text: str) -> None:
    assert [each.scope for each in split(text)[1]] == [""] * len(split(text)[1])
    assert "show user local" in [each.line for each in split(text)[1]]
