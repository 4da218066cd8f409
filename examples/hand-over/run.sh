#!/usr/bin/env bash
# A snapshot leaves the house in one file, and a new colleague can open the old ones.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

title 'Results of a measurement'
mkdir "$work/results"
echo 42 >"$work/results/answer.txt"
new_plan lab
step 'backup-plan apply --yes 2>/dev/null'
step 'backup-plan status'

title 'One file with the snapshot, its record and the instructions'
step 'backup-plan export results -o ../results.tar'
step 'tar -tf ../results.tar'

title 'Somebody without the plan needs the public key of the signer, and a private key'
step 'backup-plan restore results --from ../results.tar --signer keys/writer.asc --key ../private/escrow.key --to ../received'

title 'A colleague joins'
step 'backup-plan key generate "lab colleague" --private ../private/colleague.key --public keys/colleague.asc'
step "sed -i 's/keys\/escrow.asc\]/keys\/escrow.asc, keys\/colleague.asc]/' backup-plan.yaml"
step 'backup-plan apply --yes'
refused 9 'backup-plan restore results --to ../colleague --key ../private/colleague.key'

title 'Old snapshots open with the new key too'
step 'backup-plan key rewrap --dry-run --key ../private/operations.key'
step 'backup-plan key rewrap --key ../private/operations.key'
step 'backup-plan restore results --to ../colleague --key ../private/colleague.key'

title 'Who applied what'
step 'backup-plan log'
step 'backup-plan log --runs'
