#!/usr/bin/env bash
# Writes orders into the database $1 until it is told to stop, as a busy application would.
set -uo pipefail
trap 'exit 0' TERM INT
while :; do
  sqlite3 -cmd '.timeout 5000' "$1" "INSERT INTO orders (customer, total) VALUES ('live', 1);" || exit 1
done
