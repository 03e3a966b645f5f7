#!/bin/sh
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: setup-venv.sh VENV REQUIREMENTS...
# Make the virtual environment VENV if there is none that works, and install the requirement files into it.
set -eu

venv=$1
shift
here=$(dirname "$0")

# Programs in an environment hold its absolute path: in a moved or copied checkout it must be made again.
case $("$venv/bin/pip" --version 2>/dev/null || :) in
*"from $(pwd -P)/$venv/"*) ;;
*)
    python=$("$here/find-python.sh")
    echo "setup: new environment $venv with $("$python" --version)"
    "$python" -m venv --clear "$venv"
    ;;
esac

echo "setup: installing $*"
for file in "$@"; do
    set -- "$@" --requirement "$file"
    shift
done
# -qq: no warnings of pip about itself or its sources; errors are shown.
"$venv/bin/python" -m pip install -qq --disable-pip-version-check "$@"
