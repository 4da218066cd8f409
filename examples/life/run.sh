#!/usr/bin/env bash
# What retention releases is held back, marked, deleted, pinned and taken back.
# --now stands for the clock, so that a week of backups fits into seconds.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

# night DAYS changes the source and takes the backup of the night so many days ago.
night() {
  echo "$1 days ago" >>"$work/ledger/ledger.txt"
  backup-plan apply --yes --no-prune --now "$(date -u -d "$1 days ago" +%FT00:05Z)" 2>/dev/null | tail -n 1
}

title 'Six nights in which nothing is deleted, and a release in between'
mkdir "$work/ledger"
new_plan office
for days in 5 4 3; do night "$days"; done
noon=$(date -u -d '3 days ago' +%FT12:00Z)
step 'backup-plan backup ledger --label release-1 --now "$noon" 2>/dev/null'
for days in 2 1 0; do night "$days"; done
step 'backup-plan list'

title 'A pinned snapshot stays, whatever retention says'
second=$(backup-plan list --json | jq -r '.snapshots[1].id')
step "backup-plan pin ledger@$second"

title 'What would go now is more than the delete guard lets through'
refused 8 'backup-plan prune --dry-run'

title 'Somebody looks at the number and allows it. A dry run, and then the same for real'
step 'backup-plan prune --max-delete 3 --dry-run'
step 'backup-plan prune --max-delete 3'
step 'backup-plan list --all'

title 'The copies in the vault are only marked. One is taken back, which pins it'
marked=$(backup-plan list --all --json | jq -r '.snapshots[0].id')
refused 8 "backup-plan restore ledger@$marked --to ../restored"
step "backup-plan undelete ledger@$marked"
step "backup-plan restore ledger@$marked --to ../restored"

title 'Unpinned, a snapshot is like any other. An apply prunes last, by itself'
step "backup-plan unpin ledger@$second"
step 'backup-plan apply'

title 'Who did what'
step 'backup-plan log --runs --limit 6'
step 'backup-plan log --limit 2'
