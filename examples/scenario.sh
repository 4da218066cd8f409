# Sourced by the run.sh of every example: a folder to work in that nobody else sees, and commands
# that are shown before they run. BACKUP_PLAN names another program than the one that was built here.
set -euo pipefail
example=$(cd "$(dirname "${BASH_SOURCE[1]}")" && pwd)
program=${BACKUP_PLAN:-$(cd "$example/../.." && pwd)/dist/bin.js}
work=$(mktemp -d "${TMPDIR:-/tmp}/backup-plan-${example##*/}.XXXXXX")
export work

# Stands for an installed backup-plan.
backup-plan() { "$program" "$@"; }

# title WORDS… begins a chapter.
title() {
  if [ -t 1 ]; then printf '\n\033[1m# %s\033[0m\n' "$*"; else printf '\n# %s\n' "$*"; fi
}

# step COMMAND shows a shell command and runs it.
step() {
  printf '$ %s\n' "$1"
  eval "$1"
}

# refused CODE COMMAND is a step that must end with this exit code.
refused() {
  local status=0
  printf '$ %s\n' "$2"
  eval "$2" || status=$?
  printf 'exit code %s\n' "$status"
  [ "$status" = "$1" ]
}

# new_plan NAME makes the keys of a plan, puts the plan of this example beside them and goes there.
new_plan() {
  mkdir "$work/plan"
  cd "$work/plan"
  step "backup-plan init --name $1 --keys ../private . >init.txt"
  cp "$example/backup-plan.yaml" .
}
