# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every row of the decision table, and what must never follow from it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import ADMIN, Binding, Token
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    TABLE,
    VERDICTS,
    Policy,
    normalise,
    triage,
)

DEAD = "token already activated, and seed won't be returned"
HARD = "FTK200BAA0000001"
CD = "FTK211BAA0000001"
MOBILE = "FTKMOB0A1B2C3D4E"
LOCK = (("status", ("lock",)),)
NOTHING_SAID = Policy()
RELEASED = Policy(lock_released=frozenset({HARD, CD}))
EVERYTHING = Policy(
    lock_released=frozenset({"all"}), admins=True, provision=True, error_statuses=frozenset({"seed is stale"})
)


def token(serial: str, status: str, seed: bool = False, **more: object) -> Token:
    plain = Token(serial=serial, vdom="root", configured=True, listed=True, status=status, seed=seed)
    return replace(plain, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("subject", "policy", "verdict", "action"),
    [
        (token(HARD, "active", seed=True), NOTHING_SAID, "healthy", "none"),
        (token(HARD, "new", seed=True), NOTHING_SAID, "healthy", "none"),
        (token(HARD, DEAD, seed=True), RELEASED, "reimport", "reimport"),
        (token(HARD, DEAD, seed=True), NOTHING_SAID, "needs_lock_release", "none"),
        (token(HARD, "activation error (token not exist in FortiGuard)", seed=True), RELEASED, "reimport", "reimport"),
        (token(HARD, "seed is stale", seed=True), EVERYTHING, "reimport", "reimport"),
        (token(HARD, "seed is stale", seed=True), RELEASED, "undecided", "none"),
        (token("FTK300BAA0000001", DEAD, seed=True), NOTHING_SAID, "needs_lock_release", "none"),
        (token(HARD, "new"), NOTHING_SAID, "activate", "activate"),
        (token(HARD, "active"), NOTHING_SAID, "healthy", "none"),
        (token(HARD, DEAD), RELEASED, "activate", "activate"),
        (token(HARD, DEAD), NOTHING_SAID, "needs_lock_release", "none"),
        (token(HARD, "activation error (token not exist in FortiGuard)"), NOTHING_SAID, "activate", "activate"),
        (token(HARD, "cmdb save error"), EVERYTHING, "firmware_bug", "none"),
        (token(HARD, "cmdb save error", seed=True), EVERYTHING, "firmware_bug", "none"),
        (token(CD, DEAD, seed=True), RELEASED, "needs_seed_file", "none"),
        (token(MOBILE, "provisioned"), NOTHING_SAID, "healthy", "none"),
        (token(MOBILE, "new"), NOTHING_SAID, "healthy", "none"),
        (token(MOBILE, "provisioning"), NOTHING_SAID, "pending", "poll"),
        (token(MOBILE, "provision timeout"), NOTHING_SAID, "provision", "none"),
        (token(MOBILE, "provision timeout"), EVERYTHING, "provision", "provision"),
        (token(MOBILE, "locked"), NOTHING_SAID, "needs_license", "none"),
        (token(MOBILE, DEAD), NOTHING_SAID, "needs_license", "none"),
        (token(MOBILE, "locked", settings=LOCK), NOTHING_SAID, "locked", "none"),
        (token(HARD, "locked", seed=True, settings=LOCK), EVERYTHING, "locked", "none"),
        (token(HARD, "locked", seed=True), EVERYTHING, "undecided", "none"),
        (token(HARD, "something new", seed=True), EVERYTHING, "undecided", "none"),
        (token(HARD, "", seed=True), EVERYTHING, "undecided", "none"),
        (token(HARD, DEAD, seed=True, listed=False), EVERYTHING, "undecided", "none"),
        (token(HARD, DEAD, configured=False), EVERYTHING, "undecided", "none"),
        (token(HARD, "", configured=False, listed=False, journal="deleted"), NOTHING_SAID, "reimport", "reimport"),
        (token(HARD, "new", journal="asked"), NOTHING_SAID, "pending", "poll"),
        (token(HARD, "", listed=False, journal="asked"), NOTHING_SAID, "pending", "poll"),
        (token(HARD, DEAD, journal="asked"), RELEASED, "pending", "poll"),
        (token(HARD, "activation error (x)", journal="asked"), NOTHING_SAID, "pending", "poll"),
        (token(HARD, DEAD, journal="asked"), NOTHING_SAID, "needs_lock_release", "none"),
        (token(HARD, "active", seed=True, journal="asked"), NOTHING_SAID, "healthy", "none"),
    ],
)
def test_the_table(subject: Token, policy: Policy, verdict: str, action: str) -> None:
    finding = triage(subject, policy)
    assert (finding.verdict, finding.action) == (verdict, action)
    assert finding.reason


@pytest.mark.parametrize("written", [DEAD.upper(), DEAD.replace(" ", "  "), DEAD.replace("'", "\u2019")])
def test_a_known_error_is_known_however_it_is_spaced_and_quoted(written: str) -> None:
    assert triage(token(HARD, written, seed=True), RELEASED).verdict == "reimport"


