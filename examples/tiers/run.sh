#!/usr/bin/env bash
# Nightly on the disk, weekly offsite, monthly in the archive.
# --now stands for the clock, so that weeks of backups fit into seconds.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

# night DATE changes the source and takes the backup of that night.
night() {
  echo "$1" >>"$work/ledger/ledger.txt"
  backup-plan apply --yes --no-prune --now "$1T02:00:05Z" 2>/dev/null | tail -n 1 | sed "s/^ */$1 /"
}

title 'The first snapshot goes everywhere'
mkdir "$work/ledger"
new_plan ledger
night 2026-03-06

title 'The first backup after the tick of Sunday, the 8th, at three o’clock goes offsite'
for day in 08 09 10; do night "2026-03-$day"; done

title 'plan says before where a backup will go'
step 'backup-plan plan --now 2026-03-11T02:00:05Z'

title 'The offsite target is away in the night of the next one'
mv ../offsite ../unplugged
step 'backup-plan apply --yes --no-prune --now 2026-03-16T02:00:05Z 2>/dev/null || echo "exit code $?"'
night 2026-03-17
mv ../unplugged ../offsite
refused 6 'backup-plan status --now 2026-03-17T12:00Z'

title 'Back again, it gets what it missed, and nothing else'
step 'backup-plan apply --no-prune --now 2026-03-17T12:00Z'
step 'backup-plan status --now 2026-03-17T12:00Z'

title 'April begins'
for day in 04-01 04-02; do night "2026-$day"; done
step 'backup-plan list --now 2026-04-02T12:00Z'
