import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Tools } from '../../../src/domain/command.ts';
import { filesType } from '../../../src/resources/files/index.ts';
import { entriesOf, putBack, storedIn, take } from '../../support/capture-driver.ts';
import type { Taken } from '../../support/capture-driver.ts';
import { captureContext, temporaryFolder, tools } from '../../support/plain-snapshot.ts';
import { lacks, lacksAbility } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import { settle } from '../../support/settled-tree.ts';
import { digestTree } from '../../support/tree-digest.ts';

async function tree(): Promise<string> {
  const root = join(await temporaryFolder(), 'tree');
  mkdirSync(join(root, 'd'), { recursive: true });
  for (const name of ['state.redb', 'd/inner.redb', 'other']) writeFileSync(join(root, name), `${name}\n`);
  await settle(root);
  return root;
}

/** Writes to `file` right after each of the first `times` copies, as its program would meanwhile. */
function writing(file: string, times: number): { readonly tools: Tools; copies(): number } {
  let copies = 0;
  return {
    copies: () => copies,
    tools: {
      ...tools,
      async run(command, options) {
        const run = await tools.run(command, options);
        if (command.argv[0] === 'cp') copies += 1;
        if (command.argv[0] === 'cp' && copies <= times) appendFileSync(file, `write ${String(copies)}\n`);
        return run;
      },
    },
  };
}

async function restored(...chain: [Taken, ...Taken[]]): Promise<string> {
  const { staging, result } = await putBack(filesType, chain);
  valueOf(result);
  return staging;
}

describe.skipIf(lacks('tar', 'setfattr'))('a stable file', () => {
  test('is stored from a copy, under its own path with all its attributes', async () => {
    const root = await tree();
    execFileSync('sh', ['-c', 'chmod 640 state.redb; setfattr -n user.note -v x state.redb'], { cwd: root });
    await settle(root);
    const taken = valueOf(
      await take(filesType, { paths: [root], stable: ['state.redb', join(root, 'd/inner.redb')] }),
    );
    expect(digestTree(join(await restored(taken), root))).toEqual(digestTree(root));
    expect(taken.evidence.warnings).toEqual([]);
    expect(taken.summary.warnings).toEqual([]);
  });

  test('is copied again until its writer rests', async () => {
    const root = await tree();
    const writer = writing(join(root, 'state.redb'), 2);
    const taken = valueOf(
      await take(filesType, { paths: [root], stable: ['state.redb'] }, { tools: writer.tools }),
    );
    expect(writer.copies()).toBe(3);
    const content = 'state.redb\nwrite 1\nwrite 2\n';
    expect(readFileSync(join(await restored(taken), root, 'state.redb'), 'utf8')).toBe(content);
  });

  test('that never comes to rest is a failure, after a bounded number of copies', async () => {
    const root = await tree();
    const writer = writing(join(root, 'state.redb'), Infinity);
    const result = await take(filesType, { paths: [root], stable: ['state.redb'] }, { tools: writer.tools });
    expect(failureIn(result)).toMatchObject({ code: 'SOURCE_CHANGED' });
    expect(writer.copies()).toBeLessThanOrEqual(8);
  }, 20_000);

  test('is listed and stored as it was when it was copied, whatever is written later', async () => {
    const root = await tree();
    const file = join(root, 'state.redb');
    writeFileSync(join(root, 'big'), 'x'.repeat(4 * 1024 * 1024));
    await settle(root);
    const before = digestTree(root);
    const first = valueOf(
      await take(
        filesType,
        { paths: [root], stable: ['state.redb'], onFileChange: 'fail' },
        {
          whileReading: () => {
            appendFileSync(file, 'later\n');
          },
        },
      ),
    );
    expect(digestTree(join(await restored(first), root))).toEqual(before);
    await settle(root);
    const second = valueOf(
      await take(
        filesType,
        { paths: [root], stable: ['state.redb'] },
        { mode: 'incremental', parent: first },
      ),
    );
    expect(await storedIn(second)).toEqual([`${root.slice(1)}/state.redb`]);
    expect(digestTree(join(await restored(first, second), root))).toEqual(digestTree(root));
  });

  test('is not stored again while it does not change', async () => {
    const root = await tree();
    const options = { paths: [root], stable: ['state.redb'] };
    const first = valueOf(await take(filesType, options));
    const second = valueOf(await take(filesType, options, { mode: 'incremental', parent: first }));
    expect(await storedIn(second)).toEqual([]);
  });

  test('keeps holes', async () => {
    const root = await tree();
    execFileSync('truncate', ['-s', '1G', join(root, 'state.redb')]);
    await settle(root);
    const taken = valueOf(await take(filesType, { paths: [root], stable: ['state.redb'] }));
    expect(taken.evidence.rawBytes).toBeLessThan(100_000);
  });

  test('is unpacked in its place by tar alone, even from a scratch folder with an odd name', async () => {
    const root = await tree();
    const scratch = join(await temporaryFolder(), 's.*[a],^$\\1 +é;');
    mkdirSync(scratch);
    const taken = valueOf(await take(filesType, { paths: [root], stable: ['d/inner.redb'] }, { scratch }));
    const names = execFileSync('tar', ['-tf', taken.file], { encoding: 'utf8' }).trimEnd().split('\n');
    expect(names).toEqual([...(await entriesOf(taken)).keys()]);
  });

  test('is no second file where the scratch folder is captured too', async () => {
    const root = await tree();
    const { scratch } = await captureContext({});
    const options = { paths: [root, dirname(scratch)], stable: [join(root, 'state.redb')] };
    const taken = valueOf(await take(filesType, options, { scratch }));
    expect([...(await entriesOf(taken)).keys()].filter((path) => path.endsWith('state.redb'))).toHaveLength(
      1,
    );
    await restored(taken);
  });

  test('may be absent with an optional path', async () => {
    const root = await tree();
    const gone = join(root, '../gone');
    const options = { paths: [root, gone], optional: [gone], stable: [join(gone, 'state.redb')] };
    valueOf(await take(filesType, options));
  });

  test('is found below a path that is a link', async () => {
    const root = await tree();
    const link = join(root, '../current');
    symlinkSync(root, link);
    const options = { paths: [link], stable: [join(link, 'state.redb')] };
    const writer = writing(join(root, 'state.redb'), 0);
    valueOf(await take(filesType, options, { tools: writer.tools }));
    expect(writer.copies()).toBe(1);
  });
});

