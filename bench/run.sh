#!/usr/bin/env bash
# npm run bench [-- BENCH…] [--scale N] [--rounds N] [--large] [--write] [--folder PATH]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../.config/prepare.sh"

missing=()
for pair in borg:borgbackup duplicity:duplicity gpg:gnupg hyperfine:hyperfine openssl:openssl \
  restic:restic sqlite3:sqlite3 zstd:zstd; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
if ((${#missing[@]})); then
  if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
    echo "install first: ${missing[*]}" >&2
    exit 1
  fi
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
fi

install_dependencies
npm run --silent build
exec tsx bench/main.ts "$@"
