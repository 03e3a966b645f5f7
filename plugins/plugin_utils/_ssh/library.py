# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""paramiko, where it is installed. Everything else of this package takes it from here.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def _without_invoke() -> Iterator[None]:
    """Keep paramiko from importing invoke, which it needs for nothing but ``Match exec`` in a configuration file of
    OpenSSH's. This collection reads none, and each open session would hold five megabytes more.
    """
    if "invoke" in sys.modules:
        yield
        return
    sys.modules["invoke"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules["invoke"]


try:
    with _without_invoke():
        import paramiko
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
except ImportError as error:
    PARAMIKO_ERROR: ImportError | None = error
    paramiko: Any = None  # type: ignore[no-redef]
    serialization: Any = None  # type: ignore[no-redef]
    ec: Any = None  # type: ignore[no-redef]
    ed25519: Any = None  # type: ignore[no-redef]
    rsa: Any = None  # type: ignore[no-redef]
else:
    PARAMIKO_ERROR = None

__all__ = ["PARAMIKO_ERROR", "ec", "ed25519", "paramiko", "rsa", "serialization"]
