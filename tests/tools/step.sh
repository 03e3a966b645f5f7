#!/bin/sh
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: step.sh LABEL COMMAND [ARGUMENT...]
# Run a check and print one line; its output only when it fails. The exit status is that of the command.
set -u

label=$1
shift
log=$(mktemp)
trap 'rm -f "$log"' EXIT
start=$(date +%s)
"$@" >"$log" 2>&1 </dev/null
status=$?
took=$(($(date +%s) - start))
if [ "$status" = 0 ]; then
    echo "$label: ok, $took s"
else
    cat "$log"
    echo "$label: FAILED (exit status $status), $took s"
fi
exit "$status"
