import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { failureFromErrno } from '../domain/errno.ts';
import { failed } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import type { Recipient } from './recipients.ts';

/** A private, empty home for one run of gpg, gone afterwards. No agent ever starts there. */
export async function withGpgHome<T>(
  scratchDirectory: string,
  use: (home: string) => Promise<Result<T>>,
): Promise<Result<T>> {
  let home: string;
  try {
    await mkdir(scratchDirectory, { recursive: true, mode: 0o700 });
    home = await mkdtemp(path.join(scratchDirectory, 'gpg-'));
  } catch (error) {
    return failed(failureFromErrno(error, `cannot make a private directory in ${scratchDirectory}`));
  }
  try {
    return await use(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** Writes the very keys that were checked, so that a file which changes meanwhile has no say. */
export function writeRecipients(home: string, recipients: readonly Recipient[]): Promise<string[]> {
  return Promise.all(
    recipients.map(async ({ key }, index) => {
      const file = path.join(home, `recipient-${String(index)}.gpg`);
      await writeFile(file, key.write(), { mode: 0o600, flag: 'wx' });
      return file;
    }),
  );
}
