/**
 * What runs on the other side in front of a tool, for any POSIX sh. Arguments: a word that nobody can
 * guess, the number of secrets, `watch` or `stream`, the number of files, a niceness, then variables and
 * the tool with its arguments. Stdin brings the secrets (a line `NAME LINES`, then the value), then the files (a line
 * with the size, then the bytes). What follows is the tool's own stdin with `stream`; with `watch` it
 * is silence, and its end means that whoever asked is gone: the tool is ended too.
 *
 * The last line on stderr says how it went. Without it nothing that came counts: the exit codes of
 * ssh, docker and kubectl cannot be told from those of a tool. Only builtins see a secret.
 */
export const FAR_SCRIPT = String.raw`
mark=$1 secrets=$2 input=$3 files=$4 run=env
[ "$5" = 0 ] || run="nice -n $5 env"
shift 5
folder=
newline='
'
say() { printf '\nbackup-plan %s %s\n' "$mark" "$*" >&2; }
give_up() { say "$@"; exit 70; }
trap 'exit 143' HUP INT TERM
trap '[ -z "$folder" ] || rm -rf "$folder"' EXIT
while [ "$secrets" -gt 0 ]; do
  secrets=$((secrets - 1))
  read -r name lines || exit 70
  value=
  while [ "$lines" -gt 0 ]; do
    lines=$((lines - 1))
    IFS= read -r line || exit 70
    value=$value$line
    [ "$lines" -eq 0 ] || value=$value$newline
  done
  export "$name=$value"
done
unset LC_ALL LC_MESSAGES
export LANG=C.UTF-8 TZ=UTC
cd /
for word in "$@"; do
  case $word in *=*) continue ;; esac
  command -v "$word" >/dev/null 2>&1 || give_up missing
  break
done
if [ "$files" -gt 0 ]; then
  umask 077
  folder=$(mktemp -d "\${TMPDIR:-/tmp}/backup-plan.XXXXXX") || give_up folder
  at=0
  while [ "$at" -lt "$files" ]; do
    read -r bytes || exit 70
    free=$(df -Pk "$folder" | tail -n 1 | { read -r _ _ _ free _; echo "$free"; })
    [ "$free" -gt "$((bytes / 1024))" ] || give_up room
    head -c "$bytes" >"$folder/$at" || give_up room
    [ "$(wc -c <"$folder/$at")" -eq "$bytes" ] || exit 70
    at=$((at + 1))
  done
fi
words=$#
while [ "$words" -gt 0 ]; do
  words=$((words - 1))
  case $1 in
    "$mark"/*) set -- "$@" "$folder/\${1#*/}" ;;
    *) set -- "$@" "$1" ;;
  esac
  shift
done
if [ "$input" = stream ]; then
  $run "$@"
  code=$?
else
  exec 3<&0
  $run "$@" </dev/null 3<&- &
  tool=$!
  trap 'kill -TERM "$tool" 2>/dev/null' HUP INT TERM
  (
    trap - HUP INT TERM EXIT
    while read -r _; do :; done
    kill -TERM "$tool"
    sleep 5
    kill -KILL "$tool"
  ) <&3 3<&- >/dev/null 2>&1 &
  watch=$!
  exec 3<&-
  while :; do
    wait "$tool"
    code=$?
    kill -0 "$tool" 2>/dev/null || break
  done
  kill "$watch" 2>/dev/null
fi
say ended "$code"
exit "$code"
`
  .trim()
  .replaceAll('\\${', '${');
