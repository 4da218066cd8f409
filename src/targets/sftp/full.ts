import { failed, type Result } from '../../domain/result.ts';
import { attempt } from './attempt.ts';
import { EXTENSIONS } from './channel.ts';
import { again } from './link.ts';
import type { Place } from './place.ts';

/** The protocol has no word for a full disk; free space tells it from other failures. */
export async function fullInstead<T>({ link, root }: Place, result: Result<T>): Promise<Result<T>> {
  if (result.ok || !['TARGET_IO', 'TRUNCATED'].includes(result.failure.code)) return result;
  const space = await attempt('asking for free space', () =>
    again(link, async (channel) =>
      channel.extensions.has(EXTENSIONS.statvfs) ? channel.space(root === '' ? '/' : root) : undefined,
    ),
  );
  if (!space.ok || space.value?.isFull !== true) return result;
  const { message, facts } = result.failure;
  return failed({
    code: 'TARGET_FULL',
    message: `${message}; no space is left there`,
    ...(facts && { facts }),
  });
}