def test_every_verdict_that_leaves_work_to_a_person_says_which() -> None:
    for row in TABLE:
        assert row.reason.endswith("."), row
        if row.verdict not in ("healthy", "reimport", "activate"):
            assert row.remedy.endswith((".", ")")), row


ADMIN_HELD = (Binding(HARD, ADMIN, "root-admin", "global", "fortitoken", None),)


@pytest.mark.parametrize("status", [DEAD, "new"])
def test_an_administrators_token_is_left_alone_unless_included(status: str) -> None:
    subject = token(HARD, status, seed=status == DEAD, bindings=ADMIN_HELD)
    skipped = triage(subject, RELEASED)
    assert skipped.action == "none"
    assert "remediate_admins=include" in skipped.remedy
    assert triage(subject, replace(RELEASED, admins=True)).action in ("reimport", "activate")


def test_the_token_of_the_account_that_logs_in_is_never_touched() -> None:
    finding = triage(token(HARD, DEAD, seed=True, bindings=ADMIN_HELD), replace(EVERYTHING, login="root-admin"))
    assert finding.action == "none"
    assert "logs in with" in finding.remedy


STATUSES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["active", "new", DEAD, "locked", "provisioned", "provisioning", "provision timeout", "cmdb save error"]
    ),
)


@given(
    st.sampled_from([HARD, CD, MOBILE, "FTK300BAA0000001", "FTKXYZ0000000001", "FTKMOB; reboot", "'; end"]),
    STATUSES,
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["shown", "hidden", "unclear"]),
)
def test_nothing_is_deleted_on_an_unknown_text_or_without_a_statement(
    serial: str, status: str, seed: bool, configured: bool, listed: bool, released: bool, seeds: str
) -> None:
    policy = replace(EVERYTHING, lock_released=frozenset({"all"} if released else ()), seeds=seeds)
    finding = triage(token(serial, status, seed=seed, configured=configured, listed=listed), policy)
    assert finding.verdict in VERDICTS
    if finding.action == "reimport":
        assert configured and listed and (seed or seeds == "hidden")
        assert released
        assert policy.is_known_error(normalise(status))
    if finding.action == "activate":
        assert not seed and seeds == "shown" and normalise(status) not in ("active", "cmdb save error")


@pytest.mark.parametrize(
    ("seeds", "status", "released", "verdict"),
    [
        ("hidden", DEAD, False, "needs_lock_release"),
        ("hidden", DEAD, True, "reimport"),
        ("hidden", "activation error (token not exist in FortiGuard)", False, "needs_lock_release"),
        ("hidden", "activation error (token not exist in FortiGuard)", True, "reimport"),
        ("hidden", "active", True, "healthy"),
        # A spare token looks like one that was never activated.
        ("hidden", "new", True, "undecided"),
        ("hidden", "new", False, "undecided"),
        ("hidden", "something new", True, "undecided"),
        ("unclear", DEAD, True, "undecided"),
        ("unclear", DEAD, False, "undecided"),
        ("unclear", "activation error (x)", True, "undecided"),
        ("unclear", "new", True, "undecided"),
        ("unclear", "active", False, "healthy"),
        ("unclear", "cmdb save error", True, "firmware_bug"),
    ],
)
def test_a_unit_that_shows_no_seeds(seeds: str, status: str, released: bool, verdict: str) -> None:
    policy = replace(RELEASED if released else NOTHING_SAID, seeds=seeds)
    assert triage(token(HARD, status), policy).verdict == verdict


def test_a_token_with_its_seed_on_a_cd_is_not_imported_from_fortinet_where_seeds_are_hidden() -> None:
    assert triage(token(CD, DEAD), replace(RELEASED, seeds="hidden")).verdict == "needs_seed_file"


@pytest.mark.parametrize("status", ["new", "provisioned", "provisioning"])
def test_a_trial_token_of_another_unit_is_refuted_however_fine_it_looks(status: str) -> None:
    subject = token(MOBILE, status, license="FTMTRIAL0A1B2C3D")
    dead = Policy(dead_licenses=frozenset({"FTMTRIAL0A1B2C3D"}))
    finding = triage(subject, dead)
    assert (finding.verdict, finding.action, finding.proof) == ("needs_license", "none", "refuted")
    assert "190171" in finding.remedy
    assert triage(subject, NOTHING_SAID).proof == "shown"


@pytest.mark.parametrize(
    ("subject", "proof"),
    [
        (token(HARD, "active", seed=True), "shown"),
        (token(HARD, "new"), "shown"),
        (token(HARD, "odd"), "shown"),
        (token(HARD, DEAD, seed=True), "refuted"),
        (token(HARD, "activation error (x)"), "refuted"),
        (token(MOBILE, "provision timeout"), "refuted"),
        (token(MOBILE, "provisioning"), "shown"),
    ],
)
def test_how_far_a_token_is_known_to_work(subject: Token, proof: str) -> None:
    assert triage(subject, NOTHING_SAID).proof == proof


