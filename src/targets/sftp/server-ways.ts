import type { Clock } from '../../domain/clock.ts';
import { EXTENSIONS, type Channel } from './channel.ts';
import type { Staging } from './staging.ts';
import { writeSmall } from './staging.ts';
import { ifPresent, isStatus } from './refusal.ts';

/**
 * How an object gets its name so that an existing one stays: by SSH_FXP_RENAME where the server
 * refuses to replace, by a hard link where it would replace, else after a look, which two writers
 * can both take.
 */
export type Publishing = 'rename' | 'link' | 'look';

export interface ServerWays {
  readonly publishing: Publishing;
  /** Epoch milliseconds of a file just made, by the server's clock, in whole seconds. */
  readonly serverMs: number;
  readonly ownMs: number;
}

/**
 * Tries on temporary files what the protocol promises and some servers do not keep. OpenSSH renames
 * by link and unlink, and falls back to a look and a rename that replaces where the file system has
 * no links; a link of our own tells which of them it would be.
 */
export async function probeServer(channel: Channel, staging: Staging, clock: Clock): Promise<ServerWays> {
  const [first, second, third] = await Promise.all([1, 2, 3].map(() => staging.newFile(channel)));
  if (first === undefined || second === undefined || third === undefined) throw new Error('three names');
  const names = [first, second, third];
  try {
    await Promise.all([writeSmall(channel, first, 'first'), writeSmall(channel, second, 'second')]);
    const ownMs = clock.nowMs();
    const { mtime } = await channel.lstat(second);
    const keeps = !(await works(channel.rename(first, second)));
    return {
      publishing: await publishingOf(channel, { keeps, taken: second, free: third }),
      serverMs: mtime * 1000,
      ownMs,
    };
  } finally {
    await Promise.allSettled(names.map((name) => ifPresent(channel.remove(name))));
  }
}

interface Probed {
  /** RENAME left the existing file alone. */
  readonly keeps: boolean;
  readonly taken: string;
  readonly free: string;
}

async function publishingOf(channel: Channel, { keeps, taken, free }: Probed): Promise<Publishing> {
  if (!channel.extensions.has(EXTENSIONS.hardlink)) return keeps ? 'rename' : 'look';
  if (!(await works(channel.hardlink(taken, free)))) return 'look';
  if (keeps) return 'rename';
  return (await works(channel.hardlink(taken, free))) ? 'look' : 'link';
}

async function works(operation: Promise<void>): Promise<boolean> {
  try {
    await operation;
    return true;
  } catch (error) {
    if (isStatus(error)) return false;
    throw error;
  }
}
