import { appendFileSync, lstatSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createJournal, openJournal, readJournals, type Journal } from '../../src/swap/journal.ts';
import type { BeginLine } from '../../src/swap/journal-line.ts';
import type { SwapPlan } from '../../src/swap/plan.ts';
import { isTouched, replay, type RestoreState } from '../../src/swap/restore-state.ts';
import { restoresDirectory } from '../../src/swap/state-directory.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { ID } from './scene.ts';

const begin: BeginLine = {
  kind: 'begin',
  version: 1,
  restoreId: ID,
  plan: 'shop',
  items: [{ resource: 'uploads', snapshotId: 'one' }],
  request: 'digest',
  holder: 'first',
  at: '2026-11-21T08:00:00.000Z',
};
const plan: SwapPlan = { places: [], roots: [], folders: ['/f'], known: [] };

describe('the journal of a restore', () => {
  let root: string;
  let journal: Journal;
  beforeEach(async () => {
    root = join(mkdtempSync(join(tmpdir(), 'bp-journal-')), 'state', 'restores');
    journal = valueOf(await createJournal(root, begin));
  });
  afterEach(() => {
    rmSync(join(root, '..', '..'), { recursive: true });
  });

  const file = (): string => join(root, ID, 'journal.ndjson');
  const read = async (): Promise<readonly RestoreState[]> => valueOf(await readJournals(root));

  it('is for its owner alone', () => {
    expect(lstatSync(root).mode & 0o777).toBe(0o700);
    expect(lstatSync(join(root, ID)).mode & 0o777).toBe(0o700);
    expect(lstatSync(file()).mode & 0o777).toBe(0o600);
  });

  it('tells what was done and is about to be done', async () => {
    valueOf(await journal.append({ kind: 'stage', resource: 'uploads', folders: ['/f'] }));
    valueOf(await journal.append({ kind: 'swap', resource: 'uploads', snapshotId: 'one', plan }));
    const [state] = await read();
    expect(state).toMatchObject({ restoreId: ID, begin, holders: ['first'], ended: false, discarded: false });
    expect(state?.resources.get('uploads')).toEqual({
      resource: 'uploads',
      folders: ['/f'],
      migrating: false,
      released: false,
      snapshotId: 'one',
      swap: plan,
    });
  });

  it('goes on after a line that a crash cut', async () => {
    appendFileSync(file(), '{"kind":"swap","resource":"upl');
    valueOf(await openJournal(root, ID).append({ kind: 'resume', holder: 'second' }));
    valueOf(await openJournal(root, ID).append({ kind: 'end' }));
    expect(await read()).toMatchObject([{ holders: [], ended: true, resources: new Map() }]);
  });

  it('tells who works on it and never said that it is done', async () => {
    valueOf(await journal.append({ kind: 'end' }));
    valueOf(await journal.append({ kind: 'resume', holder: 'second' }));
    valueOf(await journal.append({ kind: 'resume', holder: 'third' }));
    expect(await read()).toMatchObject([{ holders: ['second', 'third'], ended: true }]);
  });

  it('knows what is in place from what was brought back', async () => {
    valueOf(await journal.append({ kind: 'swap', resource: 'uploads', snapshotId: 'one', plan }));
    valueOf(await journal.append({ kind: 'undo', resource: 'uploads' }));
    const [undoing] = await read();
    expect([...(undoing?.resources.values() ?? [])].map(isTouched)).toEqual([true]);
    valueOf(await journal.append({ kind: 'undone', resource: 'uploads' }));
    const [undone] = await read();
    expect([...(undone?.resources.values() ?? [])].map(isTouched)).toEqual([false]);
    valueOf(await journal.append({ kind: 'load', resource: 'uploads', snapshotId: 'one', before: 'two' }));
    expect((await read())[0]?.resources.get('uploads')?.load).toEqual({ before: 'two' });
  });

  it('is one of its own: the same id is never begun twice', async () => {
    expect(failureIn(await createJournal(root, begin)).code).toBe('DESTINATION_REFUSED');
  });

  it('is passed over where it is none', async () => {
    mkdirSync(join(root, 'empty'));
    writeFileSync(join(root, 'file'), '');
    mkdirSync(join(root, 'other'));
    writeFileSync(join(root, 'other', 'journal.ndjson'), `${JSON.stringify(begin)}\n`);
    expect((await read()).map(({ restoreId }) => restoreId)).toEqual([ID]);
    valueOf(await journal.remove());
    expect(await read()).toEqual([]);
  });

  it('is none where nothing was ever restored', async () => {
    expect(valueOf(await readJournals(join(root, 'nowhere')))).toEqual([]);
  });
});

it.each(['', 'null', '[]', '{"kind":1}', '{"kind":"end"}'])('no restore began with %j', (text) => {
  expect(replay(ID, text)).toBeUndefined();
});

it.each([
  [{ HOME: '/home/a' }, '/home/a/.local/state/backup-plan/restores'],
  [{ HOME: '/home/a', XDG_STATE_HOME: '/state' }, '/state/backup-plan/restores'],
  [{ HOME: '/home/a', XDG_STATE_HOME: 'relative' }, '/home/a/.local/state/backup-plan/restores'],
])('journals lie where %j says', (env, expected) => {
  expect(restoresDirectory(env)).toBe(expected);
});
