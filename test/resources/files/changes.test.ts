import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { filesType } from '../../../src/resources/files/index.ts';
import { putBack, storedIn, take } from '../../support/capture-driver.ts';
import { temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';

const BIG_BYTES = 4 * 1024 * 1024;

/** `big` is being read while a change happens; what sorts after it has been listed and not yet read. */
async function busyTree(): Promise<string> {
  const root = join(await temporaryFolder(), 'tree');
  mkdirSync(join(root, 'z'), { recursive: true });
  writeFileSync(join(root, 'big'), 'x'.repeat(BIG_BYTES));
  for (const name of ['later', 'z/last']) writeFileSync(join(root, name), name);
  return root;
}

type Change = (root: string) => void;

const grow: Change = (root) => {
  appendFileSync(join(root, 'big'), 'more');
};
const shrink: Change = (root) => {
  truncateSync(join(root, 'big'), 100_000);
};
const remove: Change = (root) => {
  rmSync(join(root, 'later'));
};
const removeFolder: Change = (root) => {
  rmSync(join(root, 'z'), { recursive: true });
};

describe.skipIf(lacks('tar'))('while files are read', () => {
  test.each<[string, Change, string[]]>([
    ['one that grows', grow, ['changed /big']],
    ['one that shrinks', shrink, ['changed /big']],
    ['one that vanishes', remove, ['vanished /later']],
    ['a directory that vanishes', removeFolder, ['vanished /z', 'vanished /z/last']],
  ])('%s is listed, and the restore works', async (_, change, expected) => {
    const root = await busyTree();
    const options = { paths: [root], onFileChange: 'warn' };
    const taken = valueOf(
      await take(filesType, options, {
        whileReading: () => {
          change(root);
        },
      }),
    );
    const log = taken.summary.log.map((line) => line.replace(root.slice(1), ''));
    expect(log.sort()).toEqual(expected);
    expect(taken.evidence.warnings).toHaveLength(1);
    const { result } = await putBack(filesType, [taken]);
    const { warnings } = valueOf(result);
    expect(
      warnings.every((warning) => warning.endsWith('changed or vanished while they were captured')),
    ).toBe(true);
  });

  test.each<[string, boolean | undefined, boolean]>([
    ['warn', false, true],
    ['retry', undefined, false],
    ['retry', false, false],
    ['retry', true, true],
    ['fail', false, false],
    ['fail', true, false],
  ])('onFileChange %s, with lastAttempt %s, lets it pass: %s', async (onFileChange, lastAttempt, passes) => {
    const root = await busyTree();
    const attempt = lastAttempt === undefined ? {} : { lastAttempt };
    const result = await take(
      filesType,
      { paths: [root], onFileChange },
      {
        ...attempt,
        whileReading: () => {
          grow(root);
        },
      },
    );
    expect(result.ok).toBe(passes);
    if (!result.ok)
      expect(result.failure).toMatchObject({
        code: 'SOURCE_CHANGED',
        message: `${root.slice(1)}/big changed while it was read`,
      });
  });

  test('a changed file is stored again next time', async () => {
    const root = await busyTree();
    const options = { paths: [root], onFileChange: 'warn' };
    const first = valueOf(
      await take(filesType, options, {
        whileReading: () => {
          grow(root);
        },
      }),
    );
    const second = valueOf(await take(filesType, options, { mode: 'incremental', parent: first }));
    expect(await storedIn(second)).toContain(`${root.slice(1)}/big`);
    const { staging, result } = await putBack(filesType, [first, second]);
    expect(valueOf(result).warnings).toEqual([]);
    expect(readFileSync(join(staging, root, 'big')).length).toBe(BIG_BYTES + 4);
  });

  test('one that grew between listing and reading is restored as it was read', async () => {
    const root = await busyTree();
    const whileReading = () => {
      appendFileSync(join(root, 'later'), ' and more');
    };
    const taken = valueOf(await take(filesType, { paths: [root], onFileChange: 'fail' }, { whileReading }));
    const { staging, result } = await putBack(filesType, [taken]);
    expect(valueOf(result).warnings).toEqual([]);
    expect(readFileSync(join(staging, root, 'later'), 'utf8')).toBe('later and more');
  });

  test.each<[string, Change]>([
    [
      'a link to elsewhere',
      (root) => {
        symlinkSync('/etc', join(root, 'z'));
      },
    ],
    [
      'another directory',
      (root) => {
        mkdirSync(join(root, 'z'));
      },
    ],
    [
      'a file',
      (root) => {
        writeFileSync(join(root, 'z'), '');
      },
    ],
  ])('a directory replaced by %s never passes', async (_, put) => {
    const root = await busyTree();
    const whileReading = () => {
      renameSync(join(root, 'z'), join(root, 'moved'));
      put(root);
    };
    const result = await take(
      filesType,
      { paths: [root], onFileChange: 'warn' },
      { lastAttempt: true, whileReading },
    );
    expect(failureIn(result)).toMatchObject({
      code: 'SOURCE_CHANGED',
      message: `${root.slice(1)}/z/ was replaced while it was read`,
    });
  });

  test('an interruption is one', async () => {
    const root = await busyTree();
    const abort = new AbortController();
    const whileReading = () => {
      abort.abort();
    };
    const result = await take(filesType, { paths: [root] }, { signal: abort.signal, whileReading });
    expect(failureIn(result)).toMatchObject({ code: 'INTERRUPTED' });
  });
});
