#!/bin/sh
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: need-program.sh PROGRAM PACKAGE...
# Make sure that PROGRAM is there: install the Debian packages where that is possible, else say what to do.
set -eu

program=$1
shift
if command -v "$program" >/dev/null; then
    exit 0
fi
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
    echo "setup: installing $*"
    export DEBIAN_FRONTEND=noninteractive
    log=$(mktemp)
    if { apt-get -qq update && apt-get -qq install --yes --no-install-recommends "$@"; } >"$log" 2>&1 &&
        command -v "$program" >/dev/null; then
        rm -f "$log"
        exit 0
    fi
    cat "$log" >&2
    rm -f "$log"
fi
echo "The tests need the program '$program'. Debian, Ubuntu: sudo apt-get install $*" >&2
exit 1
