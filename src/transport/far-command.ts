import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { Command, CommandOutcome } from '../domain/command.ts';
import { failure, type Failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';
import { FAR_SCRIPT } from './far-script.ts';
import type { Launcher } from './launcher.ts';

/** Where tools run instead of here. */
export interface FarSide {
  readonly launcher: Launcher;
  /** Of the local command that reaches it. */
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface FarCommand {
  /** To be run here. */
  readonly command: Command;
  /** What the tool itself did; a failure where it could not be started, or where the way to it was lost. */
  judge<T extends CommandOutcome>(outcome: T): Result<T>;
}

/**
 * The same command as it is run through another place. Secrets and files go by stdin, so that argv
 * holds none of them on either side.
 */
export function farCommand(side: FarSide, command: Command): FarCommand {
  const mark = randomBytes(12).toString('hex');
  const secrets = Object.entries(command.secretEnv ?? {});
  const inputs = command.inputs ?? [];
  const script = ['sh', '-c', FAR_SCRIPT, 'backup-plan', mark, String(secrets.length)];
  const form = [
    command.stdin === undefined ? 'watch' : 'stream',
    String(inputs.length),
    String(command.nice ?? 0),
  ];
  const variables = Object.entries(command.env ?? {}).map(([name, value]) => `${name}=${value}`);
  const argv = command.argv.map((word) =>
    inputs.includes(word) ? `${mark}/${String(inputs.indexOf(word))}` : word,
  );
  return {
    command: {
      argv: side.launcher.argv([...script, ...form, ...variables, ...argv]),
      cwd: side.cwd,
      env: side.env,
      stdin: feed({ secrets, inputs, ...(command.stdin === undefined ? {} : { rest: command.stdin }) }),
      ...(command.stderrBytes === undefined ? {} : { stderrBytes: command.stderrBytes }),
    },
    judge: (outcome) => judge({ side, tool: command.argv[0], mark }, outcome),
  };
}

interface Feed {
  readonly secrets: readonly (readonly [string, string])[];
  readonly inputs: readonly string[];
  readonly rest?: AsyncIterable<Uint8Array>;
}

async function* feed({ secrets, inputs, rest }: Feed): AsyncGenerator<Uint8Array> {
  for (const [name, value] of secrets) {
    yield Buffer.from(`${name} ${String(value.split('\n').length)}\n${value}\n`);
  }
  for (const path of inputs) {
    yield Buffer.from(`${String((await stat(path)).size)}\n`);
    yield* createReadStream(path) as AsyncIterable<Buffer>;
  }
  if (rest !== undefined) yield* rest;
  // Open for as long as somebody here waits for the tool.
  else await new Promise<never>(() => undefined);
}

interface Place {
  readonly side: FarSide;
  readonly tool: string;
  readonly mark: string;
}

function judge<T extends CommandOutcome>(place: Place, outcome: T): Result<T> {
  const { side, tool, mark } = place;
  const { where } = side.launcher;
  const line = new RegExp(String.raw`\n?^backup-plan ${mark} ([a-z]+) ?([0-9]*)$[^]*`, 'm');
  const [, word, code] = line.exec(outcome.stderr) ?? [];
  const stderr = outcome.stderr.replace(line, '').replace(/\n+$/, '\n').replace(/^\n$/, '');
  if (word === 'ended') {
    const { signal: _ofTheLocalTool, ...rest } = outcome;
    return ok({ ...rest, exitCode: Number(code), stderr } as T);
  }
  if (word === 'missing')
    return failed(failure('TOOL_MISSING', `${tool} is not installed in ${where}`, { facts: { tool } }));
  if (word === 'room' || word === 'folder') {
    const message = `there is no room in ${where} for the files that ${tool} needs`;
    return failed(failure('TARGET_FULL', message, said(stderr)));
  }
  return failed(lost(place, { ...outcome, stderr }));
}

const HINTS: Readonly<Record<string, string>> = {
  ssh: 'Log in by hand with the same user, host and options and BatchMode=yes: host key and login must need no answer.',
  docker: 'Check with `docker ps` that the container runs, and that it has a shell named sh.',
  kubectl: 'Check with `kubectl get pods` that the pod runs, and that its container has a shell named sh.',
  sudo: 'The user who runs this needs a rule in sudoers with NOPASSWD.',
};

function lost({ side, tool }: Place, { exitCode, signal, stderr }: CommandOutcome): Failure {
  const { where, tool: way } = side.launcher;
  const end = signal === undefined ? `ended with ${String(exitCode)}` : `was killed by ${signal}`;
  const hint = HINTS[way];
  return failure('VIA_FAILED', `${way} ${end} before ${tool} in ${where} had said how it went`, {
    ...(hint === undefined ? {} : { hint }),
    ...said(stderr),
  });
}

function said(stderr: string): { readonly toolOutput?: string } {
  return stderr === '' ? {} : { toolOutput: stderr };
}
