#!/usr/bin/env bash
# npm run check: everything that can be said about the source without running it. Runs every check,
# then fails if any of them did.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
failed=()

check() {
  local name=$1
  shift
  echo "== $name"
  "$@" || failed+=("$name")
}

lock_file() {
  if grep -n '"resolved"' package-lock.json | head -n 3 | grep .; then
    echo 'package-lock.json names a registry: delete it and run npm install with this .npmrc'
    return 1
  fi
  npm ci --engine-strict --ignore-scripts --dry-run --loglevel=error >/dev/null
}

install_dependencies || exit 1
check 'lock file' lock_file
# Before generating: that would mend what this looks for.
check 'schema drift' tsx .config/generate.ts --check
check 'generate' npm run --silent generate
check 'format' prettier --config .config/prettier.json --log-level warn --check .
check 'types' tsc --noEmit -p .
check 'lint' eslint --config .config/eslint.config.js --max-warnings 0 .
check 'layers' depcruise --config .config/dependency-cruiser.cjs src
check 'dead code' knip --config .config/knip.json --no-progress

if ((${#failed[@]})); then
  printf '\nfailed:'
  printf ' %s;' "${failed[@]}"
  echo
  exit 1
fi
printf '\nall checks passed\n'
