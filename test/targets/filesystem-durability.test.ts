import { lstat, mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFilesystemTarget } from '../../src/targets/filesystem/filesystem-target.ts';
import { faultyFiles, withoutLinks, type FileCall, type FileFault } from '../support/faulty-files.ts';
import { makePlace, openTarget, stageFile } from '../support/filesystem-place.ts';
import { valueOf } from '../support/results.ts';

const KEY = 'acme/snapshots/files/x.json';
const BYTES = Buffer.from('record');
const LASTING = new Set(['mkdir', 'write', 'sync', 'link', 'rename', 'unlink']);

/** What was done, in order, as `operation name`; random names become `new`. */
function recorder(fault?: FileFault): { readonly steps: string[]; readonly fault: FileFault } {
  const steps: string[] = [];
  const record: FileFault = (call: FileCall) => {
    const name = basename(call.path).replace(/^new-.*|^[0-9a-f]{64}$/, (found) =>
      found.startsWith('new') ? 'new' : 'claim',
    );
    if (LASTING.has(call.operation)) steps.push(`${call.operation} ${name}`);
    return fault?.(call);
  };
  return { steps, fault: record };
}

describe('publishing', () => {
  it('syncs the file before its name, and the name before it says so', async () => {
    const { path } = await makePlace();
    const { steps, fault } = recorder();
    const target = await openTarget(path, faultyFiles(fault));
    valueOf(await target.create(KEY, BYTES));
    steps.length = 0;
    valueOf(await target.create('acme/snapshots/files/y.json', BYTES));
    expect(steps).toEqual(['write new', 'sync new', 'link new', 'sync files', 'unlink new']);
  });

  it('syncs every new folder into its parent first', async () => {
    const { path } = await makePlace();
    const { steps, fault } = recorder();
    const target = await openTarget(path, faultyFiles(fault));
    valueOf(await target.create(KEY, BYTES));
    expect(steps.slice(steps.indexOf('sync new') + 1)).toEqual([
      'mkdir acme',
      'sync backups',
      'mkdir snapshots',
      'sync acme',
      'mkdir files',
      'sync snapshots',
      'link new',
      'sync files',
      'unlink new',
    ]);
  });

  it('syncs folders that another process made, too', async () => {
    const { path } = await makePlace();
    await mkdir(join(path, 'acme/snapshots/files'), { recursive: true, mode: 0o700 });
    const { steps, fault } = recorder();
    valueOf(await (await openTarget(path, faultyFiles(fault))).create(KEY, BYTES));
    expect(steps).toEqual(
      expect.arrayContaining(['sync backups', 'sync acme', 'sync snapshots', 'sync files']),
    );
  });

  it('without hard links renames under a claim, which goes last', async () => {
    const { path } = await makePlace();
    const { steps, fault } = recorder(withoutLinks);
    const target = await openTarget(path, faultyFiles(fault));
    valueOf(await target.create(KEY, BYTES));
    steps.length = 0;
    valueOf(await target.create('acme/snapshots/files/y.json', BYTES));
    expect(steps).toEqual([
      'write new',
      'sync new',
      'link new',
      'rename new',
      'sync files',
      'unlink claim',
      'unlink new',
    ]);
  });

  it('finds a name taken only after that name is durable', async () => {
    const { path } = await makePlace();
    const { steps, fault } = recorder();
    valueOf(await (await openTarget(path)).create(KEY, BYTES));
    const target = await openTarget(path, faultyFiles(fault));
    expect(valueOf(await target.create(KEY, BYTES))).toBe('exists');
    expect(steps.slice(-3)).toEqual(['link new', 'sync files', 'unlink new']);
  });

  it('of a file staged on the target is a link, after its sync', async () => {
    const { path } = await makePlace();
    const { steps, fault } = recorder();
    const target = await openTarget(path, faultyFiles(fault));
    const folder = valueOf(await target.stagingDirectory('run')) ?? '';
    const staged = await stageFile(join(folder, 'bundle'), BYTES);
    valueOf(await target.upload(KEY, staged));
    expect(steps.filter((step) => /bundle|files/.test(step))).toEqual([
      'sync bundle',
      'mkdir files',
      'link bundle',
      'sync files',
    ]);
    expect((await lstat(join(path, KEY))).ino).toBe((await lstat(staged.path)).ino);
  });

  it('of a file staged on another target of the same file system is a copy with blocks of its own', async () => {
    const [first, second] = [await makePlace(), await makePlace()];
    const folder = valueOf(await (await openTarget(first.path)).stagingDirectory('run')) ?? '';
    const staged = await stageFile(join(folder, 'bundle'), BYTES);
    valueOf(await (await openTarget(second.path)).upload(KEY, staged));
    expect((await lstat(join(second.path, KEY))).ino).not.toBe((await lstat(staged.path)).ino);
  });
});

describe.each([
  ['with hard links', () => undefined],
  ['without hard links', withoutLinks],
] as const)('a program that dies at any call, on a file system %s', (_, base: FileFault) => {
  it.each(['before', 'after'] as const)(
    'leaves the whole object or none, and the next attempt ends well (%s the call)',
    async (moment) => {
      for (let at = 0; ; at += 1) {
        const { path } = await makePlace();
        let seen = 0;
        const dies: FileFault = (call) => {
          const natural = base(call);
          if (call.operation === 'realpath' || seen++ < at) return natural;
          return { error: new Error('died'), moment: seen === at + 1 ? moment : 'before' };
        };
        const died = await publishAndDie(path, dies);

        const next = await openTarget(path, faultyFiles(base));
        const present = valueOf(await next.get(KEY, 100));
        expect(present ?? BYTES).toEqual(BYTES);
        if (!died) {
          expect(present).toEqual(BYTES);
          expect(at).toBeGreaterThan(20);
          return;
        }
        // Where a claim is in the way, its owner would have to be dead to be passed; it is us, alive.
        const isClaimed = valueOf(await next.list('tmp/claims/')).length > 0;
        if (!isClaimed)
          expect(valueOf(await next.create(KEY, BYTES))).toBe(present === undefined ? 'created' : 'exists');
        expect(valueOf(await next.create('acme/other', BYTES))).toBe('created');
      }
    },
  );
});

/** True where the fault was met. Nothing is cleaned up afterwards, as after `kill -9`. */
async function publishAndDie(path: string, fault: FileFault): Promise<boolean> {
  const target = createFilesystemTarget(faultyFiles(fault), 'local', { path, mustBeMount: false });
  try {
    valueOf(await target.open());
    valueOf(await target.create(KEY, BYTES));
    return false;
  } catch (error) {
    expect(String(error)).toContain('died');
    return true;
  }
}
