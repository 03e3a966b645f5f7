# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Property tests have no deadline for one example: on a busy machine any of them may wait for a second."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("steady", settings.default, deadline=None)
settings.load_profile("steady")
