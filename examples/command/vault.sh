#!/bin/sh
# A stand-in for the command-line client of a secrets store: prints an export as JSON.
[ "${VAULT_TOKEN-}" = s.example ] || { echo 'permission denied' >&2; exit 2; }
printf '{ "kind": "%s", "entries": ["db", "api"]' "$2"
# What an interrupted connection looks like: half of the text, and an exit code of 0.
[ -e "$(dirname "$0")/cut" ] && exit 0
printf ', "complete": true }\n'
