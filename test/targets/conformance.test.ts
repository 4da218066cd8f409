import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesystem } from '../../src/targets/filesystem/index.ts';
import { createFilesystemTarget } from '../../src/targets/filesystem/filesystem-target.ts';
import { createMemoryStore, createMemoryTarget } from '../support/memory-target.ts';
import { faultyTarget } from '../support/faulty-target.ts';
import { faultyFiles, withoutLinks } from '../support/faulty-files.ts';
import { targetContext } from '../support/target-context.ts';
import { describeTarget, type Subject } from './conformance.ts';

const inDirectory = (connect: (path: string) => Subject['connect']) => async (): Promise<Subject> => {
  const parent = await mkdtemp(join(tmpdir(), 'target-'));
  return {
    connect: connect(join(parent, 'backups')),
    remove: () => rm(parent, { recursive: true, force: true }),
  };
};

describeTarget(
  'a filesystem target',
  inDirectory((path) => () => filesystem.create(targetContext({ path }))),
);

describeTarget(
  'a filesystem target without hard links',
  inDirectory(
    (path) => () => createFilesystemTarget(faultyFiles(withoutLinks), 'local', { path, mustBeMount: false }),
  ),
);

describeTarget('the in-memory target', () => {
  const store = createMemoryStore();
  store.exists = false;
  return Promise.resolve({
    connect: () => createMemoryTarget(store, { pageSize: 3 }),
    remove: () => Promise.resolve(),
  });
});

describeTarget('a target behind a wrapper that never fails', () => {
  const store = createMemoryStore();
  store.exists = false;
  const connect = () => faultyTarget(createMemoryTarget(store), { at: Infinity, moment: 'before' });
  return Promise.resolve({ connect, remove: () => Promise.resolve() });
});
