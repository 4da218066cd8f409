#!/usr/bin/env bash
# Two copies of every snapshot. One is damaged: verify finds it, restore takes the other.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

title 'A folder of photos, captured once and stored twice'
mkdir "$work/photos"
for n in 1 2 3; do head -c 50000 /dev/urandom >"$work/photos/$n.jpg"; done
new_plan photos
step 'backup-plan apply --yes'

title 'One byte of the copy on the disk changes'
step 'bundle=$(ls ../disk/photos/data/photos/*/files.tar.zst.gpg)'
step 'chmod u+w "$bundle"'
step 'printf X | dd of="$bundle" bs=1 seek=70000 conv=notrunc status=none'

title 'restore takes the other copy, and says so'
step 'backup-plan restore photos --to ../restored'
step "diff -r ../photos ../restored$work/photos"

title 'verify names the copy and the place of the damage'
refused 5 'backup-plan verify'

title 'A new backup makes both targets whole again'
step 'backup-plan backup'
step 'backup-plan verify photos@latest'
