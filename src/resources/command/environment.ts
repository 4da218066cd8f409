import { resolve } from 'node:path';
import type { Command } from '../../domain/command.ts';
import type { CaptureContext } from '../../domain/resource-type.ts';
import { ok, type Result } from '../../domain/result.ts';
import type { CommandOptions } from './options.ts';

type Argv = readonly [string, ...string[]];

/** A program named with a slash lies relative to the plan; others are found on PATH. */
export function resolveProgram([program, ...rest]: Argv, planDirectory: string): Argv {
  return [program.includes('/') ? resolve(planDirectory, program) : program, ...rest];
}

/** Secrets go by environment only, apart from what is not secret, so that their values are masked. */
export async function readEnvironment(
  env: CommandOptions['env'],
  secrets: CaptureContext['secrets'],
): Promise<Result<Required<Pick<Command, 'env' | 'secretEnv'>>>> {
  const plain: Record<string, string> = {};
  const secret: Record<string, string> = {};
  for (const [name, source] of Object.entries(env)) {
    if (source.secret === undefined) {
      plain[name] = source.value ?? '';
      continue;
    }
    const value = await secrets.read(source.secret);
    if (!value.ok) return value;
    secret[name] = value.value;
  }
  return ok({ env: plain, secretEnv: secret });
}
