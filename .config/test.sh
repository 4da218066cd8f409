#!/usr/bin/env bash
# npm test: installs and builds what the tests need, then runs all of them. Arguments go to vitest.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

install_dependencies
mapfile -t tools < <(node -p '
  Object.entries(require("./test/support/tools.json")).map((pair) => pair.join(":")).join("\n")
')
# Suites whose tool is still missing report themselves as skipped; with CI=true they fail.
install_tools "${tools[@]}" || true
echo '== build'
npm run --silent build
echo '== tests'
vitest run --config .config/vitest.config.ts "$@"
