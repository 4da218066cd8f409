#!/usr/bin/env bash
# npm run bench [-- BENCH…] [--scale N] [--rounds N] [--large] [--write] [--folder PATH]
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../.config/prepare.sh"

install_dependencies
install_tools borg:borgbackup duplicity:duplicity gpg:gnupg hyperfine:hyperfine openssl:openssl pg_ctlcluster:postgresql pg_dump:postgresql-client \
  radosgw:radosgw ceph-mon:ceph-mon ceph-osd:ceph-osd ceph:ceph-common rclone:rclone sshd:openssh-server restic:restic sqlite3:sqlite3 zstd:zstd
export AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED=true
npm run --silent build
# Two at a time would measure each other.
exec 9>/tmp/backup-plan-bench.lock
flock --nonblock 9 || { echo 'another bench is running' >&2 && exit 75; }
exec tsx bench/main.ts "$@"
