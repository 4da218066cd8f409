import type { JsonObject } from '../../src/domain/json.ts';
import type { Target, TargetContext } from '../../src/domain/target.ts';
import { PATIENCE, type Patience } from '../../src/targets/sftp/connect.ts';
import { createWith } from '../../src/targets/sftp/index.ts';
import { onTestFinished } from 'vitest';
import { valueOf } from './results.ts';
import type { Sshd } from './sshd.ts';
import { targetContext } from './target-context.ts';

/** A moment: for tests in which the other side says nothing. */
export const IMPATIENCE: Patience = { handshakeMs: 1000, keepaliveMs: 100, keepalives: 3, silenceMs: 500 };

export interface SftpPlaceSetup {
  readonly options?: JsonObject;
  readonly context?: Partial<TargetContext>;
  readonly patience?: Patience;
}

let places = 0;

/** The name of a folder that no other test of this file has. */
export function newPath(): string {
  places += 1;
  return `place-${String(places)}`;
}

export function connectTo(sshd: Sshd, path: string, setup: SftpPlaceSetup = {}): Target {
  const options = sshd.options(path, setup.options);
  const target = createWith(
    setup.patience ?? PATIENCE,
    targetContext(options, { name: 'offsite', ...setup.context }),
  );
  onTestFinished(() => target.close());
  return target;
}

/** A target in an empty folder of its own. */
export async function preparedTarget(sshd: Sshd, setup: SftpPlaceSetup = {}): Promise<Target> {
  const target = connectTo(sshd, newPath(), setup);
  valueOf(await target.prepare());
  return target;
}
