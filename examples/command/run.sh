#!/usr/bin/env bash
# Any program can be a source, as long as its output can prove that it is whole.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

title 'A program that exports the contents of a secrets store'
mkdir "$work/bin"
install -m 755 "$example/vault.sh" "$work/bin/vault"
new_plan vault

title 'Without the token nothing is stored'
refused 9 'backup-plan apply --yes'

title 'With it, both exports become artifacts of one snapshot'
step 'export VAULT_TOKEN=s.example'
step 'backup-plan backup'
step 'backup-plan show vault'

title 'The connection breaks: the program prints half of its JSON and exits 0'
step 'touch ../bin/cut'
refused 3 'backup-plan backup'

title 'Nothing of that was kept: latest is still the good one'
step 'backup-plan restore vault --to ../restored'
step 'ls ../restored'
step 'jq .kind ../restored/policies ../restored/secrets'

title 'Into the running store: a snapshot of what is there comes first, and without it nothing is loaded'
refused 3 'backup-plan restore vault --in-place --force'
step 'rm ../bin/cut'
step 'backup-plan restore vault --in-place --force'
step 'jq -c .entries ../bin/policies.json ../bin/secrets.json'
