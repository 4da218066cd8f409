import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * `docker` and `kubectl` without a daemon: they run the command on this machine, in an environment and
 * a session of its own, as a container does. What runs there is not ended with the client; it only
 * sees its stdin close. Without a terminal they refuse one. Every call is written down.
 */
export interface Containers {
  /** To be put in front of PATH. */
  readonly binDirectory: string;
  /** argv of every call so far. */
  calls(): Promise<readonly (readonly string[])[]>;
  /** Pods that `kubectl get pods` finds. */
  setPods(names: readonly string[]): Promise<void>;
  /** What the next calls do instead. */
  setFault(fault: ContainerFault | undefined): Promise<void>;
  /** Programs that a container has in front of the usual ones. */
  readonly programs: string;
  close(): Promise<void>;
}

export type ContainerFault =
  /** The daemon refuses, or is not there. */
  | 'daemon'
  /** There is no sh, or it cannot be run. */
  | 'no-shell'
  | 'not-executable'
  /** The container dies while the tool runs. */
  | 'killed';

/** The only container, service and pod. */
export const CONTAINER = 'shop-db';

export async function createContainers(): Promise<Containers> {
  const folder = await mkdtemp(join(tmpdir(), 'containers-'));
  const binDirectory = join(folder, 'bin');
  const programs = join(folder, 'programs');
  await mkdir(binDirectory);
  await mkdir(programs);
  for (const name of ['docker', 'kubectl'] as const) {
    const text = `#!/bin/bash\nfolder='${folder}'\n${COMMON}${CLIENTS[name]}`;
    await writeFile(join(binDirectory, name), text, { mode: 0o755 });
  }
  await writeFile(join(folder, 'calls'), '');
  await writeFile(join(folder, 'pods'), '');
  await writeFile(join(folder, 'fault'), '');
  return {
    binDirectory,
    programs,
    async calls() {
      const text = await readFile(join(folder, 'calls'), 'utf8');
      return text
        .split('\0\n')
        .slice(0, -1)
        .map((call) => call.split('\0'));
    },
    setPods: (names) => writeFile(join(folder, 'pods'), names.map((name) => `pod/${name}\n`).join('')),
    setFault: (fault) => writeFile(join(folder, 'fault'), fault ?? ''),
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** `run argv…` runs in the container and gives its exit code as the clients do. */
const COMMON = String.raw`
{ printf '%s\0' "$(basename "$0")" "$@"; echo; } >>"$folder/calls"
fault=$(cat "$folder/fault")
no_terminal() { [ -t 0 ] || { echo 'the input device is not a TTY' >&2; exit 1; }; }
run() {
  case $fault in
    daemon) echo 'Cannot connect to the daemon. Is it running?' >&2; return 125 ;;
    not-executable) echo 'OCI runtime exec failed: permission denied' >&2; return 126 ;;
    killed) echo partial; return 137 ;;
    no-shell) echo 'OCI runtime exec failed: exec: "sh": executable file not found' >&2; return 127 ;;
  esac
  exec 4<&0 5< <(exec cat <&0 2>/dev/null)
  feeder=$!
  env -i PATH="$folder/programs:/usr/bin:/bin" HOME=/ IN_CONTAINER=yes setsid --wait "$@" <&5 4<&- 5<&- &
  wait "$!"
  code=$?
  kill "$feeder" 2>/dev/null
  return "$code"
}
`;

const CLIENTS = {
  docker: String.raw`
name=
while [ $# -gt 0 ]; do
  case $1 in
    compose | exec | --interactive | -i | --no-TTY | -T | --file=* | --project-name=*) shift ;;
    --tty | -t | -it) no_terminal; shift ;;
    -*) echo "unknown flag: $1" >&2; exit 125 ;;
    *) name=$1; shift; break ;;
  esac
done
[ "$name" = shop-db ] || { echo "Error response from daemon: No such container: $name" >&2; exit 1; }
run "$@"
`,
  kubectl: String.raw`
if [ "$1" = get ]; then cat "$folder/pods"; exit; fi
pod=
while [ $# -gt 0 ]; do
  case $1 in
    exec | --stdin | -i | --namespace=* | --container=*) shift ;;
    --tty | -t | -it) no_terminal; shift ;;
    --) shift; break ;;
    -*) echo "unknown flag: $1" >&2; exit 1 ;;
    *) pod=$1; shift ;;
  esac
done
[ "${'$'}{pod#pod/}" = shop-db ] || { echo "Error from server (NotFound): pods \"$pod\" not found" >&2; exit 1; }
run "$@"
code=$?
[ "$code" = 0 ] || echo "command terminated with exit code $code" >&2
exit "$code"
`,
} as const;
