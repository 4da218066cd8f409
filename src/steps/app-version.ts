import type { Tools } from '../domain/command.ts';
import { failure } from '../domain/failure.ts';
import { failed, ok, type Result } from '../domain/result.ts';

export interface VersionQuestion {
  readonly resource: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly signal: AbortSignal;
}

const MAX_CHARACTERS = 256;
const TIMEOUT_MS = 60_000;

/** The first line that the version command of a resource prints. */
export async function readAppVersion(
  tools: Tools,
  { resource, argv, cwd, signal }: VersionQuestion,
): Promise<Result<string>> {
  const run = await tools.run(
    { argv: argv as [string, ...string[]], cwd },
    { signal, timeoutMs: TIMEOUT_MS, maxOutputBytes: 1_048_576 },
  );
  if (!run.ok) return run;
  const { exitCode, signal: end = `exit code ${String(exitCode)}`, stdout, stderr } = run.value;
  const message = `appVersion of ${resource}: "${argv[0] ?? ''}"`;
  if (exitCode !== 0)
    return failed(failure('HOOK_FAILED', `${message} ended with ${end}`, { toolOutput: stderr }));
  const version = firstLine(stdout.toString('utf8'));
  return version === '' ? failed(failure('HOOK_FAILED', `${message} printed no version`)) : ok(version);
}

function firstLine(text: string): string {
  const line = text.trimStart().split(/\r?\n/, 1)[0] ?? '';
  return line
    .replaceAll(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, MAX_CHARACTERS);
}
