#!/usr/bin/env bash
# npm run quickstart: an application is backed up, lost and brought back, in a temporary folder.
# Every line that begins with $ is the command that runs next.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

install_dependencies
install_tools gpg:gnupg sqlite3:sqlite3 tar:tar zstd:zstd
npm run --silent build

repository=$PWD
place=$(mktemp -d -t backup-plan-quickstart-XXXXXX)
mkdir "$place/bin"
ln -s "$repository/dist/bin.js" "$place/bin/backup-plan"
export PATH="$place/bin:$PATH" GNUPGHOME="$place/gnupg"
unset BACKUP_PLAN_HOST BACKUP_PLAN_SIGNING_KEY
cd "$place"

step() { printf '\n\n# %s\n' "$*"; }
run() {
  printf '\n$ %s\n' "$*"
  "$@"
}
shell() {
  printf '\n$ %s\n' "$1"
  bash -euo pipefail -c "$1"
}

make_application() {
  mkdir -p app/config/conf.d
  sqlite3 app/orders.db >/dev/null \
    'PRAGMA journal_mode = WAL; CREATE TABLE orders (id INTEGER PRIMARY KEY, item TEXT, placed TEXT)'
  echo '{ "currency": "EUR", "theme": "dark" }' >app/settings.json
  echo 'listen = 0.0.0.0:8080' >app/config/conf.d/10-server.conf
  echo 'workers = 4' >app/config/conf.d/20-workers.conf
  ln -s conf.d/10-server.conf app/config/active.conf
  (umask 077 && echo 'PAYMENT_TOKEN=not-a-real-token' >app/secrets.env)
}

# Writes to the database until it is stopped, as the application would.
take_orders() {
  while sqlite3 -cmd '.timeout 5000' app/orders.db \
    "INSERT INTO orders (item, placed) VALUES ('coffee', datetime())"; do sleep 0.05; done
}

step "An application in $place/app, with a writer active on its database"
make_application
take_orders &
writer=$!
trap 'kill "$writer" 2>/dev/null || true' EXIT
run ls -lR app

step 'A repository for the plan; private keys lie outside of it'
run backup-plan init --name shop --keys private plan
run cp "$repository/examples/shop/backup-plan.yaml" plan/backup-plan.yaml
run cat plan/backup-plan.yaml
cd plan
run backup-plan validate

step 'What would happen, then make it so'
run backup-plan plan
run backup-plan apply --yes

step 'Nothing is due now, so this does nothing'
run backup-plan apply

step 'The application stops; one more backup of its last state, an incremental one for the files'
kill "$writer"
wait "$writer" 2>/dev/null || true
(cd .. && sqlite3 app/orders.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null)
echo 'workers = 8' >../app/config/conf.d/20-workers.conf
run backup-plan backup orders
run backup-plan backup settings --mode incremental
run backup-plan list
run backup-plan show settings --files --key ../private/operations.key
run backup-plan verify --level decrypt --key ../private/operations.key

step 'The application is lost'
run cp -a ../app ../app-as-it-was
run rm -rf ../app

step 'And comes back'
run backup-plan restore orders --to ../restored/orders --key ../private/operations.key
run backup-plan restore settings --to ../restored/settings --key ../private/operations.key
run cmp ../app-as-it-was/orders.db ../restored/orders/orders.db
found=$(cd ../restored/settings && find . -name settings.json -printf '%h')
for part in config settings.json secrets.env; do
  run diff -r --no-dereference "../app-as-it-was/$part" "../restored/settings/$found/$part"
done
echo 'Every byte is the same.'

step 'Without backup-plan: stock gpg, zstd and tar read a bundle'
mkdir -m 700 "$GNUPGHOME"
bundle=$(find ../backups/shop/data/settings -name '*.tar.zst.gpg' | sort | head -n 1)
shell 'gpg --quiet --batch --import ../private/escrow.key'
shell "gpg --quiet --batch --decrypt $bundle | zstd -q -d | tar -tv"
gpgconf --kill all

step 'Where everything lies'
cat <<END
$place/plan       the plan and its public keys: commit this folder
$place/private    private keys: operations.key and escrow.key open bundles, writer.key signs them
$place/backups    the target: signed records, encrypted bundles, a README for emergencies
$place/restored   what came back

Next: cd $place/plan, then any command above. rm -rf $place removes it all.
END
