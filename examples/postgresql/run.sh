#!/usr/bin/env bash
# A database is dumped, loses a table, goes through a migration that fails, and comes back each time.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

programs=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
server=$(mktemp -d /tmp/shop-db.XXXXXX)
# A server does not run as root; another user owns its folder then.
as_server() {
  if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups "$@"; else "$@"; fi
}
[ "$(id -u)" != 0 ] || chown postgres "$server"
trap 'cd /; as_server "$programs/pg_ctl" stop --silent --mode=immediate -D "$server/data"; rm -rf "$server"' EXIT
export SHOP_SOCKET=$server SHOP_PASSWORD=example PGHOST=$server PGUSER=postgres PGPASSWORD=example
psql() { command psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 "$@"; }

title 'A server with a shop'
echo example >"$server/password"
(
  cd /
  as_server "$programs/initdb" -D "$server/data" -U postgres --auth=scram-sha-256 --no-sync \
    --pwfile="$server/password" >"$work/initdb.log"
  as_server "$programs/pg_ctl" start --silent -D "$server/data" --log "$server/log" \
    --options "-k $server -c listen_addresses= -c fsync=off"
)
psql --dbname postgres --command 'CREATE DATABASE shop'
psql --dbname shop --file "$example/shop.sql"
export PGDATABASE=shop
new_plan shop

title 'The dump is read while it streams: it is whole when the data of every table has come'
step 'backup-plan apply --yes'
step 'backup-plan show shop --files'

title 'Somebody drops a table. It comes back with what stands on it, and nothing else changes'
step "psql --command \"INSERT INTO customers (name) VALUES ('Barbara')\""
step 'psql --command "DROP TABLE orders CASCADE"'
step 'backup-plan restore shop --only public.orders --in-place --force'
step 'psql --no-align --tuples-only --command "SELECT * FROM turnover ORDER BY name"'
step 'psql --no-align --tuples-only --command "SELECT count(*) FROM customers"'

title 'A migration goes wrong. The whole database goes back, in one transaction, and what is newer goes'
step 'backup-plan backup --label before-migration'
step 'psql --command "ALTER TABLE orders DROP COLUMN cents CASCADE; CREATE TABLE refunds (customer int REFERENCES customers)"'
step 'backup-plan restore shop@label:before-migration --in-place --force | tee ../restored.txt'
step 'psql --no-align --tuples-only --command "SELECT * FROM turnover ORDER BY name"'

title 'It was the migration that was right: undo loads what was there before the restore'
step 'backup-plan undo "$(sed -n "s/.*backup-plan undo //p" ../restored.txt)"'
step 'psql --no-align --tuples-only --command "SELECT count(*) FROM refunds"'

title 'As files, for any other server: pg_restore and psql read them'
step 'backup-plan restore shop --to ../restored'
step 'ls ../restored'
step 'pg_restore --list ../restored/shop.dump | grep -c "TABLE DATA"'
step 'grep -c "CREATE ROLE shopkeeper" ../restored/globals.sql'

title 'A lock that is not released fails the backup in time'
mkfifo "$work/lock"
psql --file "$work/lock" >"$work/locked" &
exec 9>"$work/lock"
printf '%s\n' 'BEGIN; LOCK TABLE orders;' '\echo locked' >&9
until grep -q locked "$work/locked"; do sleep 0.1; done
refused 3 'backup-plan backup'
exec 9>&-
wait %+
