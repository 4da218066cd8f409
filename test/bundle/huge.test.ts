import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/bundle/engine.ts';
import { valueOf } from '../support/results.ts';
import { cryptography, freshPath, makeKey, never, opener } from './bundles.ts';

const ENGINES: readonly Engine[] = ['gpg', 'openpgp'];
const SIZES = [2 ** 31 + 1, 2 ** 32 + 1];
const MATRIX = SIZES.flatMap((size) => ENGINES.map((writer) => ({ size, writer })));
const MAX_RSS_BYTES = 512 * 1_048_576;

/** Minutes of work and gigabytes of disk: only where BACKUP_PLAN_TEST_HUGE is set. */
describe.skipIf(process.env['BACKUP_PLAN_TEST_HUGE'] === undefined)('bundles beyond 2 and 4 GiB', () => {
  const made: string[] = [];
  afterAll(() => Promise.all(made.map((file) => rm(file, { force: true }))));

  it.each(MATRIX)(
    '$size bytes written by $writer open with both engines',
    { timeout: 1_800_000 },
    async ({ size, writer }) => {
      const key = await makeKey();
      const stagePath = freshPath('huge');
      made.push(stagePath);
      const sealer = valueOf(
        await cryptography.sealer({ name: 'main', recipients: [key.publicFile], engine: writer }),
      );
      const source = {
        kind: 'command' as const,
        command: { argv: ['head', '-c', String(size), '/dev/zero'] as const },
      };
      const sealed = valueOf(
        await sealer.seal({
          source,
          output: { kind: 'file', path: stagePath },
          compression: { type: 'none' },
          signal: never,
        }),
      );
      for (const reader of ENGINES) {
        const from = await opener({ files: [key.privateFile] }, reader);
        const opened = await from.open({
          ciphertext: {
            size: sealed.bytes,
            bytes: createReadStream(stagePath, { highWaterMark: 1_048_576 }),
            failure: () => undefined,
          },
          expected: { ...sealed, compression: 'none', rawBytes: size },
          sink: { kind: 'command', command: { argv: ['cmp', '-n', String(size), '-', '/dev/zero'] } },
          signal: never,
        });
        expect(valueOf(opened).sink).toMatchObject({ exitCode: 0 });
        expect(process.resourceUsage().maxRSS * 1024).toBeLessThan(MAX_RSS_BYTES);
      }
      await rm(stagePath);
    },
  );
});
