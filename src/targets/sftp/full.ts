import { failed, type Result } from '../../domain/result.ts';
import { attempt } from './attempt.ts';
import { EXTENSIONS, type Channel, type ServerSpace } from './channel.ts';
import { again } from './link.ts';
import type { Place } from './place.ts';

/** The protocol has no word for a full disk; free space tells it from other failures. */
export async function fullInstead<T>({ link, root }: Place, result: Result<T>): Promise<Result<T>> {
  if (result.ok || !['TARGET_IO', 'TRUNCATED'].includes(result.failure.code)) return result;
  const space = await attempt('asking for free space', () =>
    again(link, (channel) => spaceAt(channel, root)),
  );
  if (!space.ok || space.value?.isFull !== true) return result;
  const { message, facts } = result.failure;
  return failed({
    code: 'TARGET_FULL',
    message: `${message}; no space is left there`,
    ...(facts && { facts }),
  });
}

/** Undefined where the server does not say. */
export async function spaceAt(channel: Channel, root: string): Promise<ServerSpace | undefined> {
  return channel.extensions.has(EXTENSIONS.statvfs) ? channel.space(root === '' ? '/' : root) : undefined;
}
