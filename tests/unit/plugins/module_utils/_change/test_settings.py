# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run learns from refused lines about the settings of an entry."""

from __future__ import annotations

from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.settings import TOKENS, USERS, Untaken
from ansible_collections.fortiops.fortitoken.plugins.module_utils._change.transaction import Refused
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.batch import Answer
from ansible_collections.fortiops.fortitoken.plugins.module_utils._cli.errors import detect

SERIAL = "FTK200DEAD000001"
KEY = (TOKENS, "root", SERIAL)
TEXT = "Command fail. Return code -56"


def refused(line: str, *settings: str, table: str = TOKENS) -> Refused:
    return Refused(Answer(line, TEXT, detect(TEXT), ""), "root", table, SERIAL, settings)


def test_a_refused_line_is_about_its_setting_and_is_new_once() -> None:
    untaken = Untaken()
    assert untaken.learn([refused('set comments "one"')], TOKENS)
    assert not untaken.learn([refused('set comments "one"')], TOKENS)
    assert untaken.takable(KEY, (("comments", ("one",)), ("license", ("x",)))) == (("license", ("x",)),)
    assert untaken.why[KEY] == {"comments": f"the unit refused 'set comments \"one\"': {TEXT}"}


def test_an_entry_that_cannot_be_saved_is_about_the_one_setting_in_it_or_about_any() -> None:
    untaken = Untaken()
    assert untaken.learn([refused("next", "comments", "license")], TOKENS)
    assert untaken.singly == {KEY} and untaken.names(KEY) == frozenset()
    assert not untaken.learn([refused("next", "comments", "license")], TOKENS)
    assert untaken.learn([refused("end", "license")], TOKENS)
    assert untaken.names(KEY) == {"license"}


def test_nothing_is_learned_from_other_lines_and_other_tables() -> None:
    untaken = Untaken()
    lines = [refused(f'edit "{SERIAL}"'), refused("next"), refused("set fortitoken x", table=USERS)]
    assert not untaken.learn(lines, TOKENS) and untaken == Untaken()
    # What stands behind them is learned from.
    assert untaken.learn([*lines, refused('set comments "one"')], TOKENS) and untaken.names(KEY) == {"comments"}
