#!/bin/sh
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Print the path of a Python interpreter that the project can use: 3.10 or later, able to make virtual environments.
# PYTHON names one to try first. Version managers put launchers on PATH that answer to every version and then
# fail, so each candidate is run and asked for its real path.
set -eu

for candidate in "${PYTHON:-python3}" python3 python3.13 python3.12 python3.11 python3.10 /usr/bin/python3 python; do
    if real=$("$candidate" -c '
import sys
import ensurepip, venv
assert sys.version_info >= (3, 10)
print(getattr(sys, "_base_executable", sys.executable))' 2>/dev/null); then
        printf '%s\n' "$real"
        exit 0
    fi
done

{
    echo "No Python 3.10 or later with the modules venv and ensurepip was found."
    echo "Debian, Ubuntu: apt-get install python3 python3-venv"
    echo "Elsewhere: install Python, or name an interpreter: make PYTHON=/path/to/python3 ..."
} >&2
exit 1
