#!/usr/bin/env bash
# The whole story in one minute: back an application up while it runs, destroy it, bring it back.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
program=${BACKUP_PLAN:-$here/../../dist/bin.js}
work=$(mktemp -d "${TMPDIR:-/tmp}/backup-plan-quickstart.XXXXXX")
writer=
trap '[ -z "$writer" ] || kill "$writer" 2>/dev/null || true' EXIT

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
backup-plan() {
  printf '$ backup-plan'
  printf ' %q' "$@"
  printf '\n'
  "$program" "$@"
}

say 'An application: a SQLite database, settings, a configuration tree, secrets'
bash "$here/app.sh" "$work/app"
(cd "$work" && find app | sort)

say 'A plan and its keys. Private keys stay outside the folder that is committed'
mkdir "$work/plan"
cd "$work/plan"
backup-plan init --name shop --keys "$work/private" .
cp "$here/backup-plan.yaml" backup-plan.yaml
backup-plan validate

say 'A writer keeps the database busy from here on'
bash "$here/writer.sh" "$work/app/data/shop.db" &
writer=$!

say 'What would be done, and then doing it'
backup-plan plan
backup-plan apply --yes
say 'A second apply has nothing to do'
backup-plan apply

say 'The writer stops; one more backup is taken by hand, so that nothing is missing'
kill "$writer"
wait "$writer" || true
writer=
backup-plan backup --label before-the-fire

say 'What exists, and that all of it can be read'
backup-plan list
backup-plan verify --level decrypt --key "$work/private/operations.key"
backup-plan status

say 'The application is destroyed'
sqlite3 "$work/app/data/shop.db" .dump | sha256sum >"$work/before.sha256"
mv "$work/app" "$work/app.destroyed"

say 'It comes back from the backups'
backup-plan restore configuration --to "$work/restored" --key "$work/private/operations.key"
backup-plan restore settings --to "$work/settings" --key "$work/private/operations.key"
backup-plan restore database --to "$work/database" --key "$work/private/operations.key"
mkdir -p "$work/app/data"
cp -a "$work/restored$work/app/etc" "$work/restored$work/app/secrets" "$work/app/"
cp "$work/settings/settings" "$work/app/settings.json"
cp "$work/database/shop.db" "$work/app/data/shop.db"

say 'And is the same'
for part in etc secrets settings.json; do
  diff -r --no-dereference "$work/app.destroyed/$part" "$work/app/$part"
done
sqlite3 "$work/app/data/shop.db" .dump | sha256sum | diff "$work/before.sha256" -
echo 'configuration, secrets, settings: identical byte for byte; database: identical row for row'

say 'Without backup-plan: stock gpg, zstd and tar read a bundle'
bundle=$(find "$work/backups/shop/data/configuration" -name 'files.tar.zst.gpg' | sort | head -n 1)
if command -v gpg >/dev/null; then
  gnupg=$(mktemp -d "${TMPDIR:-/tmp}/bpq.XXXXXX")
  printf '$ gpg --import operations.key; gpg -d %s | zstd -d | tar -t\n' "${bundle##*/}"
  gpg --homedir "$gnupg" --batch --quiet --import "$work/private/operations.key" 2>/dev/null
  gpg --homedir "$gnupg" --batch --quiet -d "$bundle" | zstd -dq | tar -t
  gpgconf --homedir "$gnupg" --kill gpg-agent
  rm -rf "$gnupg"
else
  printf '$ gpg -d %s | zstd -d | tar -t      (gpg is not installed here)\n' "${bundle##*/}"
fi

say 'Where everything lies'
cat <<END
plan          $work/plan/backup-plan.yaml
private keys  $work/private
backups       $work/backups (README.txt there tells how to restore in an emergency)
application   $work/app
Remove it all with: rm -rf $work
END
