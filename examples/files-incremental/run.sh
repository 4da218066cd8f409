#!/usr/bin/env bash
# A week of a folder: one full backup, two incremental ones, and a way back to each of the days.
# --now stands for the clock, so that three nights fit into seconds.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

title 'A folder with documents, a temporary file and a cache'
mkdir -p "$work/documents/cache" "$work/documents/letters"
cd "$work/documents"
echo 'draft' >report.txt
echo 'Dear Ada' >letters/ada.txt
echo 'Dear Bob' >letters/bob.txt
echo 'scratch' >report.tmp
echo 'cached' >cache/page
new_plan documents

title 'Monday: the first backup is a full one'
step 'backup-plan apply --yes --now 2026-03-02T04:00Z'

title 'Tuesday: the report is final, a letter is gone'
echo 'final' >../documents/report.txt
rm ../documents/letters/bob.txt
step 'backup-plan apply --now 2026-03-03T04:00Z'

title 'Wednesday: a new letter'
echo 'Dear Eve' >../documents/letters/eve.txt
step 'backup-plan apply --now 2026-03-04T04:00Z'
step 'backup-plan list --now 2026-03-04T05:00Z'

title 'What changed since Monday, from the encrypted indexes alone'
step 'backup-plan show documents --against documents@2026-03-02T12:00Z'

title 'The newest state: the whole chain is read, and what was deleted stays deleted'
step 'backup-plan restore documents --to ../newest'
step "(cd ../newest$work && find documents -type f | sort)"

title "Monday's state"
step 'backup-plan restore documents@2026-03-02T12:00Z --to ../monday'
step "(cd ../monday$work && find documents -type f | sort)"
step "cat ../monday$work/documents/report.txt"

title 'One file of it'
step "backup-plan restore documents@2026-03-02T12:00Z --only $work/documents/letters/bob.txt --to ../letter"
step 'find ../letter -type f | wc -l'
step "backup-plan cat documents@2026-03-02T12:00Z $work/documents/letters/bob.txt"
