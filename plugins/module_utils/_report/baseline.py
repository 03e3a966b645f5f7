# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The baseline: what tokens the old unit had and who held them, recorded before it is switched off.

Three uses of it: the file itself, what to ask Fortinet for in advance, and the comparison with the unit that took the
old one's place. Pure: no files, no clock, no Ansible. It holds no seed, code or password, because the facts hold none.

Note that this module util is PRIVATE to the collection. It can have breaking changes at any time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._diagnosis.catalogue import (
    ADMINISTRATOR,
    CUSTOMER_SERVICE,
    TAC,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import BaselineError
from ansible_collections.fortiops.fortitoken.plugins.module_utils._inventory.model import (
    ADMIN,
    HARDWARE,
    LOCK_EXEMPT,
    MOBILE,
    SEED_ON_CD,
    TRIAL_LICENSE,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._report import tickets as _report_tickets
from ansible_collections.fortiops.fortitoken.plugins.module_utils._schema import (
    Flag,
    Items,
    Maybe,
    Record,
    SchemaError,
    Text,
)
from ansible_collections.fortiops.fortitoken.plugins.module_utils._schema import check as check_form
from ansible_collections.fortiops.fortitoken.plugins.module_utils._triage.table import (
    ACTIVATE,
    HEALTHY,
    LOCKED,
    is_activation_error,
    normalise,
)

FORMAT = "fortiops.fortitoken.baseline"
VERSION = 1

_UNIT_FIELDS = ("hostname", "serial", "model", "version", "build", "vdom_mode", "vdoms", "ha", "admins_known")
_TOKEN_FIELDS = ("serial", "kind", "vdom", "status", "seed", "license", "comments", "locked", "verdict")
_BINDING_FIELDS = ("type", "name", "vdom", "two_factor", "status")

#: What Fortinet's support is asked for before the migration; afterwards the report has its own texts.
_LOCK_RELEASE = _report_tickets.Kind(
    "tac",
    "Release the activation lock of {tokens} for a migration, unit {unit}",
    "Please release the one-time activation lock of the hardware tokens listed below. The unit below is going to be "
    "replaced, and the tokens have to be activated on its successor, serial number: ________________",
)
_LICENSE_TRANSFER = _report_tickets.Kind(
    "customer-service",
    "Transfer the licence of {tokens} from unit {unit} to its successor",
    "Please transfer the FortiToken Mobile licences of the tokens listed below. The unit below is going to be replaced "
    "by the unit with the serial number: ________________",
)


#: The file as it comes back: somebody may have edited it. What a later release adds is passed over.
_NAME = Text(255, lines=True)
_FORM = Record(
    {
        "host": _NAME,
        "taken": Text(40),
        "unit": Record(
            {"serial": Text(64)},
            {
                **{name: Maybe(_NAME) for name in ("hostname", "model", "version", "build", "vdom_mode")},
                "vdoms": Maybe(Items(Text(64), 1000)),
                "ha": Maybe(Record({}, {"members": Maybe(Items(Text(64), 64))}, open=True)),
                "admins_known": Maybe(Flag()),
            },
            open=True,
        ),
        "tokens": Items(
            Record(
                {
                    "serial": Text(64),
                    "vdom": Text(64),
                    "bindings": Items(
                        Record(
                            {"type": Text(20), "name": _NAME, "vdom": Text(64)},
                            {"two_factor": Maybe(Text(40)), "status": Maybe(Text(40))},
                            open=True,
                        ),
                        1000,
                    ),
                },
                {
                    **{name: Maybe(Text(200)) for name in ("kind", "status", "license", "verdict")},
                    "comments": Maybe(Text(65_535, lines=True)),
                    "seed": Maybe(Flag()),
                    "locked": Maybe(Flag()),
                },
                open=True,
            )
        ),
    },
    open=True,
)


def make(facts: Mapping[str, Any], host: str, taken: str) -> dict[str, Any]:
    """The baseline of a unit, made of the facts of all its tokens. ``host`` is its name in the inventory, ``taken`` the
    time in UTC (ISO 8601)."""
    tokens = [
        {
            **{field: token[field] for field in _TOKEN_FIELDS},
            "bindings": [{field: row[field] for field in _BINDING_FIELDS} for row in token["bindings"]],
        }
        # What only the status list shows has no entry that could have been migrated.
        for token in facts["tokens"]
        if token["present"] in ("both", "config")
    ]
    return {
        "format": FORMAT,
        "version": VERSION,
        "host": host,
        "taken": taken,
        "unit": {field: facts["unit"].get(field) for field in _UNIT_FIELDS},
        "tokens": sorted(tokens, key=lambda token: (str(token["vdom"]), str(token["serial"]))),
        "licenses": _licenses(tokens),
        "summary": dict(facts["summary"]),
    }


def _licenses(tokens: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, list[str]] = {}
    for token in tokens:
        if token["license"]:
            found.setdefault(str(token["license"]), []).append(str(token["serial"]))
    return [
        {"license": license, "trial": license.startswith(TRIAL_LICENSE), "tokens": sorted(serials)}
        for license, serials in sorted(found.items())
    ]


def check(data: Any) -> dict[str, Any]:
    """Return ``data`` if it is a baseline of this version. Raises BaselineError, in words, otherwise."""
    if not isinstance(data, dict) or not isinstance(data.get("format"), str):
        raise BaselineError("it is no baseline: it does not say which format it has")
    if data["format"] != FORMAT:
        raise BaselineError(f"it is no baseline: its format is {data['format']!r}, not {FORMAT!r}")
    if data.get("version") != VERSION:
        raise BaselineError(f"it has version {data.get('version')!r} of the format; this collection reads {VERSION}")
    _need(isinstance(data.get("host"), str) and data["host"], "'host' is missing")
    _need(isinstance(data.get("taken"), str), "'taken' is missing")
    unit = data.get("unit")
    _need(isinstance(unit, dict) and isinstance(unit.get("serial"), str) and unit["serial"], "'unit' has no serial")
    _need(isinstance(data.get("tokens"), list), "'tokens' is no list")
    seen: set[str] = set()
    for number, token in enumerate(data["tokens"], start=1):
        _check_token(token, f"token {number}")
        _need(token["serial"] not in seen, f"{token['serial']} is there twice")
        seen.add(token["serial"])
    try:
        check_form(_FORM, data)
    except SchemaError as error:
        raise BaselineError(f"it is damaged: {error}") from error
    return data


def _check_token(token: Any, where: str) -> None:
    _need(isinstance(token, dict) and isinstance(token.get("serial"), str), f"{where} has no serial")
    where = token["serial"]
    _need(isinstance(token.get("vdom"), str), f"{where} has no VDOM")
    _need(isinstance(token.get("bindings"), list), f"{where} has no bindings")
    for row in token["bindings"]:
        _need(
            isinstance(row, dict) and all(isinstance(row.get(field), str) for field in ("type", "name", "vdom")),
            f"a binding of {where} has no type, name or VDOM",
        )


def _need(holds: Any, what: str) -> None:
    if not holds:
        raise BaselineError(f"it is damaged: {what}")


# ---- in advance


def requests(baseline: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What has to be asked for, found or told before the unit is switched off, the longest waiting time first.

    Each is ``{id, actor, title, why, serials}``, and ``ticket`` with the text where a ticket has to be opened.
    """
    tokens: Sequence[Mapping[str, Any]] = baseline["tokens"]
    hardware = [token for token in tokens if token["kind"] == HARDWARE]
    locked = [
        token
        for token in hardware
        if _was_activated(token) and not token["serial"].startswith((*LOCK_EXEMPT, *SEED_ON_CD))
    ]
    trial = [token for token in tokens if _is_trial(token)]
    mobile = [token for token in tokens if token["kind"] == MOBILE and not _is_trial(token)]
    packs = sorted({str(token["license"]) for token in mobile if token["license"]})
    held = [token for token in mobile if token["bindings"]]
    rows = [
        # Fortinet articles 194435, 194508 and 193723.
        _request(
            "lock_release",
            TAC,
            "Have the activation lock of {tokens} released",
            "A hardware token is locked at Fortinet when it is first activated; without the release the new unit cannot"
            " fetch its seed. The tokens go on working on this unit meanwhile.",
            locked,
            _ticket(_LOCK_RELEASE, baseline, locked),
        ),
        # Fortinet article 193723; since August 2025 licences that were shipped move only for an RMA (forum 205363).
        _request(
            "license_transfer",
            CUSTOMER_SERVICE,
            f"Have {_count(len(packs), 'licence')} of {{tokens}} transferred",
            "A licence of mobile tokens is registered to a unit's serial number and moves as a whole"
            f" ({', '.join(packs) or 'its number is not shown by the unit'}). Licences sold since August 2025 move"
            " only when a unit is exchanged under warranty: ask early, a new licence may be needed.",
            mobile,
            _ticket(_LICENSE_TRANSFER, baseline, mobile),
        ),
        # Fortinet articles 190171 and 193723.
        _request(
            "trial_tokens",
            ADMINISTRATOR,
            "Plan other tokens for the holders of {tokens} that cannot move",
            "The free trial tokens belong to this unit for good. On the new unit delete both entries, import its own"
            " (execute fortitoken-mobile import 0000-0000-0000-0000-0000), and give those to the holders.",
            trial,
        ),
        # Fortinet article 194435.
        _request(
            "seed_cd",
            ADMINISTRATOR,
            "Find the CD with the seeds of {tokens}",
            "The seeds of a FortiToken-200CD are on the CD it came with; Fortinet does not have them.",
            [token for token in hardware if token["serial"].startswith(SEED_ON_CD)],
        ),
        _request(
            "tell_holders",
            ADMINISTRATOR,
            "Tell the holders of {tokens} that they will get a new activation code",
            "A mobile token is activated anew on the new unit. The code comes by mail or text message and is good for"
            " three days, so send them when people are at work.",
            held,
        ),
        _request(
            "broken_before",
            ADMINISTRATOR,
            "Note that {tokens} did not work on this unit either",
            "The migration is not the reason; the new unit will show them as it finds them.",
            [token for token in tokens if token["verdict"] not in (HEALTHY, LOCKED, ACTIVATE)],
        ),
    ]
    return [row for row in rows if row["serials"]]


def _is_trial(token: Mapping[str, Any]) -> bool:
    return str(token["license"]).startswith(TRIAL_LICENSE)


def _was_activated(token: Mapping[str, Any]) -> bool:
    status = normalise(str(token["status"] or ""))
    return bool(token["seed"]) or not (status in ("", "new") or is_activation_error(status))


def _request(
    id: str, actor: str, title: str, why: str, tokens: Sequence[Mapping[str, Any]], ticket: str = ""
) -> dict[str, Any]:
    kinds = {str(token["kind"]) for token in tokens}
    noun = f"{kinds.pop()} token" if len(kinds) == 1 else "token"
    row = {
        "id": id,
        "actor": actor,
        "title": title.format(tokens=_count(len(tokens), noun)),
        "why": why,
        "serials": [token["serial"] for token in tokens],
    }
    return {**row, "ticket": ticket} if ticket and tokens else row


def _ticket(kind: _report_tickets.Kind, baseline: Mapping[str, Any], tokens: Sequence[Mapping[str, Any]]) -> str:
    rows = [{**token, "before": {"status": token["status"]}, "after": None} for token in tokens]
    unit = {**baseline["unit"], "ha": {"members": (baseline["unit"].get("ha") or {}).get("members") or []}}
    return _report_tickets.compose(kind, {"tokens": rows, "unit": unit}, [row["serial"] for row in rows], ())


def describe(baseline: Mapping[str, Any]) -> str:
    """One line: which unit, and what it has."""
    unit, tokens = baseline["unit"], baseline["tokens"]
    held = sum(len(token["bindings"]) for token in tokens)
    return (
        f"{unit['hostname']} ({unit['model']}, {unit['serial']}, FortiOS {unit['version']}):"
        f" {_count(len(tokens), 'token')}, {_count(held, 'binding')}"
    )


def advance_text(baseline: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> str:
    """The list of `requests` to print or to keep, with the holders and the texts of the tickets."""
    tokens = {token["serial"]: token for token in baseline["tokens"]}
    lines = [describe(baseline), f"Taken {baseline['taken']} (UTC). What to do before this unit is switched off:", ""]
    if not rows:
        lines += ["Nothing: no token needs Fortinet's help.", ""]
    for number, row in enumerate(rows, start=1):
        lines += [f"{number}. {row['title']}", f"   Who: {row['actor']}", f"   Why: {row['why']}"]
        lines += [f"   {serial}  {_holders(tokens[serial])}" for serial in row["serials"]]
        lines.append("")
    for row in rows:
        if row.get("ticket"):
            lines += [f"---- Ticket for {row['actor']} ----", "", row["ticket"], ""]
    if baseline["unit"].get("admins_known") is False:
        lines += ["The account could not read the administrators: tokens that they hold count as held by nobody.", ""]
    return "\n".join(lines)


# ---- afterwards


def compare(
    baseline: Mapping[str, Any],
    tokens: Sequence[Mapping[str, Any]] | None,
    serials: Collection[str] = (),
    vdoms: Collection[str] = (),
) -> dict[str, Any]:
    """What of the baseline is on the unit that has ``tokens`` (as in the facts), None where nothing could be read.

    ``serials`` and ``vdoms`` are the limits of the run: what lies outside of them was not read, and is counted only.
    A token or a holder that is in another VDOM now counts as there, and is named in ``moved``.
    """
    here = {str(token["serial"]): token for token in tokens or () if token["present"] in ("both", "config")}
    holding: dict[tuple[str, str], dict[str, Mapping[str, Any]]] = {}
    for serial, token in here.items():
        for row in token["bindings"]:
            holding.setdefault((str(row["type"]), str(row["name"])), {})[serial] = row
    wanted = [
        token
        for token in baseline["tokens"]
        if (not serials or token["serial"] in serials) and (not vdoms or token["vdom"] in vdoms)
    ]
    missing_tokens, missing_bindings, disabled, moved = [], [], [], []
    for token in wanted:
        serial = token["serial"]
        now = here.get(serial)
        if now is None:
            missing_tokens.append({**_named(token), "holders": [_account(row) for row in token["bindings"]]})
        elif now["vdom"] != token["vdom"]:
            moved.append(f"{serial}: VDOM {token['vdom']}, now {now['vdom']}")
        for row in token["bindings"]:
            held = holding.get((row["type"], row["name"]), {})
            bound = held.get(serial)
            if bound is None:
                missing_bindings.append({"serial": serial, **_account(row), "holds": sorted(held)})
                continue
            if bound["vdom"] != row["vdom"]:
                moved.append(f"{serial}: {row['type']} {row['name']} of VDOM {row['vdom']}, now {bound['vdom']}")
            if row.get("status") == "enable" and bound["status"] == "disable":
                disabled.append({"serial": serial, **_account(row)})
    bindings = sum(len(token["bindings"]) for token in wanted)
    return {
        "unit": {field: baseline["unit"].get(field) for field in ("hostname", "serial", "model", "version", "build")},
        "host": baseline["host"],
        "taken": baseline["taken"],
        "checked": tokens is not None,
        "complete": tokens is not None and not missing_tokens and not missing_bindings,
        "tokens": {"expected": len(wanted), "there": len(wanted) - len(missing_tokens)},
        "bindings": {"expected": bindings, "there": bindings - len(missing_bindings)},
        "not_checked": len(baseline["tokens"]) - len(wanted),
        "missing_tokens": missing_tokens if tokens is not None else [],
        "missing_bindings": missing_bindings if tokens is not None else [],
        "disabled": disabled,
        "moved": moved,
        "added": sorted(set(here) - {token["serial"] for token in baseline["tokens"]}),
        "admins_known": baseline["unit"].get("admins_known") is not False,
    }


def verdict_line(comparison: Mapping[str, Any]) -> str:
    """The comparison in one sentence."""
    old = f"{comparison['unit']['hostname']} ({comparison['unit']['serial']})"
    if not comparison["checked"]:
        return f"The tokens of {old} could not be compared: nothing was read from this unit."
    counts = " and ".join(
        f"{comparison[what]['there']:,} of {_count(comparison[what]['expected'], what[:-1])}"
        for what in ("tokens", "bindings")
    )
    limits = f" {_count(comparison['not_checked'], 'token')} outside the limits of this run not looked at."
    return f"Of {old}, {counts} are here.{limits if comparison['not_checked'] else ''}"


def findings(comparison: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The comparison as findings of a report; see `_report_findings` for their form."""
    old = comparison["unit"]["hostname"]
    rows = []
    if not comparison["checked"]:
        rows.append(
            _finding(
                "baseline_not_checked",
                "error",
                f"Compare this unit with {old} once it can be read",
                verdict_line(comparison),
                "Mend the cause, then run again with the same remediate_baseline.",
            )
        )
    if comparison["missing_tokens"]:
        rows.append(
            _finding(
                "baseline_token_missing",
                "error",
                f"Bring {_count(len(comparison['missing_tokens']), 'token')} of {old} to this unit",
                "The old unit had these tokens and this unit does not.",
                "Add the serials on this unit (config user fortitoken), then run again: a hardware token needs its"
                " activation lock released first, a mobile token its licence transferred. Trial tokens cannot move;"
                " give their holders others.",
                [f"{_place(row)}: {_people(row['holders'])}" for row in comparison["missing_tokens"]],
                serials=[row["serial"] for row in comparison["missing_tokens"]],
            )
        )
    if comparison["missing_bindings"]:
        rows.append(
            _finding(
                "baseline_binding_missing",
                "error",
                f"Give {_count(len(comparison['missing_bindings']), 'holder')} of {old} the token back",
                "On the old unit these accounts held these tokens. Here they do not, so they log in without a second"
                " factor, with another one, or not at all.",
                "Make sure at once that none of them can log in with the password alone, then bind the token: set"
                " two-factor fortitoken, set fortitoken <serial>.",
                [
                    f"{row['serial']}: {_person(row)}, now {_holdings(row['holds'])}"
                    for row in comparison["missing_bindings"]
                ],
                serials=list(dict.fromkeys(row["serial"] for row in comparison["missing_bindings"])),
            )
        )
    if comparison["disabled"]:
        rows.append(
            _finding(
                "baseline_user_disabled",
                "warning",
                f"Decide about {_count(len(comparison['disabled']), 'user')} disabled here and not on {old}",
                "They hold their token but cannot log in.",
                "Enable them if nobody has disabled them on purpose (config user local, set status enable).",
                [f"{row['serial']}: {_person(row)}" for row in comparison["disabled"]],
                serials=[row["serial"] for row in comparison["disabled"]],
            )
        )
    notes = [
        *comparison["moved"],
        *(f"{serial}: not on the old unit" for serial in comparison["added"]),
        *(() if comparison["admins_known"] else ("The baseline was taken without a look at the administrators.",)),
    ]
    if notes or comparison["complete"]:
        rows.append(_finding("baseline_compared", "info", f"Compared with {old}", verdict_line(comparison), "", notes))
    return rows


def _finding(
    id: str, severity: str, title: str, detail: str, remedy: str, evidence: Iterable[str] = (), **more: Any
) -> dict[str, Any]:
    return {
        "id": id,
        "severity": severity,
        "title": title,
        "detail": detail,
        "actor": ADMINISTRATOR,
        "remedy": remedy,
        "evidence": list(evidence),
        **more,
    }


def _named(token: Mapping[str, Any]) -> dict[str, Any]:
    return {field: token.get(field) for field in ("serial", "kind", "vdom", "license")}


def _account(row: Mapping[str, Any]) -> dict[str, Any]:
    return {field: row[field] for field in ("type", "name", "vdom")}


def _place(token: Mapping[str, Any]) -> str:
    return f"{token['serial']} (VDOM {token['vdom']})"


def _person(row: Mapping[str, Any]) -> str:
    return f"administrator {row['name']}" if row["type"] == ADMIN else f"user {row['name']} (VDOM {row['vdom']})"


def _holdings(serials: Sequence[str]) -> str:
    return f"with {', '.join(serials)}" if serials else "without a token"


def _people(rows: Sequence[Mapping[str, Any]]) -> str:
    return ", ".join(map(_person, rows)) or "held by nobody"


def _holders(token: Mapping[str, Any]) -> str:
    return _people(token["bindings"])


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
