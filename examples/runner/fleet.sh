#!/bin/sh
# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Usage: fleet.sh PRIVATE_DATA_DIR PLAYBOOK WORKERS_FILE
# Run a playbook of PRIVATE_DATA_DIR/project on every group of WORKERS_FILE at the same time, each on its own worker,
# and merge the reports. Exit status 1 when a worker's run failed.
set -eu

data=$1
playbook=$2
workers=$3
here=$(dirname "$0")
mkdir -p "$data/artifacts"

# What process prints is the worker's own output; ansible-runner keeps the exit status of the playbook in "rc".
run() {
    ansible-runner transmit "$data" --playbook "$playbook" --limit "$1" --ident "$1" |
        sh -c "$2" |
        ansible-runner process "$data" --ident "$1" >"$data/artifacts/$1.log" 2>&1 || :
}

groups=
while read -r group command; do
    case $group in
    '' | '#'*) continue ;;
    esac
    # An older result must not be taken for that of this run.
    rm -rf "$data/artifacts/${group:?}"
    run "$group" "$command" </dev/null &
    groups="$groups $group"
done <"$workers"
wait

status=0
for group in $groups; do
    rc=$(cat "$data/artifacts/$group/rc" 2>/dev/null || echo "no result, see $data/artifacts/$group.log")
    echo "$group: $rc"
    [ "$rc" = 0 ] || status=1
done
ansible-playbook -i localhost, "$here/merge_reports.yml" -e "fleet_data=$(cd "$data" && pwd)" >"$data/artifacts/merge.log" || {
    cat "$data/artifacts/merge.log"
    exit 1
}
cat "$data/fleet/fleet.md"
exit "$status"
