import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { factsOf } from '../../src/catalog/event-facts.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import type { Repository } from '../../src/catalog/repository.ts';
import type { Opener } from '../../src/domain/cryptography.ts';
import { failure } from '../../src/domain/failure.ts';
import type { SnapshotRecord } from '../../src/domain/record.ts';
import type { CaptureContext, ParentSnapshot, ResourceType } from '../../src/domain/resource-type.ts';
import { failed, ok } from '../../src/domain/result.ts';
import type { BackupTask } from '../../src/domain/run-graph.ts';
import type { Snapshot } from '../../src/domain/snapshot.ts';
import type { StepContext } from '../../src/executor/step-handler.ts';
import type { CapturedSnapshot, CapturedSnapshots } from '../../src/steps/captured-snapshot.ts';
import { commitStep } from '../../src/steps/commit.ts';
import type { RunContext } from '../../src/steps/ports.ts';
import { digested } from '../../src/steps/raw-digest.ts';
import { holdsSame, snapshotToCompare, sourceIsSame } from '../../src/steps/same-content.ts';
import { shipStep } from '../../src/steps/ship.ts';
import { reportUnchanged } from '../../src/steps/unchanged.ts';
import { faultyTarget } from '../support/faulty-target.ts';
import { pipelines, temporaryFolder, tools } from '../support/plain-snapshot.ts';
import { failureIn, valueOf } from '../support/results.ts';
import {
  commitSample,
  createWorld,
  fixedClock,
  sampleRecord,
  START_MS,
  type World,
} from '../support/sample-records.ts';

const ENTRIES = ['{"path":"a","type":"object"}', '{"path":"b","type":"object"}'];
const INDEX = ['{"format":"backup-plan/index@1"}', ...ENTRIES, '{"end":true,"entries":2,"log":[]}'];
const OF_ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const OTHER = '0'.repeat(64);

interface Scene {
  readonly run: RunContext;
  readonly earlier: Snapshot;
  readonly near: World;
  readonly far: World;
  readonly task: BackupTask;
}

interface Parts {
  readonly record?: (sample: SnapshotRecord) => Partial<SnapshotRecord>;
  readonly type?: Partial<ResourceType>;
  readonly index?: readonly string[];
  readonly copies?: readonly ('near' | 'far')[];
  readonly appVersion?: readonly string[];
  readonly repository?: (world: World) => Repository;
}

/** One snapshot of the resource `files` on two targets, and a task that may turn out to equal it. */
async function createScene(parts: Parts = {}): Promise<Scene> {
  const near = await createWorld('near');
  const far = await createWorld('far', near);
  const snapshotId = '20261121t020000z-0123456789abcdef';
  const worlds = { near, far };
  for (const name of parts.copies ?? (['near', 'far'] as const)) {
    const world = worlds[name];
    const sample = sampleRecord(world.repository, { snapshotId });
    await commitSample(world, { ...sample, ...parts.record?.(sample) });
  }
  const { verifier, signer } = near;
  const bound = parts.repository ?? (({ repository }: World) => repository);
  const repositories = new Map(Object.entries(worlds).map(([name, world]) => [name, bound(world)]));
  const catalog = await readCatalog({
    plan: 'acme',
    repositories: [near.repository, far.repository],
    unreachable: [],
    verifier,
  });
  const [earlier] = catalog.snapshots;
  if (earlier === undefined) throw new Error('the snapshot is not in the catalog');
  const { appVersion } = parts;
  const resource = {
    name: 'files',
    type: 'files',
    encryption: 'ops',
    options: {},
    source: { maxDrop: 0.5, allowEmpty: false },
    ...(appVersion === undefined ? {} : { appVersion }),
  };
  const run = {
    plan: {
      name: 'acme',
      state: 'near',
      directory: await temporaryFolder(),
      scratchDirectory: await temporaryFolder(),
      resources: { files: resource },
      encryption: { ops: { recipients: ['ops.asc'] } },
    },
    runId: 'run',
    writer: 'host-a',
    catalog,
    repositories,
    refused: new Map(),
    resourceTypes: new Map([['files', { type: 'files', ...parts.type }]]),
    cryptography: { inspect: () => Promise.resolve(ok({ fingerprint: 'A'.repeat(40) })) },
    signer,
    verifier,
    writerOpener: openerOf(parts.index ?? INDEX),
    tools,
    clock: fixedClock(START_MS + 3_600_000),
    makePrivateDirectory: async () => ok({ path: await temporaryFolder(), remove: () => Promise.resolve() }),
    facts: { toolVersion: '0.1.0', os: 'linux', arch: 'x64' },
  } as unknown as RunContext;
  const targets = ['near', 'far'];
  const task = {
    snapshotId: 'new',
    resource: 'files',
    mode: 'full',
    targets,
    unlessEqualTo: snapshotId,
  } as const;
  return { run, earlier, near, far, task };
}