describe.skipIf(lacks('tar'))('no stable file', () => {
  test.each<[string, string, (root: string) => void, string]>([
    ['is missing', 'nothing.redb', () => undefined, 'SOURCE_MISSING'],
    ['lies outside the paths', '/etc/passwd', () => undefined, 'SOURCE_MISSING'],
    ['is a directory', 'd', () => undefined, 'SOURCE_UNSUPPORTED'],
    [
      'is a link',
      'link',
      (root) => {
        symlinkSync('other', join(root, 'link'));
      },
      'SOURCE_UNSUPPORTED',
    ],
    [
      'lies behind a link',
      'link/passwd',
      (root) => {
        symlinkSync('/etc', join(root, 'link'));
      },
      'SOURCE_UNSUPPORTED',
    ],
    [
      'has two names',
      'other',
      (root) => {
        linkSync(join(root, 'other'), join(root, 'z'));
      },
      'SOURCE_UNSUPPORTED',
    ],
    [
      'is a fifo',
      'fifo',
      (root) => {
        execFileSync('mkfifo', [join(root, 'fifo')]);
      },
      'SOURCE_UNSUPPORTED',
    ],
  ])('%s', async (_, name, prepare, code) => {
    const root = await tree();
    prepare(root);
    expect(failureIn(await take(filesType, { paths: [root], stable: [name] }))).toMatchObject({ code });
  });

  test('is copied once the capture was interrupted', async () => {
    const root = await tree();
    const stopped = { signal: AbortSignal.abort() };
    const result = await take(filesType, { paths: [root], stable: ['state.redb'] }, stopped);
    expect(failureIn(result)).toMatchObject({ code: 'INTERRUPTED' });
  });

  test.skipIf(lacksAbility('mount a tmpfs in a private namespace'))(
    'fits a scratch folder that is full',
    async () => {
      const root = await tree();
      writeFileSync(join(root, 'state.redb'), Buffer.alloc(256 * 1024, 'x'));
      await settle(root);
      const scratch = join(await temporaryFolder(), 'small');
      mkdirSync(scratch);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', scratch]);
      try {
        const result = await take(filesType, { paths: [root], stable: ['state.redb'] }, { scratch });
        expect(failureIn(result)).toMatchObject({ code: 'TARGET_FULL' });
      } finally {
        execFileSync('umount', [scratch]);
        rmSync(scratch, { recursive: true });
      }
    },
  );
});
