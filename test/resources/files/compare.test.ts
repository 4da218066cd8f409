import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { SnapshotRecord } from '../../../src/domain/record.ts';
import { IndexUnreadable } from '../../../src/domain/resource-type.ts';
import type { CaptureContext, Comparison } from '../../../src/domain/resource-type.ts';
import type { Result } from '../../../src/domain/result.ts';
import { filesType } from '../../../src/resources/files/index.ts';
import { spooledLines } from '../../../src/resources/files/index-spool.ts';
import { take } from '../../support/capture-driver.ts';
import type { Taken } from '../../support/capture-driver.ts';
import { captureContext, temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';
import { settle } from '../../support/settled-tree.ts';

async function tree(): Promise<string> {
  const root = join(await temporaryFolder(), 'tree');
  mkdirSync(join(root, 'd/e'), { recursive: true });
  for (const name of ['a', 'b', 'd/c', 'd/e/f']) writeFileSync(join(root, name), name);
  linkSync(join(root, 'a'), join(root, 'd/also-a'));
  symlinkSync('a', join(root, 'link'));
  await settle(root);
  return root;
}

type Options = CaptureContext['options'];

async function snapshot(root: string, options: Options = {}): Promise<Taken> {
  return valueOf(await take(filesType, { paths: [root], ...options }));
}

/** As the step that decides about a tick does, with a machine that has no tar. */
async function compare(
  options: Options,
  lines: AsyncIterable<Buffer>,
  rest: Partial<CaptureContext> = {},
): Promise<Result<Comparison>> {
  const tools: CaptureContext['tools'] = {
    run: () => Promise.reject(new Error('a comparison runs no tool')),
    find: () => Promise.resolve(undefined),
  };
  const clock = { nowMs: Date.now, monotonicMs: () => 0 };
  const parent = { record: {} as SnapshotRecord, lines };
  const context = { ...(await captureContext(options, { clock, tools, ...rest })), parent };
  return filesType.compare?.(context) ?? Promise.reject(new Error('files can be compared'));
}

async function verdict(root: string, taken: Taken, options: Options = {}): Promise<Comparison> {
  return valueOf(await compare({ paths: [root], ...options }, spooledLines(taken.index)));
}

describe.skipIf(lacks('tar'))('a source', () => {
  test('equals its snapshot until something changes', async () => {
    const root = await tree();
    const taken = await snapshot(root);
    expect(await verdict(root, taken)).toBe('equal');
    expect(await verdict(root, taken)).toBe('equal');
  });

  test('equals the last level of a chain', async () => {
    const root = await tree();
    const first = await snapshot(root);
    writeFileSync(join(root, 'b'), 'second');
    await settle(root);
    const second = valueOf(await take(filesType, { paths: [root] }, { mode: 'incremental', parent: first }));
    expect(await verdict(root, second)).toBe('equal');
    expect(await verdict(root, first)).toBe('different');
  });

  test.each<[string, (root: string) => void]>([
    [
      'content behind the same size and time',
      (root) => {
        const { atime, mtime } = statSync(join(root, 'a'));
        writeFileSync(join(root, 'a'), 'A');
        utimesSync(join(root, 'a'), atime, mtime);
      },
    ],
    [
      'a new file',
      (root) => {
        writeFileSync(join(root, 'z'), '');
      },
    ],
    [
      'a new directory',
      (root) => {
        mkdirSync(join(root, 'd/e/g'));
      },
    ],
    [
      'a lost file',
      (root) => {
        rmSync(join(root, 'd/e/f'));
      },
    ],
    [
      'a lost last entry',
      (root) => {
        rmSync(join(root, 'link'));
      },
    ],
    [
      'a lost directory',
      (root) => {
        rmSync(join(root, 'd'), { recursive: true });
      },
    ],
    [
      'a new name',
      (root) => {
        renameSync(join(root, 'b'), join(root, 'c'));
      },
    ],
    [
      'a new mode',
      (root) => {
        chmodSync(join(root, 'd'), 0o700);
      },
    ],
    [
      'another owner',
      (root) => {
        execFileSync('chown', [':4321', join(root, 'a')]);
      },
    ],
    [
      'an attribute',
      (root) => {
        execFileSync('setfattr', ['-n', 'user.note', '-v', 'x', join(root, 'b')]);
      },
    ],
    [
      'one more hard link',
      (root) => {
        linkSync(join(root, 'b'), join(root, 'b2'));
      },
    ],
    [
      'a link that leads elsewhere',
      (root) => {
        rmSync(join(root, 'link'));
        symlinkSync('b', join(root, 'link'));
      },
    ],
    [
      'another type',
      (root) => {
        rmSync(join(root, 'b'));
        mkdirSync(join(root, 'b'));
      },
    ],
  ])('differs by %s', async (_, change) => {
    const root = await tree();
    const taken = await snapshot(root);
    change(root);
    // Long after the change, so that its freshness alone does not tell.
    await settle(root);
    expect(await verdict(root, taken)).toBe('different');
  });

  test('differs while a change is too recent for the clock to tell', async () => {
    const root = await tree();
    const clock = { nowMs: () => Math.floor(statSync(join(root, 'a')).ctimeMs), monotonicMs: () => 0 };
    const taken = valueOf(await take(filesType, { paths: [root] }, { clock }));
    expect(await verdict(root, taken)).toBe('different');
  });

  test('differs by other rules only where they change what is listed', async () => {
    const root = await tree();
    const taken = await snapshot(root);
    expect(await verdict(root, taken, { exclude: ['*.tmp'] })).toBe('equal');
    expect(await verdict(root, taken, { exclude: ['f'] })).toBe('different');
  });

  test('does not differ for ever because of a socket', async () => {
    const root = await tree();
    const script = 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])';
    execFileSync('python3', ['-c', script, join(root, 'socket')]);
    await settle(root);
    expect(await verdict(root, await snapshot(root))).toBe('equal');
  });

  test('differs where an optional path has come or gone', async () => {
    const root = await tree();
    const optional = join(root, '../optional');
    const options = { paths: [root, optional], optional: [optional] };
    const without = valueOf(await take(filesType, options));
    expect(valueOf(await compare(options, spooledLines(without.index)))).toBe('equal');
    writeFileSync(optional, '');
    await settle(optional);
    expect(valueOf(await compare(options, spooledLines(without.index)))).toBe('different');
    const having = valueOf(await take(filesType, options));
    rmSync(optional);
    expect(valueOf(await compare(options, spooledLines(having.index)))).toBe('different');
  });
});

