#!/bin/sh
# A stand-in for the command-line client of a secrets store: prints an export as JSON, takes one on stdin.
[ "${VAULT_TOKEN-}" = s.example ] || { echo 'permission denied' >&2; exit 2; }
here=$(dirname "$0")
if [ "$1" = import ]; then
  exec cat >"$here/$BACKUP_PLAN_ARTIFACT.json"
fi
printf '{ "kind": "%s", "entries": ["db", "api"]' "$2"
# What an interrupted connection looks like: half of the text, and an exit code of 0.
[ -e "$here/cut" ] && exit 0
printf ', "complete": true }\n'
