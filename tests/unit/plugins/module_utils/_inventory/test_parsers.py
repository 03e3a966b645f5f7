# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The parsers against every documented form of what a unit prints, and against anything else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ParseError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory import parsers
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    USER,
    is_serial,
    kind_of,
)

FIXTURES = Path(__file__).parents[1] / "fixtures"


def text(name: str) -> str:
    return (FIXTURES / name).read_text(encoding="utf-8")


def test_tokens_with_a_seed_in_any_quoting() -> None:
    tokens = parsers.parse_tokens(text("show_user_fortitoken.txt"), "root")
    assert {serial: token.seed for serial, token in tokens.items()} == {
        "FTK200BAA0000001": True,
        "FTK200BAA0000002": True,
        "FTK200BAA0000003": True,
        "FTK200BAA0000004": False,
        "FTKMOB0A1B2C3D4E": False,
    }


def test_settings_are_kept_as_they_were_and_seeds_and_license_data_are_not() -> None:
    tokens = parsers.parse_tokens(text("show_user_fortitoken.txt"), "root")
    assert tokens["FTK200BAA0000001"].comments == 'reception "front" desk, C:\\keys, it\'s ours'
    assert tokens["FTK200BAA0000002"].locked
    assert tokens["FTK200BAA0000003"].comments == "first line\nsecond line"
    assert tokens["FTKMOB0A1B2C3D4E"].license == "FTMTRIAL0A1B2C3D"
    assert tokens["FTKMOB0A1B2C3D4E"].settings == ()
    assert "0123456789abcdef" not in repr(tokens)


def test_grep_marks_and_several_vdoms() -> None:
    root = parsers.parse_config(text("show_full_grep_ftk.txt"))
    vdoms = root.configs["vdom"].edits
    assert list(vdoms) == ["root", "dmz"]
    assert list(vdoms["root"].configs["user fortitoken"].edits) == ["FTK200BAA0000001"]
    assert vdoms["root"].configs["user fortitoken"].edits["FTK200BAA0000001"].value("comments") == "about FTK"
    assert vdoms["root"].configs["user local"].edits["jdoe"].value("fortitoken") == "FTK200BAA0000001"
    assert list(vdoms["dmz"].configs["user fortitoken"].edits) == ["FTKMOB0A1B2C3D4E"]


@pytest.mark.parametrize("cut", range(5, 60, 7))
def test_a_listing_that_is_cut_short_is_never_believed(cut: int) -> None:
    whole = text("show_user_fortitoken.txt")
    with pytest.raises(ParseError):
        parsers.parse_tokens(whole[: len(whole) - cut], "root")


def test_an_empty_table_has_no_tokens_and_another_table_is_refused() -> None:
    assert parsers.parse_tokens("", "root") == {}
    assert parsers.parse_tokens("config user fortitoken\nend\n", "root") == {}
    with pytest.raises(ParseError, match="no 'config user fortitoken'"):
        parsers.parse_tokens("config user local\nend\n", "root")


def test_status_list_with_free_text_statuses() -> None:
    statuses = parsers.parse_status_list(text("diagnose_fortitoken_info.txt"))
    assert statuses.token_server == "reachable"
    assert statuses.rows["FTK200BAA0000002"] == (-3, "token already activated, and seed won't be returned")
    assert statuses.rows["FTK200BAA0000003"] == (0, "activation error (token not exist in FortiGuard)")
    assert statuses.rows["FTKMOB0A1B2C3D4E"] == (0, "provision timeout")
    assert len(statuses.rows) == 6


def test_status_list_without_a_trailer_leaves_the_server_unknown() -> None:
    statuses = parsers.parse_status_list("FORTITOKEN DRIFT STATUS\nFTK200BAA0000001 0 active\n")
    assert statuses.token_server == "unknown"


def test_two_rows_that_disagree_become_one_that_nothing_matches() -> None:
    statuses = parsers.parse_status_list("FTK200BAA0000001 0 active\nFTK200BAA0000001 0 new\n")
    assert statuses.rows["FTK200BAA0000001"] == (0, "active / new")


@pytest.mark.parametrize("answer", ["", "Unknown action 0\n", "sorry\n", "FTK200BAA0000001 active\n"])
def test_what_is_no_status_list_is_refused(answer: str) -> None:
    with pytest.raises(ParseError):
        parsers.parse_status_list(answer)


def test_both_sides_are_merged_and_one_sided_tokens_stay_visible() -> None:
    configured = parsers.parse_tokens(text("show_user_fortitoken.txt"), "root")
    statuses = parsers.parse_status_list(text("diagnose_fortitoken_info.txt"))
    merged = {token.serial: token for token in parsers.merge_tokens(configured, statuses, "root")}
    assert merged["FTK200BAA0000001"].present == "both"
    assert merged["FTKMOB0A1B2C3D4F"].present == "status"
    del statuses.rows["FTK200BAA0000004"]
    merged = {token.serial: token for token in parsers.merge_tokens(configured, statuses, "root")}
    assert merged["FTK200BAA0000004"].present == "config"
    assert merged["FTK200BAA0000004"].status is None


