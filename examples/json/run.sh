#!/usr/bin/env bash
# The state of an application in one JSON document: looked at every hour, brought back key by key.
# --now stands for the clock, so that a morning fits into seconds.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

title 'A document with templates, requests and machines'
mkdir "$work/data"
cp "$example/request_database.json" "$work/data/"
new_plan hostfactory

title 'The first look takes a snapshot'
step 'backup-plan apply --yes --now 2026-03-02T08:05Z'

title 'An hour later nothing has changed: no snapshot, but a signed event that says so'
step 'backup-plan apply --now 2026-03-02T09:05Z'
step 'backup-plan list --now 2026-03-02T09:06Z'

# change PROGRAM rewrites the document as an application would: a new file, renamed into place.
change() {
  jq "$1" ../data/request_database.json >../data/new.json
  mv ../data/new.json ../data/request_database.json
}

title 'A request comes in'
change '.requests += ["r-3"]'
step 'backup-plan apply --now 2026-03-02T10:05Z'
step 'backup-plan show database --against database@2026-03-02T09:00Z'

title 'A bad deployment empties the templates, while requests go on'
change '.templates = {} | .requests += ["r-4"]'
step 'backup-plan restore database --in-place --only templates --dry-run --diff'

title 'Only the templates come back; everything else in the live document stays'
step 'backup-plan restore database --in-place --only templates --force'
step 'jq -c . ../data/request_database.json'

title 'A program that dies while it writes: half a document is no backup'
head -c 60 ../data/request_database.json >../data/half.json
mv ../data/half.json ../data/request_database.json
refused 3 'backup-plan apply --now 2026-03-02T11:05Z'
refused 8 'backup-plan restore database --in-place --only templates --force'

title 'The whole document of ten past ten'
step 'backup-plan restore database --in-place --force'
step 'jq -c . ../data/request_database.json'