/** Opens every index as these lines. */
function openerOf(lines: readonly string[]): Opener {
  return {
    async open({ sink }) {
      if (sink.kind !== 'bytes') throw new Error('an index is read by us');
      async function* bytes() {
        for (const line of lines) yield await Promise.resolve(Buffer.from(`${line}\n`));
      }
      const read = await sink.consume(bytes());
      return read.ok ? ok({ stages: [], durationMs: 0 }) : read;
    },
  };
}

const step = {
  attempt: 1,
  step: { retries: 0 },
  signal: new AbortController().signal,
} as unknown as StepContext;

describe('the snapshot to compare with', () => {
  const found = async (parts: Parts = {}, task: Partial<BackupTask> = {}) => {
    const scene = await createScene(parts);
    return (await snapshotToCompare(scene.run, { task: { ...scene.task, ...task }, step }))?.id;
  };

  it('is the one that the task names', async () => {
    expect(await found()).toBe('20261121t020000z-0123456789abcdef');
    expect(await found({}, { unlessEqualTo: '20261121t030000z-0123456789abcdef' })).toBeUndefined();
  });

  it('is none where an open target of the task lacks a copy', async () => {
    expect(await found({ copies: ['near'] })).toBeUndefined();
    expect(await found({ copies: ['near'] }, { targets: ['near'] })).toBeDefined();
    expect(await found({ copies: ['near'] }, { targets: ['near', 'closed'] })).toBeDefined();
  });

  it('is none of another type', async () => {
    expect(await found({ record: () => ({ resourceType: 'command' }) })).toBeUndefined();
  });

  it.each([
    ['another one', ['B'.repeat(40)]],
    ['one more', ['A'.repeat(40), 'B'.repeat(40)]],
  ])('is none for other recipients: %s', async (_name, recipients) => {
    const record = ({ artifacts }: SnapshotRecord) => ({
      artifacts: artifacts.map((artifact) => ({
        ...artifact,
        encryption: { profile: 'ops', recipients },
      })),
    });
    expect(await found({ record })).toBeUndefined();
  });

  it.each([
    ['the same version', '1.2', ['echo', '1.2'], true],
    ['another version', '1.1', ['echo', '1.2'], false],
    ['a version that was not recorded', undefined, ['echo', '1.2'], false],
    ['a version that cannot be told now', '1.2', ['false'], false],
  ])('is bound to the version of the application: %s', async (_name, recorded, appVersion, isFound) => {
    const platform = {
      os: 'linux',
      arch: 'x64',
      ...(recorded === undefined ? {} : { appVersion: recorded }),
    };
    expect((await found({ record: () => ({ platform }), appVersion })) !== undefined).toBe(isFound);
  });
});

describe('a comparison by the resource type', () => {
  type Compared = CaptureContext & { readonly parent: ParentSnapshot };

  const isSame = async (
    compare: (context: Compared) => ReturnType<NonNullable<ResourceType['compare']>>,
    index = INDEX,
  ) => {
    const { run, task, earlier } = await createScene({ type: { compare }, index });
    return sourceIsSame(run, { task, step }, earlier);
  };

  it.each([
    ['equal', true],
    ['different', false],
    ['unknown', false],
  ] as const)('that says %s', async (value, expected) => {
    expect(await isSame(() => Promise.resolve(ok(value)))).toBe(expected);
  });

  it('that fails leaves it to the capture', async () => {
    expect(await isSame(() => Promise.resolve(failed(failure('SOURCE_MISSING', 'gone'))))).toBe(false);
  });

  it('gets the index and the mode of that snapshot', async () => {
    const seen: string[] = [];
    await isSame(async ({ parent, mode }) => {
      for await (const line of parent.lines) seen.push(line.toString());
      return ok(mode === 'full' ? 'equal' : 'different');
    });
    expect(seen).toEqual(INDEX);
  });

  it('means nothing where the index breaks off', async () => {
    const broken = INDEX.slice(0, -1);
    const readAll = async ({ parent }: Compared) => {
      for await (const line of parent.lines) expect(line.length).toBeGreaterThan(0);
      return ok('equal' as const);
    };
    expect(await isSame(readAll, broken)).toBe(false);
  });

  it('is not asked where a type has none', async () => {
    const { run, task, earlier } = await createScene();
    expect(await sourceIsSame(run, { task, step }, earlier)).toBe(false);
  });
});

