#!/usr/bin/env bash
# Makes a small application below the folder $1: a SQLite database in WAL mode, JSON settings, a
# configuration tree and a file with secrets.
set -euo pipefail
app=$1
mkdir -p "$app/data" "$app/etc/sites" "$app/secrets"
sqlite3 "$app/data/shop.db" >/dev/null <<'SQL'
PRAGMA journal_mode = WAL;
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer TEXT NOT NULL, total INTEGER NOT NULL);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
INSERT INTO orders SELECT i, 'customer ' || (i % 997), i * 7 % 10007 FROM n;
SQL
printf '{ "title": "Example shop", "currency": "EUR", "features": ["search", "export"] }\n' >"$app/settings.json"
for site in north south; do printf 'server %s\nlisten 8080\n' "$site" >"$app/etc/sites/$site.conf"; done
ln -s sites/north.conf "$app/etc/default.conf"
printf 'token=%s\n' "$(head -c 24 /dev/urandom | base64)" >"$app/secrets/app.env"
chmod 600 "$app/secrets/app.env"
