#!/usr/bin/env bash
# A disk here and an SFTP server elsewhere: the server fails and comes back, the disk is lost.
source "$(dirname "${BASH_SOURCE[0]}")/../scenario.sh"

# The server in the other house: a real sshd that serves SFTP and nothing else.
mkdir -p "$work/server/folder" "$work/private"
ssh-keygen -q -t ed25519 -N '' -C '' -f "$work/server/host_key"
ssh-keygen -q -t ed25519 -N '' -C '' -f "$work/server/other_key"
ssh-keygen -q -t ed25519 -N '' -C '' -f "$work/private/id_ed25519"
cp "$work/private/id_ed25519.pub" "$work/server/authorized_keys"
chmod 700 "$work/server" && chmod 600 "$work/server/authorized_keys"
port=$(node -e 'const s=require("node:net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
sshd=$(PATH="$PATH:/usr/sbin" command -v sshd)
if [ "$(id -u)" = 0 ]; then mkdir -p /run/sshd; fi

start_server() {
  "$sshd" -D -e -f /dev/null -h "$work/server/$1" -o "Port $port" -o 'ListenAddress 127.0.0.1' \
    -o "AuthorizedKeysFile $work/server/authorized_keys" -o 'PasswordAuthentication no' -o 'StrictModes no' \
    -o 'UsePAM no' -o "PidFile $work/server/pid" -o 'Subsystem sftp internal-sftp' -o 'ForceCommand internal-sftp' \
    2>"$work/server/log" &
  server=$!
  until (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; do kill -0 "$server" || cat "$work/server/log"; done
}
stop_server() { kill "$server" && wait "$server" || true; }
trap 'kill "$server" 2>/dev/null || true' EXIT

title 'Recordings, kept on a disk here and on a server in another house'
mkdir "$work/recordings"
head -c 300000 /dev/urandom >"$work/recordings/one.flac"
start_server host_key
new_plan studio
sed -i -e "s|port: 2222|port: $port|" -e "s|user: root|user: $(id -un)|" -e "s|path: FOLDER|path: $work/server/folder/studio|" \
  -e "s|ssh-ed25519 AAAA|$(cut -d ' ' -f 1-2 "$work/server/host_key.pub")|" backup-plan.yaml
step 'backup-plan validate'
step 'backup-plan apply --yes'

title 'The server is down: the disk gets its copy, and the exit code tells that one is missing'
head -c 200000 /dev/urandom >"$work/recordings/two.flac"
stop_server
refused 4 'backup-plan backup 2>/dev/null'

title 'The server is back: the missing copy is made from the disk'
start_server host_key
step 'backup-plan plan'
step 'backup-plan apply --repair-copies'
step 'backup-plan list'

title 'Somebody else answers at its address: nothing is sent'
stop_server
start_server other_key
refused 9 'backup-plan status 2>/dev/null'
stop_server
start_server host_key

title 'The disk is lost: everything comes back from the server'
rm -rf "$work/disk" "$work/recordings"
step 'backup-plan restore recordings --to ../restored'
step "ls ../restored$work/recordings"
stop_server
