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
step "sqlite3 ../office/accounts.db \"INSERT INTO accounts VALUES ('Eve');\""
step 'backup-plan backup accounts --mode incremental'

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

title 'And without backup-plan: README.txt on the disk, followed to the letter in an empty folder'
export GNUPGHOME=$work/gnupg
mkdir -m 700 "$GNUPGHOME"
step 'mkdir ../clean'
step 'cd ../clean'
step 'cp ../safe/writer.asc signer.asc'
step 'gpg --batch --quiet --import ../safe/escrow.key 2>/dev/null'
step "sed -n -e '/^1\\./,/^3\\./s/^    //p' -e '/^4\\./,/^5\\./s/^    //p' ../backups/README.txt >recipe.sh"
step 'id=$(basename "$(dirname ../backups/office/data/accounts/*/pages.bin.zst.gpg)")'
step 'sed -i "s|copy=.*|copy=$PWD/../backups plan=office resource=accounts id=$id|" recipe.sh'
step 'sh -eu recipe.sh 2>gpg.log'
step 'grep -c "Good signature" gpg.log'
step "sqlite3 restored.db 'SELECT name FROM accounts;'"
gpgconf --kill gpg-agent
