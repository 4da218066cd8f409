#!/usr/bin/env bash
# npm run quickstart: installs what is missing, builds, and runs the example from beginning to end.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"

install_dependencies
install_tools sqlite3:sqlite3 zstd:zstd tar:tar gpg:gnupg
echo '== build'
npm run --silent build
exec bash examples/quickstart/run.sh
