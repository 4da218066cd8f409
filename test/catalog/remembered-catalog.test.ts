import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newSnapshotId } from '../../src/catalog/ids.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import { briefOf } from '../../src/domain/record-brief.ts';
import type { RecordCache } from '../../src/domain/record-cache.ts';
import type { SnapshotRecord } from '../../src/domain/record.ts';
import type { Catalog } from '../../src/domain/snapshot.ts';
import { createRecordCache } from '../../src/platform/record-cache/index.ts';
import { seededRandom, type Random } from '../sim/random.ts';
import { commitSample, createWorld, sampleRecord, START_MS, type World } from '../support/sample-records.ts';

const SEEDS = Array.from({ length: 12 }, (_, index) => index + 1);
const ROUNDS = 12;

describe('a catalog that is remembered', () => {
  it.each(SEEDS)(
    'says what one that is read anew says, whatever happens to the targets (seed %i)',
    async (seed) => {
      const random = seededRandom(seed);
      const site = await createSite();
      for (let round = 0; round < ROUNDS; round += 1) {
        for (let count = random.between(1, 4); count > 0; count -= 1) await happen(site, random);
        const remembered = documentOf(await read(site, false));
        expect(remembered, `round ${String(round)}`).toEqual(documentOf(await read(site, true)));
        if (random.chance(0.3)) harmCache(site, random);
      }
    },
  );
});

/** One repository on two targets, and a machine that reads it. */
interface Site {
  readonly worlds: readonly [World, World];
  readonly cache: RecordCache;
  readonly folder: string;
  /** What was committed on the first target, newest last. */
  readonly written: { readonly record: SnapshotRecord; readonly sha256: string }[];
}

async function createSite(): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'backup-plan-remembered-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const first = await createWorld('first');
  const worlds = [first, await createWorld('second', first)] as const;
  return { worlds, cache: createRecordCache({ XDG_CACHE_HOME: folder }), folder, written: [] };
}

async function happen(site: Site, random: Random): Promise<void> {
  const { objects } = random.pick(site.worlds).store;
  const keys = [...objects.keys()].filter((key) => key.startsWith('acme/'));
  const victim = keys[random.below(keys.length)];
  if (victim === undefined || random.chance(0.6)) return backUp(site, random);
  const found = objects.get(victim);
  if (found === undefined) return;
  const { bytes, modifiedMs } = found;
  const fates: readonly [() => unknown, ...(() => unknown)[]] = [
    () => objects.delete(victim),
    () => objects.set(`${victim}.foreign`, found),
    () => objects.set(victim, { bytes: bytes.subarray(1), modifiedMs }),
    () => objects.set(victim, { bytes: Buffer.from('{"payload":"x"}'), modifiedMs: modifiedMs + 1 }),
  ];
  random.pick(fates)();
}

/** A full, or what builds on the last one; on one target or on both. */
async function backUp({ worlds: [first, second], written }: Site, random: Random): Promise<void> {
  const parent = random.chance(0.6) ? written.at(-1) : undefined;
  const atMs = START_MS + written.length * 60_000;
  const snapshotId = newSnapshotId(atMs);
  const changes: Partial<SnapshotRecord> = {
    snapshotId,
    resource: parent?.record.resource ?? random.pick(['files', 'other']),
    parents: parent === undefined ? [] : [parent.sha256],
    ...(random.chance(0.3) ? { label: 'release' } : {}),
    ...(random.chance(0.5) ? { slot: iso(atMs - 1), nextExpectedBy: iso(atMs + 1_000) } : {}),
    ...(random.chance(0.2) ? { result: 'complete-with-warnings' as const, warnings: ['one'] } : {}),
    chain:
      parent === undefined
        ? { mode: 'full', root: snapshotId, level: 0 }
        : {
            mode: 'incremental',
            root: parent.record.chain.root,
            level: parent.record.chain.level + 1,
            parent: { snapshotId: parent.record.snapshotId, recordSha256: parent.sha256 },
          },
  };
  const record = sampleRecord(first.repository, changes, atMs);
  const sha256 = await commitSample(first, record);
  written.push({ record, sha256 });
  if (random.chance(0.5)) return;
  const anchors = { first: sha256 };
  const other = random.chance(0.2) ? { resourceType: 'sqlite' } : {};
  await commitSample(second, sampleRecord(second.repository, { ...changes, ...other, anchors }, atMs));
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function read({ worlds, cache }: Site, fresh: boolean): Promise<Catalog> {
  return readCatalog({
    plan: 'acme',
    repositories: worlds.map(({ repository }) => repository),
    unreachable: [],
    verifier: worlds[0].verifier,
    memory: { cache, trust: 'me', fresh },
  });
}

function documentOf(catalog: Catalog): unknown {
  const { snapshots, problems, read: whole, events } = catalog;
  const briefs = snapshots.map(({ record }) => {
    const { consistentAtMs, committedMs, bytes, rawBytes, entries } = briefOf(record);
    const objects = briefOf(record)
      .objects()
      .map(({ key, bytes: size }) => [key, size]);
    const { label, chain, parents, result, resourceType, slot, nextExpectedBy, targetId } = record;
    const { durationMs, consistentAt } = record;
    const rest = {
      key: record.key,
      committed: record.committed,
      consistentAt,
      slot,
      nextExpectedBy,
      targetId,
      durationMs,
      isOne: Object.is(record.index, record.index),
      label,
      chain,
      parents,
      result,
      resourceType,
    };
    return { consistentAtMs, committedMs, bytes, rawBytes, entries, objects, ...rest };
  });
  return JSON.parse(JSON.stringify({ snapshots, briefs, problems, whole: [...whole], events }));
}

/** Some pack is cut, garbled or gone. */
function harmCache({ folder }: Site, random: Random): void {
  const packs = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.pack'),
  );
  const file = join(folder, packs[random.below(packs.length)] ?? '');
  const bytes = readFileSync(file);
  // Not those of the sightings: what they forget is what they are for.
  if (!bytes.includes('acme/snapshots/') || bytes.includes(',0,0,""')) return;
  const at = random.below(bytes.length);
  const garbled = Buffer.concat([bytes.subarray(0, at), Buffer.from('x'), bytes.subarray(at + 1)]);
  if (random.chance(0.3)) rmSync(file);
  else writeFileSync(file, random.pick([garbled, bytes.subarray(0, at)]));
}