describe.skipIf(lacks('tar'))('a comparison', () => {
  test('fails where a path is missing that must be there', async () => {
    const root = await tree();
    const { index } = await snapshot(root);
    rmSync(root, { recursive: true });
    const result = await compare({ paths: [root] }, spooledLines(index));
    expect(failureIn(result)).toMatchObject({ code: 'SOURCE_MISSING' });
  });

  test('does not know where the index cannot be read', async () => {
    const root = await tree();
    async function* torn(): AsyncGenerator<Buffer> {
      yield Buffer.from('{"format":"backup-plan/index@1","facts":{}}');
      await Promise.reject(new IndexUnreadable('torn'));
    }
    expect(valueOf(await compare({ paths: [root] }, torn()))).toBe('unknown');
  });

  test('ends its reading of the index at the first difference', async () => {
    const root = await tree();
    let ended = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        yield Buffer.from('{"format":"backup-plan/index@1","facts":{}}');
        for (;;) yield await Promise.resolve(Buffer.from('{"path":"~","type":"file"}'));
      } finally {
        ended = true;
      }
    }
    expect(valueOf(await compare({ paths: [root] }, endless()))).toBe('different');
    expect(ended).toBe(true);
  });

  test('can be interrupted', async () => {
    const root = join(await temporaryFolder(), 'tree');
    mkdirSync(root);
    for (let file = 0; file < 600; file += 1) writeFileSync(join(root, String(file)), '');
    await settle(root);
    const { index } = await snapshot(root);
    const result = await compare({ paths: [root] }, spooledLines(index), { signal: AbortSignal.abort() });
    expect(failureIn(result)).toMatchObject({ code: 'INTERRUPTED' });
  });
});
