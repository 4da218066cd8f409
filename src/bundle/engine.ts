import type { Tools } from '../domain/command.ts';
import { failure } from '../domain/failure.ts';
import type { EngineChoice } from '../domain/plan.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import type { Recipient } from './recipients.ts';

export type Engine = 'gpg' | 'openpgp';

/**
 * Picks who encrypts. GnuPG from 2.2.42 on uses AEAD by itself when every recipient announces it,
 * which the format does not allow and no option prevents.
 */
export async function chooseEngine(
  choice: EngineChoice,
  recipients: readonly Recipient[],
  tools: Tools,
): Promise<Result<Engine>> {
  if (choice === 'openpgp') return ok('openpgp');
  const version = await gpgVersion(tools);
  if (version === undefined) {
    return choice === 'auto'
      ? ok('openpgp')
      : failed(failure('TOOL_MISSING', 'gpg is not installed or cannot be executed'));
  }
  if (isBefore(version, FIRST_WITH_AEAD) || recipients.some(({ wantsAead }) => !wantsAead)) return ok('gpg');
  if (choice === 'auto') return ok('openpgp');
  return failed(
    failure(
      'RECIPIENT_UNUSABLE',
      `gpg ${version.join('.')} would encrypt to these recipients in a form that older releases cannot read`,
      {
        hint: 'Set engine to auto or openpgp.',
      },
    ),
  );
}

const FIRST_WITH_AEAD = [2, 2, 42];

/** Undefined where there is no gpg that works. */
async function gpgVersion(tools: Tools): Promise<number[] | undefined> {
  if ((await tools.find('gpg')) === undefined) return undefined;
  const asked = await tools.run({ argv: ['gpg', '--version'] }, { timeoutMs: 30_000 });
  const text = asked.ok && asked.value.exitCode === 0 ? asked.value.stdout.toString('latin1') : '';
  return /^gpg \(GnuPG[^)]*\) (\d+)\.(\d+)\.(\d+)/.exec(text)?.slice(1).map(Number);
}

function isBefore(version: readonly number[], other: readonly number[]): boolean {
  const at = other.findIndex((part, index) => part !== version[index]);
  return at >= 0 && (version[at] ?? 0) < (other[at] ?? 0);
}
