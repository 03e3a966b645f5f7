# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated FortiGate: test equipment, not part of the collection. See README.md."""

from __future__ import annotations

from .conditions import Fault
from .scenario import Scenario, ScenarioError, from_data, load
from .server import Simulator, running
from .unit import Unit

__all__ = ["Fault", "Scenario", "ScenarioError", "Simulator", "Unit", "from_data", "load", "running"]
