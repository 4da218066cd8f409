import type { Via } from '../domain/plan.ts';

/** How a program is started in another place. */
export interface Launcher {
  /** The local tool that reaches it: `ssh`, `docker`. */
  readonly tool: string;
  readonly package: string;
  /** For messages: `container db`. */
  readonly where: string;
  /** The local command that starts `argv` there, stdin open and without a terminal. */
  argv(argv: readonly string[]): readonly [string, ...string[]];
}

/** `pod` stands for what a selector of the plan means. */
export function launcherOf(via: Via, pod = via.kubernetes?.pod ?? ''): Launcher {
  if (via.docker !== undefined) return docker(via.docker);
  if (via.compose !== undefined) return compose(via.compose);
  if (via.kubernetes !== undefined) return kubernetes(via.kubernetes, pod);
  const inner = via.sudo === undefined ? undefined : sudo(via.sudo);
  if (via.ssh !== undefined) return ssh(via.ssh, via.options ?? [], inner);
  if (inner === undefined) throw new Error('a place without a name');
  return inner;
}

function docker(container: string): Launcher {
  return {
    tool: 'docker',
    package: 'docker-cli',
    where: `container ${container}`,
    argv: (argv) => ['docker', 'exec', '--interactive', container, ...argv],
  };
}

function compose({ service, file, project }: NonNullable<Via['compose']>): Launcher {
  const files = file === undefined ? [] : [`--file=${file}`];
  const projects = project === undefined ? [] : [`--project-name=${project}`];
  return {
    tool: 'docker',
    package: 'docker-compose',
    where: `service ${service}`,
    argv: (argv) => ['docker', 'compose', ...files, ...projects, 'exec', '--no-TTY', service, ...argv],
  };
}

function kubernetes({ namespace, container }: NonNullable<Via['kubernetes']>, pod: string): Launcher {
  const inNamespace = namespace === undefined ? [] : [`--namespace=${namespace}`];
  const inContainer = container === undefined ? [] : [`--container=${container}`];
  return {
    tool: 'kubectl',
    package: 'kubernetes-client',
    where: `pod ${pod}`,
    argv: (argv) => ['kubectl', 'exec', '--stdin', ...inNamespace, ...inContainer, pod, '--', ...argv],
  };
}

function sudo(user: string): Launcher {
  return {
    tool: 'sudo',
    package: 'sudo',
    where: `user ${user}`,
    argv: (argv) => ['sudo', '--non-interactive', `--user=${user}`, '--', ...argv],
  };
}

/** The first value of a setting counts for ssh, so none of the plan's can take these back. */
const SSH_SETTINGS = ['BatchMode=yes', 'LogLevel=ERROR', 'RequestTTY=no', 'ForwardAgent=no'];

function ssh(host: string, options: readonly string[], inner: Launcher | undefined): Launcher {
  const settings = [...SSH_SETTINGS, ...options].flatMap((one) => ['-o', one]);
  return {
    tool: 'ssh',
    package: 'openssh-client',
    where: inner === undefined ? host : `${inner.where} on ${host}`,
    argv: (argv) => ['ssh', ...settings, '--', host, quoted(inner?.argv(argv) ?? argv)],
  };
}

/** One line for a POSIX login shell. */
function quoted(argv: readonly string[]): string {
  return argv.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`).join(' ');
}