def test_users_and_administrators() -> None:
    users = parsers.parse_accounts(
        'config user local\nedit "j d\\"oe"\nset type password\nset two-factor fortitoken\n'
        'set fortitoken "FTK200BAA0000001"\nset email-to "j@example.com"\nnext\n'
        'edit "off"\nset status disable\nnext\nend\n',
        USER,
        "dmz",
    )
    assert (users[0].name, users[0].vdom, users[0].status, users[0].fortitoken, users[0].email) == (
        'j d"oe',
        "dmz",
        "enable",
        "FTK200BAA0000001",
        True,
    )
    assert users[1].status == "disable"
    admins = parsers.parse_accounts(
        'config system admin\nedit "admin"\nset accprofile "super_admin"\nconfig gui-dashboard\nedit 1\n'
        'set name "Status"\nnext\nend\nset two-factor fortitoken\nset fortitoken "FTK200BAA0000002"\nnext\nend\n',
        ADMIN,
    )
    assert (admins[0].status, admins[0].vdom, admins[0].fortitoken) == (None, "global", "FTK200BAA0000002")


def test_system_status_of_an_f_series_unit() -> None:
    status = parsers.parse_system_status(text("get_system_status_60f_748.txt"))
    assert (status.model, status.version, status.build) == ("FortiGate-60F", "7.4.8", "2795")
    assert (status.serial, status.hostname) == ("FGT61FTK20012345", "FGT-BERLIN")
    assert (status.ha_mode, status.ha_role) == ("a-p", "primary")


@pytest.mark.parametrize(
    ("line", "mode", "role"),
    [
        ("Current HA mode: standalone", "standalone", "standalone"),
        ("Current HA mode: a-p, master", "a-p", "primary"),
        ("Current HA mode: a-a, secondary", "a-a", "secondary"),
        ("Current HA mode: a-p, backup", "a-p", "unknown"),
        ("", "standalone", "standalone"),
    ],
)
def test_ha_roles_in_old_and_new_words(line: str, mode: str, role: str) -> None:
    status = parsers.parse_system_status(
        f"Version: FortiGate-VM64 v6.0.4,build0231,190107 (GA)\nSerial-Number: FGVM1\n{line}\n"
    )
    assert (status.ha_mode, status.ha_role, status.build) == (mode, role, "231")


def test_ha_members_are_found_though_their_serials_look_like_tokens() -> None:
    answer = (
        "Primary     : FGT-A, FG100FTK20022128, HA cluster index = 0\n"
        "Secondary   : FGT-B, FG100FTK20022129, index = 1\n"
    )
    assert parsers.parse_ha_members(answer) == ("FG100FTK20022128", "FG100FTK20022129")
    assert parsers.parse_ha_role(answer, "FG100FTK20022128") == "primary"
    assert parsers.parse_ha_role(answer, "FG100FTK20022129") == "secondary"
    assert parsers.parse_ha_role(answer, "FG100FTK20022130") == "unknown"
    # A unit that is listed in both roles has none that can be trusted.
    both = answer + "Secondary   : FGT-A, FG100FTK20022128, index = 1\n"
    assert parsers.parse_ha_role(both, "FG100FTK20022128") == "unknown"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('    set type fortimanager\n    set fmg "192.0.2.7"\n', ("fortimanager", "192.0.2.7")),
        ("    set type fortimanager\n", ("fortimanager", "")),
        ("    set type fortiguard\n", ("fortiguard", "")),
        ("", ("default", "")),
    ],
)
def test_central_management(body: str, expected: tuple[str, str]) -> None:
    assert parsers.parse_management(f"config system central-management\n{body}end\n") == expected


@pytest.mark.parametrize(
    ("answer", "resolved", "sent", "received"),
    [
        ("5 packets transmitted, 5 packets received, 0% packet loss\n", True, 5, 5),
        ("5 packets transmitted, 0 packets received, 100% packet loss\n", True, 5, 0),
        ("Unable to resolve hostname.\n", False, 0, 0),
        ("sendto failed\n", None, 0, 0),
        ("", None, 0, 0),
    ],
)
def test_ping(answer: str, resolved: bool | None, sent: int, received: int) -> None:
    ping = parsers.parse_ping(answer, "fds1.fortinet.com")
    assert (ping.resolved, ping.sent, ping.received) == (resolved, sent, received)


