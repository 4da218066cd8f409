#!/usr/bin/env bash
# The machine that writes backups cannot delete them: another one, with a key of its own, does.
# --now stands for the clock, so that nights fit into seconds.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

title 'Two signing keys in one plan'
mkdir "$work/pages"
new_plan site
step 'backup-plan key generate "site keeper" --kind signer --private ../private/keeper.key --public keys/keeper.asc'
step 'backup-plan key list'

title 'The server takes backups, and deletes nothing'
export BACKUP_PLAN_SIGNING_KEY
step 'BACKUP_PLAN_SIGNING_KEY=$(cat ../private/writer.key)'
for days in 3 2 1; do
  echo "$days days ago" >"$work/pages/index.html"
  backup-plan apply --yes --now "$(date -u -d "$days days ago" +%FT00:05Z)" 2>/dev/null | tail -n 1
done
echo today >"$work/pages/index.html"
step 'backup-plan apply'
refused 9 'backup-plan prune'

title 'The keeper does, with the same plan and its own key'
step 'BACKUP_PLAN_SIGNING_KEY=$(cat ../private/keeper.key)'
step 'backup-plan prune --dry-run'
step 'backup-plan prune'
step 'backup-plan list'
step 'backup-plan log --runs --limit 1'