describe('a comparison of what was captured', () => {
  const entriesSha256 = createHash('sha256')
    .update(`${ENTRIES.join('\n')}\n`)
    .digest('hex');

  async function compare(changes: {
    readonly rawNow?: string;
    readonly rawThen?: string;
    readonly entries?: string;
    readonly level?: number;
    readonly name?: string;
    readonly index?: readonly string[];
  }): Promise<boolean> {
    const { rawThen = OF_ABC, rawNow = OF_ABC, index } = changes;
    const raw = { bytes: 3, ...(rawThen === '' ? {} : { sha256: rawThen }) };
    const scene = await createScene({
      record: (sample) => ({
        artifacts: sample.artifacts.map((artifact) => ({ ...artifact, raw })),
        index: { ...sample.index, entries: 2 },
      }),
      ...(index === undefined ? {} : { index }),
    });
    const taken = {
      artifacts: [{ name: changes.name ?? 'files', raw: { bytes: 3, sha256: rawNow } }],
      index: { entries: 2 },
      entriesSha256: changes.entries ?? entriesSha256,
      chain: { mode: 'full', root: 'new', level: changes.level ?? 0 },
    } as unknown as CapturedSnapshot;
    return holdsSame(scene.run, { task: scene.task, step }, { earlier: scene.earlier, taken });
  }

  it('finds the same bytes and the same entries', async () => {
    expect(await compare({})).toBe(true);
  });

  it.each([
    ['other bytes', { rawNow: OTHER }],
    ['bytes that were not digested then', { rawThen: '' }],
    ['other entries', { entries: OTHER }],
    ['an artifact of another name', { name: 'other' }],
    ['a link of a chain', { level: 1 }],
    ['an index that breaks off', { index: INDEX.slice(0, -1) }],
    ['an index with other entries', { index: [...INDEX.slice(0, 2), ENTRIES[0] ?? '', INDEX[3] ?? ''] }],
  ])('finds %s', async (_name, changes) => {
    expect(await compare(changes)).toBe(false);
  });
});

describe('an unchanged source', () => {
  const events = async ({ repository, verifier }: World) =>
    (await readCatalog({ plan: 'acme', repositories: [repository], unreachable: [], verifier })).events;

  it('leaves a signed event on every target, and nothing to ship or to commit', async () => {
    const { run, task, earlier, near, far } = await createScene();
    const captured: CapturedSnapshots = new Map();
    const slotMs = START_MS + 3_000_000;
    const reported = valueOf(await reportUnchanged(run, captured, { task: { ...task, slotMs }, earlier }));
    const summary = `unchanged since ${earlier.id}`;
    expect(reported).toEqual({ summary, warnings: [], unchangedSince: earlier.id });
    for (const world of [near, far]) {
      const [event, ...others] = await events(world);
      expect(others).toEqual([]);
      expect(event && factsOf(event)).toEqual({
        event: 'unchanged',
        facts: {
          snapshotId: earlier.id,
          resource: 'files',
          mode: 'full',
          slot: '2026-11-21T02:50:00.000Z',
        },
      });
    }
    const keys = [...near.store.objects.keys()];
    for (const [kind, handler] of [
      ['ship', shipStep(run, captured)],
      ['commit', commitStep(run, captured)],
    ] as const) {
      const action = { kind, task, target: 'near' };
      const done = await handler({ ...step, step: { ...step.step, action } });
      expect(valueOf(done)).toEqual({ summary, warnings: [] });
    }
    expect([...near.store.objects.keys()]).toEqual(keys);
  });

  const breaking = (...names: readonly string[]) => ({
    repository: ({ repository }: World): Repository => {
      if (!names.includes(repository.target.name)) return repository;
      const target = faultyTarget(repository.target, { at: 0, moment: 'before', only: ['create'] });
      return { ...repository, target };
    },
  });

  it.each([['near'], ['far']])('is known where one of two targets took the event: not %s', async (name) => {
    const { run, task, earlier } = await createScene(breaking(name));
    const captured: CapturedSnapshots = new Map();
    const { warnings } = valueOf(await reportUnchanged(run, captured, { task, earlier }));
    expect(warnings).toEqual([expect.stringContaining(`${name} did not take the event`)]);
    expect(captured.get('new')).toEqual({ unchangedSince: earlier.id });
  });

  it('is not known where no target took it', async () => {
    const { run, task, earlier } = await createScene(breaking('near', 'far'));
    const captured: CapturedSnapshots = new Map();
    failureIn(await reportUnchanged(run, captured, { task, earlier }));
    expect(captured.size).toBe(0);
  });
});

describe('the digest of a source', () => {
  it('covers what a program wrote, beside the tap that it has', async () => {
    const seen: Buffer[] = [];
    const tap = { tailBytes: 2, onBytes: (chunk: Buffer) => void seen.push(Buffer.from(chunk)) };
    const { source, sha256 } = digested({ kind: 'command', command: { argv: ['printf', 'abc'] }, tap });
    const path = join(await temporaryFolder(), 'out');
    const signal = new AbortController().signal;
    const ended = valueOf(await pipelines.run({ source, stages: [], sink: { kind: 'file', path }, signal }));
    expect(ended.tail?.toString()).toBe('bc');
    expect(Buffer.concat(seen).toString()).toBe('abc');
    expect(await sha256()).toBe(OF_ABC);
  });

  it('covers a file, whose way to the sink it does not change', async () => {
    const path = join(await temporaryFolder(), 'in');
    await writeFile(path, 'abc');
    const given = { kind: 'file', path } as const;
    const { source, sha256 } = digested(given);
    expect(source).toBe(given);
    expect(await sha256()).toBe(OF_ABC);
  });
});
