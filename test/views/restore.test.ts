import { describe, expect, it } from 'vitest';
import { failure } from '../../src/domain/failure.ts';
import type { RestoredResource, RestorePreview } from '../../src/domain/restore-report.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import { previewLines, reportLines } from '../../src/views/restore/human.ts';
import { reportDocument } from '../../src/views/restore/json.ts';
import { createStyle } from '../../src/views/style.ts';
import { discardLines, undoableLines, undoLines } from '../../src/views/undo/human.ts';
import { undoDocument } from '../../src/views/undo/json.ts';

const style = createStyle({ colour: false, unicode: true });
const ID = '01m7yks1kh3rstg9hqad5w1n1n';
const SNAPSHOT: Snapshot['id'] = '20261121t020000z-0000000000000000';

const done: RestoredResource = {
  resource: 'uploads',
  snapshotId: SNAPSHOT,
  consistentAt: '2026-11-21T02:00:00.000Z',
  state: 'restored',
  targets: ['disk'],
  outcome: { entries: 1, bytes: 2048, warnings: ['odd \u001b[31mname'] },
  durationMs: 41,
};

const preview: RestorePreview = {
  snapshotId: SNAPSHOT,
  resource: 'uploads',
  consistentAt: done.consistentAt,
  mode: 'full',
  chain: [{ snapshotId: SNAPSHOT, mode: 'full', target: 'disk' }],
  recipients: ['AAAA', 'BBBB'],
  tools: ['tar 1.34'],
  destination: '/srv/uploads',
  bytesNeeded: 4096,
  bytesFree: 1024,
  entries: 2,
  bytes: 4096,
  paths: [{ path: 'srv/uploads/a', type: 'file', size: 4096 }],
  morePaths: 1,
};

describe('what a restore tells people', () => {
  it('of live data says what is kept where, and how to go back', () => {
    const live = { ...done, places: [{ path: '/srv/uploads', safety: '/srv/.u/safety' }], checksPassed: 2 };
    expect(reportLines({ resources: [live], restoreId: ID, undoable: true }, style)).toEqual([
      String.raw`warning: odd \e[31mname`,
      `✔ uploads@${SNAPSHOT} restored to /srv/uploads`,
      '  1 entry, 2.0 KiB, from disk in 41 ms',
      '  before: /srv/.u/safety (/srv/uploads)',
      '  2 checks passed',
      `  undo: backup-plan undo ${ID}`,
    ]);
  });

  it('of several resources says what became of each', () => {
    const why = failure('HOOK_FAILED', 'it failed');
    const resources: RestoredResource[] = [
      { ...done, state: 'earlier' },
      { ...done, resource: 'app', state: 'failed', failure: why },
      { ...done, resource: 'web', state: 'skipped', failure: why },
      { ...done, resource: 'db', places: [], before: SNAPSHOT, failure: why },
    ];
    expect(
      reportLines({ resources, undoable: false }, style).filter((line) => !line.includes('odd')),
    ).toEqual([
      `↓ uploads@${SNAPSHOT} was restored before`,
      '✖ app is not restored',
      '↓ web is left out',
      `✖ db@${SNAPSHOT} restored to the live resource`,
      '  1 entry, 2.0 KiB, from disk in 41 ms',
      `  before: db@${SNAPSHOT}`,
    ]);
  });

  it('beforehand says what is too little, what differs and what happens to the live data', () => {
    const lines = previewLines(
      {
        ...preview,
        live: {
          places: [{ path: '/srv/uploads', safety: '/srv/.u/safety' }, { path: '/srv/new' }],
          appVersion: { snapshot: '1.0' },
          migrations: ['1.0 → 1.1'],
          takesSnapshot: true,
          warnings: ['mind the gap'],
        },
        differences: {
          counts: { same: 1, changed: 2, missing: 3, extra: 4 },
          paths: [{ path: 'srv/uploads/a', state: 'changed', what: 'size' }],
          morePaths: 8,
        },
      },
      style,
    );
    expect(lines).toEqual([
      `uploads@${SNAPSHOT} · full, data of 2026-11-21 02:00Z · dry run: nothing is written`,
      '  destination  /srv/uploads',
      '  room         4.0 KiB at most, 1.0 KiB free  too little',
      `  reads        ${SNAPSHOT} (full) from disk`,
      '  needs key    AAAA',
      '      or       BBBB',
      '  written by   tar 1.34',
      '  warning: mind the gap',
      '  replaces     /srv/uploads, kept as /srv/.u/safety',
      '  replaces     /srv/new',
      '  safety       a snapshot of the live resource is taken first',
      '  version      1.0 in the snapshot, unknown here',
      '  migrates     1.0 → 1.1',
      '  compared     1 same, 2 changed, 3 missing here, 4 extra here',
      '    changed  srv/uploads/a (size)',
      '    … and 8 more',
      '  2 paths:',
      '    srv/uploads/a  4.0 KiB',
      '    … and 1 more',
    ]);
  });
});

describe('what a restore tells programs', () => {
  it('is flat for one resource and a list for several', () => {
    const one = reportDocument({ resources: [done], undoable: false });
    expect(one).toMatchObject({ format: 'backup-plan/restore@1.0', resource: 'uploads', entries: 1 });
    expect(one).not.toHaveProperty('undoable');
    const two = reportDocument({ resources: [done, done], restoreId: ID, undoable: true });
    expect(two).toMatchObject({ format: 'backup-plan/restore-several@1.0', restoreId: ID, undoable: true });
    expect((two as { resources: object[] }).resources).toHaveLength(2);
  });
});

describe('what an undo tells', () => {
  const report = {
    restoreId: ID,
    resources: [
      {
        resource: 'uploads',
        state: 'undone',
        places: [{ path: '/srv/uploads', discarded: '/srv/.u/discarded' }],
      },
      { resource: 'db', state: 'undone', places: [], loaded: SNAPSHOT },
      { resource: 'app', state: 'untouched', places: [] },
      { resource: 'web', state: 'failed', places: [], failure: failure('UNDO_REFUSED', 'no') },
    ],
  } as const;

  it('people', () => {
    expect(undoLines(report, style)).toEqual([
      `✔ uploads is what it was before restore ${ID}`,
      '  what the restore had brought is kept in /srv/.u/discarded',
      `  \`backup-plan undo ${ID} --discard\` removes it`,
      `✔ db is what it was before restore ${ID}`,
      `  loaded ${SNAPSHOT}`,
      `  app: nothing of restore ${ID} is in place`,
      '✖ web is not undone',
    ]);
    expect(discardLines(ID, ['/srv/.u'], style)).toEqual([
      `✔ restore ${ID} is forgotten, 1 folder removed`,
      '  /srv/.u',
    ]);
  });

  it('programs', () => {
    expect(undoDocument(report)).toMatchObject({
      format: 'backup-plan/undo@1.0',
      resources: [{}, {}, {}, { failure: { code: 'UNDO_REFUSED', bp: 'BP6048' } }],
    });
  });

  it('of everything that can be undone', () => {
    expect(undoableLines([], style)).toEqual(['no restore over live resources is known on this machine']);
    const restore = { restoreId: ID, plan: 'shop', at: done.consistentAt, resources: ['a', 'b'] };
    const places = [{ path: '/srv/a', safety: '/srv/.a' }, { path: '/srv/b' }];
    expect(undoableLines([{ ...restore, state: 'interrupted', places }], style)).toEqual([
      `${ID}  2026-11-21 02:00Z  shop: a, b  interrupted`,
      '  /srv/a, before: /srv/.a',
      '  /srv/b',
    ]);
  });
});
