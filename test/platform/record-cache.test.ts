import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CachedObject } from '../../src/domain/record-cache.ts';
import { createRecordCache } from '../../src/platform/record-cache/index.ts';

const SCOPE = 'a'.repeat(64);

describe('the record cache', () => {
  let home: string;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'backup-plan-cache-'));
  });

  afterEach(() => {
    rmSync(home, { recursive: true, force: true });
  });

  const cache = () => createRecordCache({ XDG_CACHE_HOME: home });
  const records = () => join(home, 'backup-plan', 'records');
  const packs = () => readdirSync(join(records(), SCOPE)).map((name) => join(records(), SCOPE, name));
  const object = (key: string, value: unknown = { n: 1 }): CachedObject => ({
    key,
    size: 10,
    modifiedMs: 20,
    sha256: 'b'.repeat(64),
    value,
  });
  const load = async (scope = SCOPE): Promise<CachedObject[]> => {
    const loaded = await cache().load(scope);
    return loaded.map(plain).sort((left, right) => (left.key < right.key ? -1 : 1));
  };

  it('gives back what was added, pack after pack', async () => {
    await cache().add(SCOPE, [object('a'), object('b')]);
    await cache().add(SCOPE, [object('c')]);
    expect(await load()).toEqual([object('a'), object('b'), object('c')]);
    expect(await load('0'.repeat(64))).toEqual([]);
  });

  it('keeps values and heads exactly, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 5 }), async (values) => {
        const objects = values.map((value, index) => object(`k${String(index)}`, value));
        const exact = JSON.parse(JSON.stringify(objects)) as CachedObject[];
        const kept = exact.map((one, index) => (index % 2 === 0 ? { ...one, head: [one.value] } : one));
        const own = cache();
        await own.load(SCOPE);
        await own.replace(SCOPE, kept);
        expect(await load()).toEqual(kept);
      }),
      { numRuns: 50 },
    );
  });

  it('reads a value of any of many, in any order, and each head once', async () => {
    const objects = Array.from({ length: 1000 }, (_, n) => ({ ...object(String(n), { n }), head: n }));
    await cache().add(SCOPE, objects);
    const heads: unknown[] = [];
    const loaded = await cache().load(SCOPE, (head) => {
      heads.push(head);
      return { head };
    });
    expect(heads).toEqual(objects.map(({ head }) => head));
    for (const place of [999, 0, 63, 64, 500, 1, 64]) {
      expect(loaded[place]?.value).toEqual({ n: place });
      expect(loaded[place]?.head).toEqual({ head: place });
    }
  });

  it('forgets the rest when it is replaced, but not what others have added meanwhile', async () => {
    const own = cache();
    await own.add(SCOPE, [object('a')]);
    await own.load(SCOPE);
    await cache().add(SCOPE, [object('c')]);
    await own.replace(SCOPE, [object('b')]);
    expect(await load()).toEqual([object('b'), object('c')]);
    expect(packs()).toHaveLength(2);
  });

  it('brings many small packs together', async () => {
    const objects = Array.from({ length: 40 }, (_, n) => ({ ...object(String(n + 10)), head: n }));
    for (const one of objects) await cache().add(SCOPE, [one]);
    expect(packs().length).toBeLessThanOrEqual(17);
    expect(await load()).toEqual(objects);
  });

  it('does not believe a pack that was edited, and removes it', async () => {
    await cache().add(SCOPE, [object('a')]);
    const [first = ''] = packs();
    await cache().add(SCOPE, [{ ...object('b'), head: { good: false } }]);
    const edited = packs().find((file) => file !== first) ?? '';
    const bytes = readFileSync(edited, 'latin1');
    writeFileSync(edited, bytes.replace('"good":false', '"good":true '), 'latin1');
    expect(await load()).toEqual([object('a')]);
    expect(packs()).toEqual([first]);
  });

  it('survives any cut, any wrong byte and any garbage at its end', async () => {
    await cache().add(SCOPE, [object('a')]);
    const [whole = ''] = packs();
    await cache().add(SCOPE, [object('b')]);
    const other = packs().find((file) => file !== whole) ?? '';
    const bytes = readFileSync(other);
    const wrong = [Buffer.concat([bytes, Buffer.from('\n')])];
    for (let at = 0; at < bytes.length; at += 1) {
      const flipped = Buffer.from(bytes);
      flipped[at] = (flipped[at] ?? 0) ^ 0x01;
      wrong.push(bytes.subarray(0, at), flipped);
    }
    for (const damaged of wrong) {
      writeFileSync(other, damaged, { mode: 0o600 });
      expect(await load()).toEqual([object('a')]);
    }
    writeFileSync(other, bytes, { mode: 0o600 });
    expect(await load()).toEqual([object('a'), object('b')]);
  });

  it('does not believe what others could have written', async () => {
    await cache().add(SCOPE, [object('a')]);
    const [file = ''] = packs();
    const moved = join(home, 'elsewhere.pack');
    renameSync(file, moved);
    symlinkSync(moved, file);
    expect(await load()).toEqual([]);
    renameSync(moved, file);
    chmodSync(file, 0o620);
    expect(await load()).toEqual([]);
    await cache().add(SCOPE, [object('a')]);
    chmodSync(join(records(), SCOPE), 0o770);
    expect(await load()).toEqual([]);
  });

  it('is private, ignores what is foreign, and replaces what earlier releases kept', async () => {
    mkdirSync(join(records(), SCOPE), { recursive: true, mode: 0o700 });
    writeFileSync(join(records(), `${SCOPE}.ndjson`), 'earlier');
    writeFileSync(join(records(), SCOPE, 'foreign'), 'x');
    await cache().add(SCOPE, [object('a')]);
    expect(await load()).toEqual([object('a')]);
    expect(readdirSync(records())).toEqual([SCOPE]);
    const pack = packs().find((name) => name.endsWith('.pack')) ?? '';
    expect(statSync(pack).mode & 0o777).toBe(0o600);
    expect(statSync(join(records(), SCOPE)).mode & 0o777).toBe(0o700);
  });

  it('removes what a killed process left long ago, and only that', async () => {
    mkdirSync(join(records(), SCOPE), { recursive: true, mode: 0o700 });
    const [old, fresh] = [join(records(), SCOPE, 'old.partial'), join(records(), SCOPE, 'fresh.partial')];
    for (const file of [old, fresh]) writeFileSync(file, 'half');
    utimesSync(old, 1, 1);
    await cache().add(SCOPE, [object('a')]);
    expect(packs()).not.toContain(old);
    expect(packs()).toContain(fresh);
  });

  it('is nothing more than slow where it cannot be written', async () => {
    writeFileSync(join(home, 'backup-plan'), 'a file is in the way');
    await cache().add(SCOPE, [object('a')]);
    await cache().replace(SCOPE, [object('a')]);
    expect(await load()).toEqual([]);
  });
});

function plain({ key, size, modifiedMs, sha256, value, head }: CachedObject): CachedObject {
  return { key, size, modifiedMs, sha256, value, ...(head === undefined ? {} : { head }) };
}