@pytest.mark.parametrize(
    ("serial", "valid", "kind"),
    [
        ("FTK200BAA0000000", True, "hardware"),
        ("FTK2000ABC1DEFGH", True, "hardware"),
        ("FTKMOB0A1B2C3D4E", True, "mobile"),
        ("FGT61FTK20012345", False, "unknown"),
        ("FG100FTK20022128", False, "unknown"),
        ("FTKXYZ0A1B2C3D4E", False, "unknown"),
        ("FTK200BAA000000", False, "unknown"),
        ("FTK200BAA00000000", False, "unknown"),
    ],
)
def test_token_serials_are_told_from_unit_serials(serial: str, valid: bool, kind: str) -> None:
    assert is_serial(serial) is valid
    assert kind_of(serial) == kind


ANY_TEXT = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(
            [
                "config user fortitoken",
                "config user local",
                'edit "FTK200BAA0000001"',
                "edit",
                'set comments "x',
                'set seed "',
                "set",
                "next",
                "end",
                "FTK200BAA0000001 0 new",
                "Token server status:",
                "5 packets transmitted, 9 packets received",
                "Version: FortiGate v1.2,build1",
                "\\",
                '"',
            ]
        )
    ).map("\n".join),
)


@given(ANY_TEXT)
@example("FTK200BAA0000001  99999999999999999999999999  x")
def test_no_text_whatever_raises_anything_but_a_parse_error(garbage: str) -> None:
    for parse in (
        lambda: parsers.parse_tokens(garbage, "root"),
        lambda: parsers.parse_status_list(garbage),
        lambda: parsers.parse_accounts(garbage, USER, "root"),
        lambda: parsers.parse_accounts(garbage, ADMIN),
        lambda: parsers.parse_system_status(garbage),
        lambda: parsers.parse_management(garbage),
        lambda: parsers.parse_global(garbage),
        lambda: parsers.parse_groups(garbage, "root"),
        lambda: parsers.parse_ha_role(garbage, "FG100FTK20022128"),
        lambda: parsers.parse_ha_members(garbage),
        lambda: parsers.parse_ping(garbage, "h").as_dict(),
    ):
        try:
            parse()
        except ParseError as error:
            assert str(error)


@given(
    st.text(alphabet=st.characters(exclude_categories=("C", "Z")) | st.sampled_from(' "\\\n'), min_size=0, max_size=60)
)
def test_a_value_survives_being_quoted_and_read(value: str) -> None:
    from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import quote

    value = value.replace("\r", "")
    shown = f'config user fortitoken\n    edit "FTK200BAA0000001"\n        set comments {quote(value)}\n    next\nend\n'
    assert parsers.parse_tokens(shown, "root")["FTK200BAA0000001"].comments == value


def test_every_line_of_an_account_is_kept_and_a_secret_only_as_a_mark() -> None:
    (account,) = parsers.parse_accounts(
        'config user local\nedit "eve"\nset type ldap\nset two-factor fortitoken\n'
        'set fortitoken "FTK200BAA0000001"\nset ldap-server "dir one"\nset passwd ENC abcdefgh\n'
        "set ppk-secret 0x1234\nset odd-thing ENC zzzz\nset username-sensitivity disable\nnext\nend\n",
        USER,
        "root",
    )
    assert account.settings == (
        ("type", ("ldap",)),
        ("two-factor", ("fortitoken",)),
        ("fortitoken", ("FTK200BAA0000001",)),
        ("ldap-server", ("dir one",)),
        ("passwd", ("<redacted>",)),
        ("ppk-secret", ("<redacted>",)),
        ("odd-thing", ("<redacted>",)),
        ("username-sensitivity", ("disable",)),
    )
    assert (account.remote_type, account.server) == ("ldap", "dir one")


def test_groups_with_their_members_and_the_servers_of_their_matches() -> None:
    found = parsers.parse_groups(
        'config user group\nedit "vpn users"\nset member "eve" "dir one"\nconfig match\nedit 1\n'
        'set server-name "dir two"\nset group-name "cn=vpn"\nnext\nend\nnext\nedit "none"\nnext\nend\n',
        "root",
    )
    assert [(group.name, group.members, group.matched, group.used) for group in found] == [
        ("vpn users", ("eve", "dir one"), ("dir two",), None),
        ("none", (), (), None),
    ]
    assert found[0].admits("dir one") and found[0].admits("dir two") and not found[0].admits("dir three")
    # The server of a user is not always shown; then any member may be it.
    assert found[0].admits("") and not found[1].admits("")


def test_a_comment_with_a_mark_of_grep_in_it_stays_whole() -> None:
    shown = 'config user fortitoken\nedit "FTK200BAA0000001"\nset comments "see <---\nbelow"\nnext\nend\n'
    assert parsers.parse_tokens(shown, "root")["FTK200BAA0000001"].comments == "see <---\nbelow"
