#!/usr/bin/env bash
# A running Redis is copied as a replica copies it, and comes back: into a folder, or into the running server.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

export REDIS_PASSWORD=example REDISCLI_AUTH=example
redis() { redis-cli -s "$work/redis/socket" "$@"; }
# start_redis SETTINGS… starts the server in the background and waits until it answers.
start_redis() {
  printf '%s\n' 'port 0' "dir $work/redis" "unixsocket $work/redis/socket" 'requirepass example' 'save ""' "$@" |
    redis-server - >"$work/redis/log" &
  until redis PING 2>"$work/redis/waiting" | grep -q PONG; do sleep 0.1; done
}
trap 'redis SHUTDOWN NOSAVE 2>"$work/redis/waiting"' EXIT

title 'A server with a password and an append-only file'
mkdir "$work/redis"
start_redis 'appendonly yes' 'repl-diskless-sync-delay 0'
step 'redis SET greeting hello'
step 'redis -n 3 RPUSH queue first second'
new_plan shop

title 'The dump is streamed; its header, end and checksum show that it is whole'
step 'backup-plan apply --yes'

title 'As a file, for another server'
step 'backup-plan restore sessions --to ../restored'
step 'ls ../restored'

title 'Somebody empties it'
step 'redis FLUSHALL'
step 'redis SET greeting lost'

title 'Into the running server: a snapshot of what is there comes first'
step 'backup-plan restore sessions --in-place --force'
step 'redis GET greeting'
step 'redis -n 3 LRANGE queue 0 -1'

title 'What it saved before is there, and never taken for the newest backup'
step 'backup-plan list'
step 'backup-plan show sessions | head -2'

title 'Without its keys nothing is stored: an empty server is no backup'
step 'redis FLUSHALL'
refused 3 'backup-plan backup'
