#!/usr/bin/env bash
# A SQLite database is copied online while a program writes to it, and comes back checked.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

title 'A database in WAL mode; an open transaction holds a row that is not committed yet'
mkdir "$work/app"
cd "$work/app"
step "sqlite3 orders.db 'PRAGMA journal_mode = WAL; CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT NOT NULL);'"
step "sqlite3 orders.db \"INSERT INTO orders (item) VALUES ('tea'), ('coffee'), ('milk');\""
mkfifo "$work/statements"
sqlite3 orders.db <"$work/statements" &
exec 3>"$work/statements"
echo "BEGIN; INSERT INTO orders (item) VALUES ('late order');" >&3
trap 'exec 3>&-; wait' EXIT
new_plan shop

title 'A full one and a dump are due. The writer stays connected'
step 'backup-plan apply --yes'

title 'An hour later the writer has committed: only the changed pages are stored'
echo "COMMIT;" >&3
exec 3>&-
wait
step 'backup-plan backup orders --mode incremental'
step "backup-plan list --json | jq -r '.snapshots[] | \"\(.resource) \(.mode)\"' | sort"

title 'A table is dropped by mistake'
step "sqlite3 ../app/orders.db 'DROP TABLE orders;'"

title 'The full one and the pages over it; the result is checked before it gets its name'
step 'backup-plan restore orders --to ../restored'
step "sqlite3 ../restored/orders.db 'SELECT id, item FROM orders;'"

title 'The SQL dump is no restore point, so only its id names it'
dump=$(backup-plan list --json | jq -r '.snapshots[] | select(.mode == "dump") | .id')
step "backup-plan restore orders@$dump --to ../sql"
step 'ls ../sql'

title 'A missing database is an error, and the older backups stay as they are'
step 'mv ../app/orders.db ../app/moved.db'
refused 3 'backup-plan backup orders'
step 'backup-plan verify'
