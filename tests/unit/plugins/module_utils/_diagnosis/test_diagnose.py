# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debug output becomes findings, and the same ones however its lines are mixed, broken, or placed around prompts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis import catalogue
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.diagnose import (
    MAX_EVIDENCE,
    debug_left_on,
    debug_refused,
    diagnose,
    diagnose_answers,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.found import (
    confirmed_serials,
    one_per_refusal,
)
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.prompt import Prompt
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._console.stream import Stream

REPLAYS = {
    path.stem: path.read_text(encoding="utf-8").splitlines()
    for path in sorted((Path(__file__).parents[1] / "fixtures" / "debug").glob("*.txt"))
}
SECRETS = ("1A2B-3C4D-5E6F-7081-92A3", "ABCD2345EFGH67IJ", "00112233445566778", "899aabbccddeeff00112233")


def by_id(found: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {finding["id"]: finding for finding in found}


def gist(found: list[dict[str, Any]]) -> dict[str, Any]:
    """Findings without the order that another placement of the same lines may change."""
    return {
        finding["id"]: (
            finding["code"],
            finding["certainty"],
            finding["count"],
            sorted(finding["serials"]),
            sorted(finding["units"]),
            sorted(finding["evidence"]),
        )
        for finding in found
    }


class TestReplays:
    @pytest.mark.parametrize("name", [name for name in REPLAYS if name != "clean"])
    def test_every_failure_is_found_under_its_name(self, name: str) -> None:
        finding = by_id(diagnose(REPLAYS[name]))[name]
        assert finding["evidence"]
        assert finding["title"] and finding["detail"] and finding["actor"]
        assert finding["certainty"] in ("seen", "inferred", "unknown")

    def test_every_cause_of_the_catalogue_has_its_replay(self) -> None:
        assert {cause.id for cause in catalogue.CATALOGUE} <= set(REPLAYS)

    @pytest.mark.parametrize("cause", catalogue.CATALOGUE, ids=lambda cause: cause.id)
    def test_a_cause_tells_what_it_means_how_sure_that_is_who_acts_and_where_it_is_written(
        self, cause: catalogue.Cause
    ) -> None:
        assert cause.title and cause.meaning and cause.source
        assert cause.certainty in (catalogue.SEEN, catalogue.INFERRED)
        assert cause.actor in (
            catalogue.ADMINISTRATOR,
            catalogue.HOLDER,
            catalogue.TAC,
            catalogue.CUSTOMER_SERVICE,
            catalogue.SALES,
            catalogue.FIRMWARE,
        )
        assert cause.codes or cause.messages or cause.statuses or cause.line
        # What went well asks for nothing.
        assert bool(cause.remedy) is (cause.severity != "info")

    def test_output_without_failure_has_no_finding(self) -> None:
        assert diagnose(REPLAYS["clean"]) == []

    def test_no_secret_is_in_a_finding(self) -> None:
        said = repr([diagnose(lines) for lines in REPLAYS.values()])
        assert not [secret for secret in SECRETS if secret in said]
        assert "<redacted>" in said

    def test_an_expired_license_is_one_finding_with_all_its_evidence_and_times(self) -> None:
        found = by_id(diagnose(REPLAYS["license_expired"]))
        expired = found["license_expired"]
        assert (expired["code"], expired["actor"], expired["certainty"]) == (14, "Fortinet sales", "seen")
        assert [line[20:60] for line in expired["evidence"]] == [
            '{"error_code":14,"error_message":"fortic',
            "ftm_fc_command[564]:received error from ",
            "import fortitoken license error: -7564",
        ]
        assert expired["first"] == expired["last"] == "2026-03-30 04:10:03"
        # The daemon's refused reply came before Fortinet's answer, so it stood in nobody's way.
        assert found["connection_refused"]["severity"] == "info"

    def test_a_refused_connection_without_an_answer_is_a_warning(self) -> None:
        assert by_id(diagnose(REPLAYS["connection_refused"]))["connection_refused"]["severity"] == "warning"

    def test_the_message_outweighs_the_number(self) -> None:
        assert set(by_id(diagnose(REPLAYS["already_activated"]))) == {"already_activated"}

    def test_an_unknown_error_keeps_its_number_its_text_and_its_line(self) -> None:
        (finding,) = diagnose(REPLAYS["unknown_error"])
        assert (finding["certainty"], finding["code"], finding["message"]) == ("unknown", 16, "a text of tomorrow")
        assert "16 a text of tomorrow" in finding["detail"]
        assert '"activation_code":"<redacted>"' in finding["evidence"][0]

    def test_two_unknown_errors_are_two_findings(self) -> None:
        lines = [f'{{"error_code":{code},"error_message":"odd"}}' for code in (61, 62, 61)]
        assert [(found["code"], found["count"]) for found in diagnose(lines)] == [(61, 2), (62, 1)]

    def test_a_license_on_the_wrong_member_names_the_cluster(self) -> None:
        found = by_id(diagnose(REPLAYS["token_of_another_product"]))
        assert found["license_on_wrong_member"]["units"] == ["FG100FEXAMPLE001", "FG100FEXAMPLE002"]
        alone = by_id(diagnose(REPLAYS["no_valid_token"]))
        assert "license_on_wrong_member" not in alone
        members = ["FG100FEXAMPLE001", "FG100FEXAMPLE002"]
        assert "license_on_wrong_member" in by_id(diagnose(REPLAYS["no_valid_token"], members))

    def test_evidence_is_bounded_and_the_count_is_not(self) -> None:
        lines = REPLAYS["connection_refused"] * 500
        (finding,) = diagnose(lines)
        assert (len(finding["evidence"]), finding["count"]) == (MAX_EVIDENCE, 500)


class TestCodes:
    @pytest.mark.parametrize(
        ("number", "cause", "certainty"),
        [
            (-7564, "license_expired", "seen"),
            (-7567, "no_valid_token", "inferred"),
            (-7571, "product_not_registered", "inferred"),
            (-7581, "token_of_another_product", "inferred"),
            (-7590, "activation_code_invalid", "inferred"),
            (-7566, "unknown_error", "unknown"),
            (-9999, "unknown_error", "unknown"),
        ],
    )
    def test_return_codes_of_the_command_line(self, number: int, cause: str, certainty: str) -> None:
        (finding,) = diagnose([f"import fortitoken license error: {number}"])
        assert (finding["id"], finding["certainty"]) == (cause, certainty)

    def test_the_rule_holds_only_where_tokens_are_spoken_of(self) -> None:
        assert diagnose(["opmode: error -7564", "Command fail. Return code -7564"]) == []
        answers = [
            ("set opmode transparent", "Command fail. Return code -7564"),
            ("execute fortitoken-mobile import 1A2B-3C4D-5E6F-7081-92A3", "Command fail. Return code -7564"),
        ]
        (finding,) = diagnose_answers(answers)
        assert finding["id"] == "license_expired"
        assert finding["evidence"][0] == "execute fortitoken-mobile import <redacted>"

    @pytest.mark.parametrize(
        ("answer", "cause"),
        [
            ("input value is invalid", "license_code_malformed"),
            ("no valid token found", "no_valid_token"),
            ("forticare license card not found", "license_card_not_found"),
        ],
    )
    def test_errors_of_an_import_are_told_apart(self, answer: str, cause: str) -> None:
        (finding,) = diagnose_answers([("execute fortitoken-mobile import 1A2B-3C4D-5E6F-7081-92A3", answer)])
        assert finding["id"] == cause


DIALOGUES = st.lists(st.sampled_from(sorted(REPLAYS)), min_size=1, max_size=4, unique=True)


class TestPlacement:
    @given(names=DIALOGUES)
    @settings(max_examples=60, deadline=None)
    def test_the_order_of_dialogues_does_not_matter(self, names: list[str]) -> None:
        lines = [line for name in names for line in REPLAYS[name]]
        turned = [line for name in reversed(names) for line in REPLAYS[name]]
        assert gist(diagnose(lines)) == gist(diagnose(turned))

    @given(data=st.data())
    @settings(max_examples=120, deadline=None)
    def test_lines_of_another_daemon_may_come_anywhere_in_between(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(REPLAYS)))
        lines = list(REPLAYS[name])
        for text in REPLAYS["connection_refused"]:
            lines.insert(data.draw(st.integers(0, len(lines))), text)
        together = gist(diagnose(lines))
        alone = gist(diagnose(REPLAYS[name]))
        assert {key: value for key, value in together.items() if key != "connection_refused"} == {
            key: value for key, value in alone.items() if key != "connection_refused"
        }
        assert "connection_refused" in together

    @given(data=st.data())
    @settings(max_examples=150, deadline=None)
    def test_json_may_break_anywhere(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(["no_valid_token", "token_of_another_product", "unknown_error"]))
        broken = []
        for line in REPLAYS[name]:
            stamp, body = line[:20], line[20:]
            while body[:1] in '{"' and len(body) > 1:
                cut = data.draw(st.integers(1, len(body)))
                broken.append(stamp + body[:cut])
                body = body[cut:]
                if data.draw(st.booleans()):
                    break
            if body:
                broken.append(stamp + body)
        whole, found = by_id(diagnose(REPLAYS[name])), by_id(diagnose(broken))
        assert found.keys() == whole.keys()
        for key, finding in found.items():
            for part in ("code", "certainty", "serials", "units", "message", "count", "first", "last"):
                assert finding[part] == whole[key][part]

    @given(data=st.data())
    @settings(max_examples=100, deadline=None)
    def test_replayed_into_a_session_at_any_place_in_any_chunks(self, data: st.DataObject) -> None:
        """The wire: an answer, its prompt, and debug lines before, on and behind the prompt."""
        name = data.draw(st.sampled_from(sorted(name for name in REPLAYS if all(map(_dated, REPLAYS[name])))))
        lines = REPLAYS[name]
        inside = data.draw(st.integers(0, len(lines)))
        on_prompt = data.draw(st.booleans())
        prompt = "FGT-A # "
        wire = "show system global\r\r\n" + "".join(f"{line}\r\n" for line in lines[:inside])
        wire += "config system global\r\nend\r\n\r\n" + prompt + ("" if on_prompt else "\r\n" + prompt + "\r\n")
        wire += "".join(f"{line}\r\n" for line in lines[inside:])
        # Behind debug output the unit draws its prompt once more.
        wire += prompt if wire.endswith("\n") else ""
        stream = Stream(Prompt("FGT-A"))
        stream.watch = True
        stream.expect("show system global")
        sent = wire.encode()
        while sent:
            size = data.draw(st.integers(1, 400))
            stream.feed(sent[:size])
            sent = sent[size:]
        stream.settle()
        heard = stream.take_unowned()
        assert [line for line in heard if _dated(line)] == lines
        assert [answer.output for answer in stream.answers] == ["config system global\nend"]
        assert diagnose(heard) == diagnose(lines)

    def test_prompts_and_empty_lines_in_between_say_nothing(self) -> None:
        lines = REPLAYS["token_of_another_product"]
        for place in range(len(lines)):
            assert diagnose([*lines[:place], "", "FGT-A (root) # ", *lines[place:]]) == diagnose(lines)

    def test_lines_behind_a_prompt_are_read(self) -> None:
        assert diagnose([f"FGT (root) # {line}" for line in REPLAYS["connection_refused"]])[0]["id"] == (
            "connection_refused"
        )

    @given(lines=st.lists(st.text(max_size=60), max_size=30))
    @settings(max_examples=150, deadline=None)
    def test_no_text_is_too_odd(self, lines: list[str]) -> None:
        for finding in diagnose(lines):
            assert finding["id"]


def _dated(line: str) -> bool:
    return line.startswith("2026-")


class TestDebugLeftOn:
    def test_levels_and_output(self) -> None:
        info = "debug output:           enable\nforticldd debug level: 255\nCLI debug level: 3\nother debug level: 0\n"
        (finding,) = debug_left_on(info)
        assert finding["evidence"] == ["debug output:           enable", "forticldd debug level: 255"]

    def test_lines_that_arrive_unasked(self) -> None:
        assert debug_left_on("", ["hello", *REPLAYS["connection_refused"]])[0]["evidence"] == [
            line.strip() for line in REPLAYS["connection_refused"]
        ]

    def test_off_is_off(self) -> None:
        assert debug_left_on("debug output:           disable\nconsole timestamp: enable\nCLI debug level: 3\n") == []
        assert debug_left_on("something else entirely", ["Welcome!"]) == []


class TestOneFindingPerRefusal:
    @pytest.mark.parametrize("number", [-7551, -7564, -7565, -7567, -7649, -7650, -9999])
    def test_the_number_belongs_to_the_message_before_it(self, number: int) -> None:
        lines = [
            '{"error_message":"forticare license card not found"}',
            f"ftm_fc_command[564]:received error from forticare [{number}]",
            f"import fortitoken license error: {number}",
        ]
        (finding,) = diagnose(lines)
        assert (finding["id"], finding["count"]) == ("license_card_not_found", 1)
        assert len(finding["evidence"]) == 3

    def test_the_next_request_may_be_refused_for_another_reason(self) -> None:
        lines = [
            '{"error_message":"forticare license card not found"}',
            "ftm_fc_command[564]:received error from forticare [-7565]",
            "ftm_fc_comm_connect[66]:ftm TCPS connected.",
            "ftm_fc_command[564]:received error from forticare [-7564]",
        ]
        assert [finding["id"] for finding in diagnose(lines)] == ["license_card_not_found", "license_expired"]

    def test_a_command_that_shows_only_the_number_of_a_known_refusal_adds_no_finding(self) -> None:
        code = "1A2B-3C4D-5E6F-7081-92A3"
        shown = diagnose(
            [
                '{"error_message":"forticare license card not found"}',
                "ftm_fc_command[564]:received error from forticare [-7565]",
            ]
        )
        refused = diagnose_answers([(f"execute fortitoken-mobile import {code}", "Command fail. Return code -7565")])
        assert [finding["id"] for finding in refused] == ["unknown_error"]
        assert [finding["id"] for finding in one_per_refusal([*shown, *refused])] == ["license_card_not_found"]
        assert one_per_refusal(refused) == refused


class TestEvents:
    SUCCESS = (
        '1: date=2026-03-30 time=04:00:00 logid="0100032156" logdesc="FortiToken activation successful"'
        ' serialno="FTK200EXAMPLE001" status="success" msg="activated"'
    )

    def test_an_event_tells_the_cause_the_token_and_the_time(self) -> None:
        row = '1: date=2026-03-30 time=04:00:00 logid="0100032159" serialno="FTK200EXAMPLE001" msg="cmdb save error"'
        (finding,) = diagnose([row])
        assert (finding["id"], finding["serials"], finding["first"]) == (
            "cmdb_save_error",
            ["FTK200EXAMPLE001"],
            "2026-03-30 04:00:00",
        )

    def test_a_successful_activation_is_proof(self) -> None:
        found = diagnose([self.SUCCESS])
        assert [(finding["id"], finding["severity"]) for finding in found] == [("activation_succeeded", "info")]
        assert confirmed_serials(found) == {"FTK200EXAMPLE001"}
        assert confirmed_serials(diagnose([self.SUCCESS.replace("32156", "32159")])) == frozenset()

    @pytest.mark.parametrize("code", ["ABCD2345EFGH67IJ", "FTKABCDEFGHIJKLM", "FGABCDEFGHIJKLMN"])
    def test_an_activation_code_that_was_sent_is_evidence_without_the_code(self, code: str) -> None:
        row = f'1: date=2026-03-30 time=04:00:00 logid="0102038412" user="eve" msg="code {code} was sent to eve"'
        (finding,) = diagnose([row])
        assert finding["id"] == "activation_code_sent"
        assert code not in repr(finding)


def test_a_refusal_of_debugging_is_no_alarm() -> None:
    (finding,) = debug_refused("command parse error before 'debug'")
    assert (finding["id"], finding["severity"]) == ("debug_refused", "info")
