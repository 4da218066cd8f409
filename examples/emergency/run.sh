#!/usr/bin/env bash
# The machine, the plan and the git host are gone. Left: the disk with the backups, the escrow key
# from the safe, and the public key of the signer.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

title 'Before: an office with backups'
mkdir -p "$work/office/letters"
echo 'Dear Ada' >"$work/office/letters/ada.txt"
sqlite3 "$work/office/accounts.db" "CREATE TABLE accounts (name TEXT); INSERT INTO accounts VALUES ('Ada'), ('Bob');"
new_plan office
step 'backup-plan apply --yes'

title 'The fire: only the safe and the disk are left'
step 'mkdir ../safe'
step 'cp ../private/escrow.key keys/writer.asc ../safe/'
step 'cd ../safe'
step "rm -rf $work/plan $work/private $work/office"

title 'What is on the disk'
step 'backup-plan list --target ../backups --signer writer.asc'
step 'backup-plan verify --target ../backups --signer writer.asc --level decrypt --key escrow.key'

title 'Bring it back'
step 'backup-plan restore letters --to ../letters --target ../backups --signer writer.asc --key escrow.key'
step 'find ../letters -type f -exec cat {} +'
step 'backup-plan restore accounts --to ../accounts --target ../backups --signer writer.asc --key escrow.key'
step "sqlite3 ../accounts/accounts.db 'SELECT name FROM accounts;'"

title 'And without backup-plan: is the record genuine, is the data intact, what is in it?'
export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
step 'record=$(ls ../backups/office/snapshots/letters/*.json)'
step 'jq -r .payload "$record" | base64 -d >record.json'
step "jq -r '.signatures[0].signature' \"\$record\" | base64 -d >record.sig"
step 'gpg --dearmor <writer.asc >signers.gpg'
step 'gpgv --quiet --keyring ./signers.gpg record.sig record.json 2>/dev/null && echo genuine'
step "jq -r '.artifacts[], .index | .sha256 + \"  \" + .key' record.json >digests"
step '(cd ../backups && sha256sum --quiet -c) <digests && echo intact'
step 'gpg --batch --quiet --import escrow.key 2>/dev/null'
step 'gpg --batch --quiet -d ../backups/office/data/letters/*/files.tar.zst.gpg | zstd -d | tar -t'
gpgconf --kill gpg-agent
