#!/usr/bin/env bash
# The whole story in one minute: back an application up while it runs, destroy it, bring it back.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"
writer=
trap '[ -z "$writer" ] || kill "$writer" 2>/dev/null || true' EXIT

title 'An application: a SQLite database, settings, a configuration tree, secrets'
step "bash $example/app.sh $work/app"
step "cd $work"
step 'find app | sort'

title 'A plan and its keys. Private keys stay outside the folder that is committed'
step 'mkdir plan'
step 'cd plan'
step 'backup-plan init --name shop --keys ../private .'
step "cp $example/backup-plan.yaml ."
step 'backup-plan validate'

title 'A writer keeps the database busy from here on'
bash "$example/writer.sh" ../app/data/shop.db &
writer=$!

title 'What would be done, and then doing it'
step 'backup-plan plan'
step 'backup-plan apply --yes'

title 'A second apply has nothing to do'
step 'backup-plan apply'

title 'The writer stops. One more backup by hand, so that nothing is missing'
kill "$writer"
wait "$writer" || true
writer=
step 'backup-plan backup --label before-the-fire'

title 'What exists, and that all of it can be read'
step 'backup-plan list'
step 'backup-plan verify --level decrypt --key ../private/operations.key'
step 'backup-plan status'

title 'The application is destroyed'
step 'sqlite3 ../app/data/shop.db .dump | sha256sum >../before.sha256'
step 'mv ../app ../app.destroyed'

title 'It comes back from the backups'
step 'backup-plan restore configuration --to ../restored --key ../private/operations.key'
step 'backup-plan restore settings --to ../settings --key ../private/operations.key'
step 'backup-plan restore database --to ../database --key ../private/operations.key'
step 'mkdir -p ../app/data'
step "cp -a ../restored$work/app/etc ../restored$work/app/secrets ../app/"
step 'cp ../settings/settings ../app/settings.json'
step 'cp ../database/shop.db ../app/data/'

title 'And it is the same, byte for byte and row for row'
step 'diff -r --no-dereference ../app.destroyed/etc ../app/etc'
step 'diff -r --no-dereference ../app.destroyed/secrets ../app/secrets'
step 'cmp ../app.destroyed/settings.json ../app/settings.json'
step 'sqlite3 ../app/data/shop.db .dump | sha256sum | cmp - ../before.sha256'

title 'Without backup-plan: stock gpg, zstd and tar read a bundle'
if command -v gpg >/dev/null; then
  export GNUPGHOME=$work/gnupg
  step "mkdir -m 700 $work/gnupg"
  step 'gpg --batch --quiet --import ../private/operations.key 2>/dev/null'
  step 'bundle=$(ls ../backups/shop/data/configuration/*/files.tar.zst.gpg | head -n 1)'
  step 'gpg --batch --quiet -d "$bundle" | zstd -d | tar -t'
  gpgconf --kill gpg-agent
else
  echo 'gpg is not installed here; where it is: gpg -d BUNDLE | zstd -d | tar -t'
fi

title 'Where everything lies'
cat <<END
plan          $work/plan/backup-plan.yaml
private keys  $work/private
backups       $work/backups (its README.txt tells how to restore in an emergency)
application   $work/app
Remove it all with: rm -rf $work
END
