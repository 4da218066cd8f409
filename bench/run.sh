#!/usr/bin/env bash
# npm run bench [-- BENCH…] [--scale N] [--rounds N] [--large] [--write] [--folder PATH]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../.config/prepare.sh"

install_dependencies
install_tools borg:borgbackup duplicity:duplicity gpg:gnupg hyperfine:hyperfine openssl:openssl \
  restic:restic sqlite3:sqlite3 zstd:zstd
npm run --silent build
exec tsx bench/main.ts "$@"
