import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SnapshotRecord } from '../../../src/domain/record.ts';
import { IndexUnreadable } from '../../../src/domain/resource-type.ts';
import { filesType } from '../../../src/resources/files/index.ts';
import { putBack, take } from '../../support/capture-driver.ts';
import { captureContext, pipelines, temporaryFolder } from '../../support/plain-snapshot.ts';
import { lacks } from '../../support/requires.ts';
import { failureIn, valueOf } from '../../support/results.ts';

describe.skipIf(lacks('tar'))('a tree too deep for the calls of the system', () => {
  async function deepTree(): Promise<string> {
    const root = join(await temporaryFolder(), 'tree');
    mkdirSync(root);
    onTestFinished(() => void execFileSync('rm', ['-rf', '--', root]));
    const script = 'for (1..2000) { mkdir "dd" or die; chdir "dd" or die }';
    execFileSync('perl', ['-e', script], { cwd: root });
    writeFileSync(join(root, 'file'), '');
    return root;
  }

  test('is a failure by default', async () => {
    const root = await deepTree();
    expect(failureIn(await take(filesType, { paths: [root] }))).toMatchObject({ code: 'SOURCE_UNREADABLE' });
  });

  test('is listed as unreadable where the plan lets that pass', async () => {
    const root = await deepTree();
    const { summary } = valueOf(await take(filesType, { paths: [root], onUnreadable: 'warn' }));
    expect(summary.log).toHaveLength(1);
    expect(summary.log[0]).toMatch(/^unreadable .*\/dd\/dd$/);
  });
});

describe.skipIf(lacks('tar'))('a parent index that breaks off', () => {
  test('is thrown to the reader of the entries, and ends the archive at once', async () => {
    const root = join(await temporaryFolder(), 'tree');
    mkdirSync(root);
    for (let index = 0; index < 2000; index += 1) writeFileSync(join(root, String(index)), '');
    async function* lines(): AsyncGenerator<Buffer> {
      yield Buffer.from('{"format":"backup-plan/index@1","facts":{}}');
      await Promise.reject(new IndexUnreadable('torn'));
    }
    const parent = { record: {} as SnapshotRecord, lines: lines() };
    const context = await captureContext({ paths: [root] }, { mode: 'incremental', parent });
    const session = valueOf(await filesType.open(context));
    const reading = (async () => {
      for await (const entry of session.entries())
        expect.fail(`no entry was expected: ${JSON.stringify(entry)}`);
    })();
    const { source } = session.artifacts[0]!;
    const { signal } = context;
    const sink = { kind: 'file', path: join(context.planDirectory, 'artifact') } as const;
    const [read, archived] = await Promise.allSettled([
      reading,
      pipelines.run({ source, stages: [], sink, signal }),
    ]);
    expect(read).toMatchObject({ status: 'rejected', reason: { name: 'IndexUnreadable', message: 'torn' } });
    expect(archived.status).toBe('fulfilled');
    await session.close();
  });
});

describe.skipIf(lacks('tar'))('files that vanish while they are read', () => {
  test('are listed, thousands of them, and the rest comes back', async () => {
    const root = join(await temporaryFolder(), 'tree');
    mkdirSync(root);
    for (let index = 0; index < 3000; index += 1)
      writeFileSync(join(root, `${'n'.repeat(40)}${String(index)}`), '');
    writeFileSync(join(root, 'big'), 'x'.repeat(4 * 1024 * 1024));
    const whileReading = () => void execFileSync('find', [root, '-name', 'n*', '-delete']);
    const result = await take(filesType, { paths: [root], onFileChange: 'warn' }, { whileReading });
    const taken = valueOf(result);
    expect(taken.summary.log.filter((line) => line.startsWith('vanished '))).toHaveLength(3000);
    expect(taken.evidence.warnings).toEqual(['3000 files vanished while being read']);
    valueOf((await putBack(filesType, [taken])).result);
  });
});
