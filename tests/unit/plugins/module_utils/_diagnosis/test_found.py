# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found, as data, and what follows from several findings."""

from __future__ import annotations

from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import (
    ACTIVATION_SUCCEEDED,
    CATALOGUE,
    UNKNOWN_ERROR,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.found import (
    Found,
    confirmed_serials,
    one_per_refusal,
)

EXPIRED = next(cause for cause in CATALOGUE if cause.id == "license_expired")


def finding(name: str = UNKNOWN_ERROR.id, code: int | None = None, message: str = "", **more: Any) -> dict[str, Any]:
    return {"id": name, "code": code, "message": message, "serials": [], **more}


def test_a_cause_gives_its_words_unless_the_finding_knows_better() -> None:
    row = Found(EXPIRED, code=14, message="license expired", certainty="seen", count=2).as_dict()
    assert (row["detail"], row["severity"], row["remedy"]) == (EXPIRED.meaning, EXPIRED.severity, EXPIRED.remedy)
    assert (row["code"], row["count"], row["certainty"]) == (14, 2, "seen")
    assert Found(EXPIRED, severity="error").as_dict()["severity"] == "error"


def test_an_unknown_error_is_quoted() -> None:
    assert Found(UNKNOWN_ERROR, code=99, message="odd").as_dict()["detail"].endswith("The error: 99 odd.")
    assert Found(UNKNOWN_ERROR, code=99).as_dict()["detail"].endswith("The error: 99.")
    assert Found(UNKNOWN_ERROR, code=0, message="odd").as_dict()["detail"].endswith("The error: 0 odd.")


def test_a_bare_number_is_dropped_where_another_finding_explains_it() -> None:
    explained, bare, other = finding(code=77, message="why"), finding(code=77), finding(code=78)
    assert one_per_refusal([bare, explained, other]) == [explained, other]
    known = finding("license_expired", code=14, message="license expired")
    assert one_per_refusal([finding(code=14), known]) == [known]


def test_a_bare_number_of_a_known_cause_stays() -> None:
    known, explained = finding("license_expired", code=14), finding(code=14, message="license expired")
    assert one_per_refusal([known, explained]) == [known, explained]


def test_only_a_successful_activation_confirms_a_token() -> None:
    good = finding(ACTIVATION_SUCCEEDED.id, serials=["FTK200EXAMPLE001"])
    bad = finding("license_expired", serials=["FTK200EXAMPLE002"])
    assert confirmed_serials([good, bad]) == {"FTK200EXAMPLE001"}
