# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables are found in a configuration of any size, cut into any pieces, and nothing inside of a value is a table."""

from __future__ import annotations

import resource
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure
from ansible_collections.fortiops.fortitoken.plugins.plugin_utils._offline.scan import PLACE, Scanner, dedented

VDOMS = """\
#config-version=FG10E1-7.4.8-FW-build2795-250523:opmode=0:vdom=1:user=admin
config vdom
edit root
next
edit "dmz"
next
end

config global
config system global
    set hostname "fw"
end
config system replacemsg-image
    edit "logo"
        set image-base64 ''
        set comment "he said \\"hi
config user local
    edit \\"evil\\"
end
and left"
    next
end
end

config vdom
edit root
config user local
    edit "a \\\\"
        config nested
            edit 1
            next
        end
    next
end
end

config vdom
edit dmz
config firewall policy
    edit 1
    next
end
config user fortitoken
    edit "FTK200BAA0000001"
    next
end
next
end
"""


def scanned(text: str, strict: bool = True, size: int = 1 << 20) -> Scanner:
    scanner = Scanner("fw.conf", strict)
    data = text.encode()
    for start in range(0, len(data), size):
        scanner.feed(data[start : start + size])
    scanner.finish()
    return scanner


def found(scanner: Scanner) -> list[tuple[str, str]]:
    return [(block.scope, block.path) for block in scanner.blocks]


EXPECTED = [("global", "system global"), ("root", "user local"), ("dmz", "user fortitoken")]


@given(st.integers(1, 60))
def test_tables_are_found_in_their_scopes_whatever_the_pieces(size: int) -> None:
    scanner = scanned(VDOMS, size=size)
    assert found(scanner) == EXPECTED
    assert scanner.vdoms == ["root", "dmz"]
    assert scanner.described == {"global", "root", "dmz"}
    assert scanner.outside.startswith("#config-version=")
    assert scanner.blocks[1].text.startswith('config user local\n    edit "a \\\\"\n')
    assert scanner.blocks[1].text.endswith("    next\nend\n")


def test_line_breaks_of_windows_make_no_difference() -> None:
    scanner = scanned(VDOMS.replace("\n", "\r\n"))
    assert found(scanner) == EXPECTED
    assert "\r" not in scanner.blocks[0].text


def test_a_configuration_without_indentation_is_read_as_well() -> None:
    flat = "".join(line.lstrip() + "\n" for line in VDOMS.splitlines())
    assert found(scanned(flat)) == EXPECTED


def test_a_text_that_quotes_or_indents_a_listing_is_read() -> None:
    listing = 'config user local\n    edit "a"\n    next\nend\n'
    for prefix in ("> ", "    "):
        data = dedented(textwrap.indent(listing, prefix, lambda _line: True).encode())
        assert scanned(data.decode(), strict=False).blocks[0].text == listing


def test_the_rest_of_a_copy_is_kept_with_the_place_of_each_table() -> None:
    scanner = scanned('F # show user local\nconfig user local\nend\n\nF # "\nnext\nend\n', strict=False)
    assert scanner.outside.replace("\n\n", "\n").startswith(f'F # show user local\n{PLACE.format(0)}\n\nF # "')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (VDOMS[: VDOMS.index("and left")], "cut off.*config system replacemsg-image"),
        (VDOMS[: VDOMS.index('    edit "FTK')], "cut off.*'config user fortitoken', which begins in line 43"),
        ("config system global\nend\nend\n", "'end' in line 3 closes nothing"),
        ("config system global\nnext\n", "'next' in line 2 closes nothing"),
        ("edit 1\n", "line 1 belongs to no table"),
        ("config vdom\nconfig user local\nend\nend\n", "line 2 belongs to no VDOM"),
        ("config global\nedit 1\nend\n", "line 2 belongs to no table"),
    ],
)
def test_what_does_not_fit_together_is_one_clear_error(text: str, message: str) -> None:
    with pytest.raises(ConsoleFailure, match=message) as failure:
        scanned(text)
    assert str(failure.value).startswith("fw.conf ")
    assert failure.value.kind == "refused"


def test_a_flood_without_line_breaks_is_refused() -> None:
    with pytest.raises(ConsoleFailure, match="not a FortiGate configuration"):
        scanned("config user local\n" + "x" * 17_000_000)


def test_thirty_megabytes_take_little_time_and_no_memory(tmp_path: Path) -> None:
    """A tenth of the largest backup; the bounds are those of a busy machine."""
    entry = '    edit "addr-{0}"\n        set comment "\\"{0}\\""\n        set subnet 192.0.2.1/32\n    next\n'
    table = "config firewall address\n" + "".join(entry.format(number) for number in range(3000)) + "end\n"
    path = tmp_path / "big.conf"
    with path.open("w", encoding="ascii") as file:
        for _round in range(30_000_000 // len(table)):
            file.write(table)
        file.write('config user local\n    edit "a"\n    next\nend\n')
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    scanner = Scanner("big.conf")
    with path.open("rb") as file:
        while piece := file.read(4 << 20):
            scanner.feed(piece)
    scanner.finish()
    assert time.process_time() - started < 1.5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    assert found(scanner) == [("", "user local")]


def test_a_line_of_output_that_begins_like_a_table_is_none() -> None:
    scanner = scanned("F # x\nconfig transaction (id=1) started\n\nF # y\nconfig user local\nend\n", strict=False)
    assert found(scanner) == [("", "user local")]
    assert "config transaction (id=1) started" in scanner.outside
