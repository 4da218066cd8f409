#!/usr/bin/env bash
# A running shop is put back over its own data, the way back included.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"
export XDG_STATE_HOME=$work/state

title 'A shop: a database, pictures, and a service that runs'
mkdir -p "$work/shop/pictures"
cd "$work/shop"
echo '2.3.1' >VERSION
sqlite3 orders.db 'CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT NOT NULL);'
echo tea >pictures/tea.svg
new_plan shop
step 'backup-plan apply --yes 2>/dev/null'
sqlite3 ../shop/orders.db "INSERT INTO orders (item) VALUES ('tea'), ('coffee');"
echo coffee >../shop/pictures/coffee.svg
step 'backup-plan backup --label opening 2>/dev/null'
touch ../shop/running

title 'A bad release: orders are lost, a picture is overwritten, another one is new'
step 'sqlite3 ../shop/orders.db "DELETE FROM orders WHERE id = 1;"'
step 'echo broken >../shop/pictures/tea.svg'
step 'echo milk >../shop/pictures/milk.svg'

title 'What a restore would do, path by path'
step 'backup-plan restore pictures --in-place --dry-run --diff'

title 'The service runs, so nothing is replaced'
refused 8 'backup-plan restore --group shop --in-place'

title 'Database and pictures of one moment. What was there is set aside first'
step 'backup-plan restore --group shop --in-place --force'
step 'sqlite3 ../shop/orders.db "SELECT item FROM orders;"'
step 'cat ../shop/pictures/*.svg'

title 'All of it can be undone'
step 'backup-plan undo'
step "backup-plan undo $(backup-plan undo --json | jq -r '.restores[0].restoreId')"
step 'cat ../shop/pictures/*.svg'

title 'A check fails: there are no orders in that snapshot. The way back is printed'
first=$(backup-plan list orders --json | jq -r '.snapshots[0].id')
refused 5 "backup-plan restore orders@$first --in-place --force"
step "backup-plan undo $(backup-plan undo --json | jq -r '.restores[-1].restoreId')"
step 'sqlite3 ../shop/orders.db "SELECT item FROM orders;"'

title 'Another major version runs now'
echo '3.0.0' >../shop/VERSION
refused 8 'backup-plan restore orders --in-place --force'

title 'One file of it; and the same file to another place'
step "backup-plan restore pictures --in-place --force --only ${work#/}/shop/pictures/tea.svg"
step "backup-plan restore pictures --in-place --force --map $work/shop/pictures=$work/old"
step 'cat ../shop/pictures/*.svg'
step 'ls ../old'
