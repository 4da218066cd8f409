import type { Command, ToolRequirement, Tools } from '../../domain/command.ts';
import { failure, type FailureCode } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { SecretReader } from '../../domain/secret.ts';
import { placeOf, type ConnectionOptions } from './options.ts';

export const clientTool: ToolRequirement = {
  tool: 'redis-cli',
  package: 'redis-tools',
  purpose: 'copy Redis databases from a live server',
};

/** redis-cli with what it needs to reach one server. */
export interface Client {
  /** For messages. */
  readonly place: string;
  readonly command: (...words: readonly string[]) => Command;
}

/** The password goes by environment: arguments are for everyone to read. */
export async function connect(connection: ConnectionOptions, secrets: SecretReader): Promise<Result<Client>> {
  const { password } = connection;
  const secret = password === undefined ? ok(undefined) : await secrets.read(password);
  if (!secret.ok) return secret;
  return ok(clientFor(connection, secret.value));
}

export function clientFor(connection: ConnectionOptions, password: string | undefined): Client {
  const argv = ['redis-cli', ...reach(connection), ...identity(connection)] as const;
  return {
    place: placeOf(connection),
    command: (...words) => ({
      argv: [...argv, ...words] as const,
      ...(password === undefined ? {} : { secretEnv: { REDISCLI_AUTH: password } }),
    }),
  };
}

function reach({ socket, host = '127.0.0.1', port = 6379, tls }: ConnectionOptions): readonly string[] {
  if (socket !== undefined) return ['-s', socket];
  const secure: readonly (readonly [string, string | undefined])[] = [
    ['--cacert', tls?.ca],
    ['--cert', tls?.certificate],
    ['--key', tls?.key],
    ['--sni', tls?.serverName],
  ];
  const given = secure.flatMap(([option, value]) => (value === undefined ? [] : [option, value]));
  return ['-h', host, '-p', String(port), ...(tls === undefined ? [] : ['--tls', ...given])];
}

function identity({ user }: ConnectionOptions): readonly string[] {
  return user === undefined ? [] : ['--user', user];
}

export interface Asking {
  readonly tools: Tools;
  readonly signal: AbortSignal;
}

/** A server that is busy loading or saving answers late; one that has not answered by then is stuck. */
const ANSWER_TIMEOUT_MS = 30_000;

/**
 * What a server says to one command. redis-cli ends with exit code 0 whatever the server says, so
 * that the caller has to know a good answer: `expected` is what it contains.
 */
export async function ask(
  { tools, signal }: Asking,
  { place, command }: Client,
  { words, input, expected, code = 'SOURCE_FAILED' }: Question,
): Promise<Result<string>> {
  const stdin = input === undefined ? {} : { stdin: bytesOf(input) };
  const run = await tools.run({ ...command(...words), ...stdin }, { signal, timeoutMs: ANSWER_TIMEOUT_MS });
  if (!run.ok) return run;
  const { exitCode, stdout, stderr } = run.value;
  const answer = stdout.toString('utf8').replace(/[\r\n]+$/, '');
  if (exitCode === 0 && answer.includes(expected)) return ok(answer);
  const said = [answer, stderr.trim()].filter((text) => text !== '').join('\n');
  const asked = words[0] ?? 'its commands';
  return failed(
    failure(code, `the server at ${place} did not answer ${asked}`, said === '' ? {} : { toolOutput: said }),
  );
}

export interface Question {
  readonly words: readonly string[];
  /** Commands on stdin, for what must not be an argument. */
  readonly input?: string;
  readonly expected: string;
  readonly code?: FailureCode;
}

async function* bytesOf(text: string): AsyncIterable<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

export async function clientVersion({ tools, signal }: Asking): Promise<Result<string>> {
  const run = await tools.run({ argv: ['redis-cli', '--version'] }, { signal });
  if (!run.ok) return run;
  const version = /\d+\.\d+\.\d+/.exec(run.value.stdout.toString('utf8'))?.[0];
  return version === undefined
    ? failed(failure('TOOL_OUTPUT', 'redis-cli --version prints no version'))
    : ok(version);
}
