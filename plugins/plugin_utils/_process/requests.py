# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose request is worked on, where several modules use one session: one at a time, each with an id of its own.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.fortiops.fortitoken.plugins.module_utils._errors import ConsoleFailure

# A module asks again at once when its request comes back unfinished. After so many seconds without, it is gone.
_GONE_SECONDS = 3.0


@dataclass
class Request:
    """Work that was asked for.

    steps: the work. finish: gives its value at the end. id: only who knows it can go on with the request. heard: when
    its module last asked for it.
    """

    steps: Generator[None, None, None]
    finish: Callable[[], Any] = lambda: None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    heard: float = 0.0


class Requests:
    """Requests in the order in which they came. The first is worked on; the others wait until it is done or left."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._requests: list[Request] = []
        self._begun = False

    @property
    def idle(self) -> bool:
        """Tell whether no request is being worked on."""
        return not self._begun

    def add(self, request: Request) -> None:
        """Put a request at the end of the line."""
        request.heard = self._clock()
        self._requests.append(request)

    def turn(self, request_id: str) -> tuple[Request | None, Request | None]:
        """Return the request if it is its turn, else None; and an unfinished one whose module is gone, to be ended.

        Raises ConsoleFailure of kind ``refused`` for a request that has ended.
        """
        now = self._clock()
        mine = next((one for one in self._requests if one.id == request_id), None)
        if mine is None:
            raise ConsoleFailure("refused", "this request has ended: its task did not ask for the answer in time")
        mine.heard = now
        first = self._requests[0]
        left = first if self._begun and now - first.heard > _GONE_SECONDS else None
        self._requests = [one for one in self._requests if now - one.heard <= _GONE_SECONDS or one is mine]
        if self._requests[0] is not mine:
            return None, None
        self._begun = True
        return mine, left

    def worked_on(self, request: Request) -> None:
        """Take note that a request was worked on until now."""
        request.heard = self._clock()

    def end(self) -> Request | None:
        """Forget the request that is worked on, and return it; None if there is none."""
        if not self._begun:
            return None
        self._begun = False
        return self._requests.pop(0)

    def clear(self) -> None:
        """Forget all requests."""
        self._requests.clear()
        self._begun = False
