#!/usr/bin/env bash
# npm test: installs and builds what the tests need, then runs all of them. Arguments go to vitest.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

# Suites whose tool is still missing report themselves as skipped; with CI=true they fail.
install_system_tools() {
  local packages
  mapfile -t packages < <(missing_packages)
  ((${#packages[@]})) || return 0
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "not installed, and not root on Debian: ${packages[*]}"
    return 0
  fi
  echo "== apt-get install ${packages[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -q </dev/null
  apt-get install -q -y --no-install-recommends "${packages[@]}" </dev/null
}

missing_packages() {
  local tool package
  while read -r tool package; do
    PATH="$PATH:/usr/sbin:/sbin" command -v "$tool" >/dev/null || echo "$package"
  done < <(node -p 'Object.entries(require("./test/support/tools.json")).map((pair) => pair.join(" ")).join("\n")') | sort -u
}

install_dependencies
install_system_tools
echo '== build'
npm run --silent build
echo '== tests'
vitest run --config .config/vitest.config.ts "$@"
