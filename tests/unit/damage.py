# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON of any kind, and files in which any one place was damaged: only the documented error may come of them."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

#: Texts of any characters, numbers beyond what a double holds, lists in lists.
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 2**63])
    | st.floats()
    | st.text(st.characters(), max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(st.characters(), max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def _places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(data, dict):
        inner = [place for key, value in data.items() for place in _places(value, (*path, key))]
    elif isinstance(data, list):
        inner = [place for number, value in enumerate(data) for place in _places(value, (*path, number))]
    else:
        inner = []
    return [path, *inner] if path else inner


@st.composite
def damaged(draw: st.DrawFn, whole: Any) -> Any:
    """Draw a copy of ``whole`` with one or two places replaced, taken away, or (in a list) there twice."""
    data = copy.deepcopy(whole)
    for _time in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(_places(data)))
        place = data
        for step in path[:-1]:
            place = place[step]
        how = draw(st.sampled_from(["replace", "replace", "remove", "repeat"]))
        if how == "replace":
            place[path[-1]] = draw(JSON)
        elif how == "remove" and len(data) > 1:
            del place[path[-1]]
        elif isinstance(place, list):
            place.append(copy.deepcopy(place[path[-1]]))
        if not _places(data):
            break
    return data
