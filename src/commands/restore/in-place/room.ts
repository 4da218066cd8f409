import { statfs } from 'node:fs/promises';
import { failure } from '../../../domain/failure.ts';
import { failed, ok, type Result } from '../../../domain/result.ts';
import { formatBytes } from '../../../domain/size.ts';
import type { Need } from './prepare.ts';

export interface Room extends Need {
  readonly freeBytes: number;
}

/** What is needed of each file system, all needs of one added up, and what it has. */
export async function roomFor(needs: readonly Need[]): Promise<readonly Room[]> {
  const devices = [...new Set(needs.map(({ device }) => device))];
  return Promise.all(
    devices.map(async (device) => {
      const own = needs.filter((need) => need.device === device);
      const directory = own[0]?.directory ?? '/';
      const { bavail, bsize } = await statfs(directory);
      const bytes = own.reduce((sum, need) => sum + need.bytes, 0);
      return { directory, device, bytes, freeBytes: bavail * bsize };
    }),
  );
}

/** TARGET_FULL, with all file systems that lack room, before anything is read. */
export async function checkRoomFor(needs: readonly Need[]): Promise<Result<void>> {
  const short = (await roomFor(needs)).filter(({ bytes, freeBytes }) => bytes > freeBytes);
  if (short.length === 0) return ok();
  const lacks = short.map(
    ({ directory, bytes, freeBytes }) =>
      `${formatBytes(bytes)} at ${directory}, which has ${formatBytes(freeBytes)} free`,
  );
  return failed(failure('TARGET_FULL', `the restore needs ${lacks.join('; ')}`));
}
