import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { Tools } from '../domain/command.ts';
import { errnoOf, failureFromErrno } from '../domain/errno.ts';
import { failure } from '../domain/failure.ts';
import type { SecretReference } from '../domain/plan.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import type { SecretReader } from '../domain/secret.ts';
import type { Masker } from './masker.ts';

export interface SecretSettings {
  /** Where relative paths start, and where commands run. */
  readonly planDirectory: string;
  readonly tools: Tools;
  readonly masker: Masker;
}

export interface SecretReaderSettings extends SecretSettings {
  readonly references: Readonly<Record<string, SecretReference>>;
}

/** Each secret is resolved once, when it is first asked for. */
export function createSecretReader({ references, ...settings }: SecretReaderSettings): SecretReader {
  const known = new Map<string, Promise<Result<string>>>();
  return {
    read(name) {
      const reference = Object.hasOwn(references, name) ? references[name] : undefined;
      if (reference === undefined) return Promise.resolve(unreadable(`the secret ${name} is not declared`));
      const value = known.get(name) ?? readSecretReference(reference, settings);
      known.set(name, value);
      return value;
    },
  };
}

/** The value, without the line end that editors and tools add; masked everywhere from now on. */
export async function readSecretReference(
  reference: SecretReference,
  settings: SecretSettings,
): Promise<Result<string>> {
  const raw = await readRaw(reference, settings);
  if (!raw.ok) return raw;
  const value = raw.value.replace(/\r?\n$/, '');
  if (value === '') return unreadable(`${describe(reference)} is empty`);
  settings.masker.register(value);
  return ok(value);
}

function readRaw(reference: SecretReference, settings: SecretSettings): Promise<Result<string>> {
  if ('env' in reference) return Promise.resolve(readVariable(reference.env));
  if ('file' in reference) return readPrivateFile(path.resolve(settings.planDirectory, reference.file));
  return readCommand(reference.command, settings);
}

function readVariable(name: string): Result<string> {
  const value = process.env[name];
  return value === undefined ? unreadable(`the variable ${name} is not set`) : ok(value);
}

const MAX_SECRET_BYTES = 65_536;
const OTHERS = 0o077;

/** Judged on the open file, so that it cannot be exchanged between the check and the read. */
async function readPrivateFile(file: string): Promise<Result<string>> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const facts = await handle.stat();
      if (!facts.isFile()) return unreadable(`${file} is not a regular file`);
      if (facts.uid !== process.getuid?.() && facts.uid !== 0)
        return unreadable(`${file} belongs to another user`);
      if ((facts.mode & OTHERS) !== 0) {
        return unreadable(
          `${file} can be read by others (mode ${(facts.mode & 0o777).toString(8)})`,
          `Run chmod 600 ${file}.`,
        );
      }
      if (facts.size > MAX_SECRET_BYTES) return unreadable(`${file} is too large for a secret`);
      return ok(await handle.readFile('utf8'));
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return failed({ ...failureFromErrno(error, `cannot read ${file}`), code: 'SECRET_UNREADABLE' });
  }
}

const COMMAND_TIMEOUT_MS = 30_000;

/** Runs with the caller's HOME, because password managers keep their own files there. */
async function readCommand(
  argv: readonly string[],
  { planDirectory, tools }: SecretSettings,
): Promise<Result<string>> {
  const [tool, ...args] = argv;
  if (tool === undefined) return unreadable('the command of a secret is empty');
  const home = process.env['HOME'];
  const run = await tools.run(
    { argv: [tool, ...args], cwd: planDirectory, ...(home === undefined ? {} : { env: { HOME: home } }) },
    { timeoutMs: COMMAND_TIMEOUT_MS, maxOutputBytes: MAX_SECRET_BYTES },
  );
  if (!run.ok) return failed({ ...run.failure, code: 'SECRET_UNREADABLE' });
  const { exitCode, signal, stdout, stderr } = run.value;
  if (exitCode === 0) return ok(stdout.toString('utf8'));
  const how = signal === undefined ? `ended with ${String(exitCode)}` : `was killed by ${signal}`;
  return failed(failure('SECRET_UNREADABLE', `${tool} ${how}`, stderr === '' ? {} : { toolOutput: stderr }));
}

function describe(reference: SecretReference): string {
  if ('env' in reference) return `the variable ${reference.env}`;
  return 'file' in reference ? reference.file : `the output of ${reference.command[0] ?? 'the command'}`;
}

function unreadable(message: string, hint?: string): ReturnType<typeof failed> {
  return failed(failure('SECRET_UNREADABLE', message, hint === undefined ? {} : { hint }));
}
