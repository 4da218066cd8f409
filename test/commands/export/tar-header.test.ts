import { execFileSync } from 'node:child_process';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  END_OF_ARCHIVE,
  memberBytes,
  tarHeader,
  tarPadding,
} from '../../../src/commands/export/tar-header.ts';
import { archive } from '../../../src/targets/archive/index.ts';
import { targetContext } from '../../support/target-context.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks } from '../../support/requires.ts';
import { valueOf } from '../../support/results.ts';

const MODIFIED_MS = Date.UTC(2026, 10, 21, 2);
const GIBIBYTE = 1024 ** 3;

/** The longest key of the format: every part as long as it may be. */
const part = (character: string) => character.repeat(64);
const LONGEST = `${part('p')}/data/${part('r')}/20261121t020000z-0123456789abcdef/${part('a')}`;

/** An archive of one member, of which only the header takes room on the disk. */
async function archiveOf(name: string, sizeBytes: number): Promise<string> {
  const path = join(await temporaryFolder(), 'one.tar');
  const member = { name, sizeBytes, modifiedMs: MODIFIED_MS };
  writeFileSync(path, tarHeader(member));
  truncateSync(path, memberBytes(member) + END_OF_ARCHIVE.length);
  return path;
}

const sizes = [0, 1, 511, 512, 513, 8 * GIBIBYTE - 1, 8 * GIBIBYTE, 9 * GIBIBYTE + 1, 2 ** 43];

describe('the header of a member', () => {
  test.each(sizes)('of %d bytes is read back by the archive target', async (sizeBytes) => {
    const path = await archiveOf(LONGEST, sizeBytes);
    const target = archive.create(targetContext({ path }, { name: 'a' }));
    valueOf(await target.open());
    expect(valueOf(await target.list(''))).toEqual([
      { key: LONGEST, size: sizeBytes, modifiedMs: MODIFIED_MS },
    ]);
    await target.close();
  });

  test.skipIf(lacks('tar')).each(sizes.filter((size) => size <= 9 * GIBIBYTE + 1))(
    'of %d bytes is read by stock tar',
    async (sizeBytes) => {
      const path = await archiveOf(LONGEST, sizeBytes);
      const listing = execFileSync('tar', ['--full-time', '--utc', '-tvf', path], { encoding: 'utf8' });
      const [mode, , size, ...rest] = listing.trimEnd().split(/\s+/);
      expect([mode, size, rest.join(' ')]).toEqual([
        '-rw-------',
        String(sizeBytes),
        `2026-11-21 02:00:00 ${LONGEST}`,
      ]);
    },
  );

  test('fills whole blocks', () => {
    const property = fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (sizeBytes) => {
      const member = { name: 'repo.json', sizeBytes, modifiedMs: 0 };
      expect(tarHeader(member).length % 512).toBe(0);
      expect((sizeBytes + tarPadding(sizeBytes).length) % 512).toBe(0);
      expect(tarPadding(sizeBytes).length).toBeLessThan(512);
    });
    fc.assert(property);
  });

  test('takes any key of the format, and nothing that would be cut', () => {
    const segment = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/);
    const key = fc.tuple(segment, segment, fc.constant('20261121t020000z-0123456789abcdef'), segment);
    fc.assert(
      fc.property(key, ([plan, resource, id, file]) => {
        const header = tarHeader({
          name: `${plan}/keys/${resource}/${id}/${file}`,
          sizeBytes: 0,
          modifiedMs: 0,
        });
        const field = (start: number, length: number) =>
          header.toString('latin1', start, start + length).replace(/\0.*/s, '');
        expect([field(345, 155), field(0, 100)].filter((one) => one !== '').join('/')).toBe(
          `${plan}/keys/${resource}/${id}/${file}`,
        );
      }),
    );
    for (const name of ['x'.repeat(101), `a/${'x'.repeat(101)}`, `${'x'.repeat(160)}/a${'b'.repeat(90)}`])
      expect(() => tarHeader({ name, sizeBytes: 0, modifiedMs: 0 })).toThrow(RangeError);
  });
});