@pytest.mark.parametrize(
    ("more", "policy", "blocked_by"),
    [
        ({"bindings": ADMIN_HELD}, RELEASED, "administrator"),
        ({"bindings": ADMIN_HELD}, replace(EVERYTHING, login="root-admin"), "own_account"),
        ({"settings": (("comments", ("a\nb",)),)}, RELEASED, "line_break"),
        ({"settings": (("comments", ("a\x1fb",)),)}, RELEASED, "line_break"),
        ({"settings": (("comments", ("a\x7fb",)),)}, RELEASED, "line_break"),
        ({"settings": (("comments", ("a b",)),)}, RELEASED, ""),
        ({"settings": (("comments", ("<redacted>",)),)}, RELEASED, "secret"),
        ({"bindings": (Binding(HARD, "user", "eve", "root", "email", "enable"),)}, RELEASED, "other_factor"),
        ({}, RELEASED, ""),
    ],
)
def test_why_a_token_is_held_back_is_data(more: dict[str, object], policy: Policy, blocked_by: str) -> None:
    finding = triage(token(HARD, DEAD, seed=True, **more), policy)
    assert (finding.verdict, finding.blocked_by) == ("reimport", blocked_by)
    assert finding.action == ("none" if blocked_by else "reimport")


def test_no_remedy_suggests_deleting_what_may_work() -> None:
    for row in TABLE:
        assert "elete" not in row.remedy or row.verdict == "needs_seed_file" or "Do not delete" in row.remedy, row


@pytest.mark.parametrize(
    ("subject", "seeds", "verdict", "reason"),
    [
        (token(HARD, "new"), "unclear", "undecided", "This unit shows no seeds, so it is not known"),
        (token(HARD, "new"), "hidden", "undecided", "This unit shows no seeds, so it is not known"),
        (token(HARD, DEAD), "unclear", "undecided", "It shows an error and no seed"),
        (token(HARD, DEAD), "hidden", "needs_lock_release", "It shows an error. This unit shows no seeds"),
        (token(HARD, "active"), "hidden", "healthy", "It is active; this unit does not show seeds"),
        (token(HARD, "active"), "unclear", "healthy", "It is active; this unit does not show seeds"),
        (token(CD, DEAD), "hidden", "needs_seed_file", "A FortiToken-200CD"),
        (token(CD, DEAD), "shown", "needs_lock_release", "It was activated once"),
        (token(CD, "active", seed=True), "shown", "healthy", "It holds a seed"),
        *(
            (token(HARD, "of no known kind", seed=seed), seeds, "undecided", "This status is not known to be safe")
            for seed in (True, False)
            for seeds in ("shown", "hidden", "unclear")
        ),
        *(
            (token(MOBILE, status, seed=True), seeds, "undecided", "This status is not known to be safe")
            for status in ("active", "of no known kind")
            for seeds in ("shown", "hidden", "unclear")
        ),
        *((token(MOBILE, DEAD, seed=True), seeds, "needs_license", "Its license") for seeds in ("shown", "hidden")),
        *((token(HARD, status), "shown", "undecided", "This status") for status in ("provisioned", "provisioning")),
        (token(HARD, "provision timeout"), "shown", "undecided", "This status"),
        (token(HARD, "locked"), "shown", "undecided", "This status"),
    ],
)
def test_what_is_said_of_a_token_on_a_unit_that_may_hide_seeds(
    subject: Token, seeds: str, verdict: str, reason: str
) -> None:
    finding = triage(subject, replace(NOTHING_SAID, seeds=seeds))
    assert (finding.verdict, finding.action) == (verdict, "none")
    assert finding.reason.startswith(reason)


@pytest.mark.parametrize(("kind", "verdict"), [(HARD, "reimport"), (CD, "needs_seed_file"), (MOBILE, "needs_license")])
def test_on_a_unit_that_hides_seeds_a_released_token_is_imported_again_and_no_other(kind: str, verdict: str) -> None:
    hidden = replace(RELEASED, seeds="hidden")
    assert triage(token(kind, DEAD), hidden).verdict == verdict
    assert triage(token(kind, "active"), hidden).action == "none"


def test_what_a_run_may_do_without_a_word_of_the_operator() -> None:
    said = Policy()
    assert not (said.lock_released or said.admins or said.provision or said.remote_users or said.error_statuses)


@pytest.mark.parametrize("kind", [MOBILE, "FTKXYZ0000000001"])
@pytest.mark.parametrize("status", ["activation error (token not exist in FortiGuard)", DEAD, "new", "active"])
def test_what_is_no_hardware_token_is_never_activated(kind: str, status: str) -> None:
    assert triage(token(kind, status), EVERYTHING).action not in ("activate", "reimport")
