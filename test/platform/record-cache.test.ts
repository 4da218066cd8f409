import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CachedObject } from '../../src/domain/record-cache.ts';
import { createRecordCache } from '../../src/platform/record-cache.ts';

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
  const file = () => join(home, 'backup-plan', 'records', `${SCOPE}.ndjson`);
  const object = (key: string, value: unknown = { n: 1 }): CachedObject => ({
    key,
    size: 10,
    modifiedMs: 20,
    sha256: 'b'.repeat(64),
    value,
  });

  it('gives back what was added, batch after batch', async () => {
    await cache().add(SCOPE, [object('a'), object('b')]);
    await cache().add(SCOPE, [object('c')]);
    expect(await cache().load(SCOPE)).toEqual([object('a'), object('b'), object('c')]);
    expect(await cache().load('0'.repeat(64))).toEqual([]);
  });

  it('keeps values exactly, whatever is in them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue(), { maxLength: 5 }), async (values) => {
        const objects = values.map((value, index) => object(`k${String(index)}`, value));
        const plain = JSON.parse(JSON.stringify(objects)) as CachedObject[];
        await cache().replace(SCOPE, plain);
        expect(await cache().load(SCOPE)).toEqual(plain);
      }),
      { numRuns: 50 },
    );
  });

  it('forgets the rest when it is replaced', async () => {
    await cache().add(SCOPE, [object('a')]);
    await cache().replace(SCOPE, [object('b')]);
    expect(await cache().load(SCOPE)).toEqual([object('b')]);
    expect(readdirSync(join(home, 'backup-plan', 'records'))).toEqual([`${SCOPE}.ndjson`]);
  });

  it('does not believe a batch that was edited, nor what follows it', async () => {
    await cache().add(SCOPE, [object('a')]);
    await cache().add(SCOPE, [object('b', { good: false })]);
    await cache().add(SCOPE, [object('c')]);
    writeFileSync(file(), readFileSync(file(), 'utf8').replace('"good":false', '"good":true '));
    expect(await cache().load(SCOPE)).toEqual([object('a')]);
  });

  it('survives any cut and any garbage at its end', async () => {
    await cache().add(SCOPE, [object('a')]);
    const whole = readFileSync(file());
    await cache().add(SCOPE, [object('b')]);
    const both = readFileSync(file());
    for (let length = whole.length; length < both.length; length += 1) {
      writeFileSync(file(), both.subarray(0, length));
      expect(await cache().load(SCOPE)).toEqual([object('a')]);
    }
    writeFileSync(file(), both);
    appendFileSync(file(), 'garbage\n[1]\n');
    expect(await cache().load(SCOPE)).toEqual([object('a'), object('b')]);
  });

  it('keeps what is added after a batch that was torn', async () => {
    await cache().add(SCOPE, [object('a')]);
    appendFileSync(file(), readFileSync(file()).subarray(0, 20));
    await cache().load(SCOPE);
    await cache().add(SCOPE, [object('b')]);
    expect(await cache().load(SCOPE)).toEqual([object('a'), object('b')]);
  });

  it('does not believe a file that others could have written', async () => {
    await cache().add(SCOPE, [object('a')]);
    chmodSync(file(), 0o620);
    expect(await cache().load(SCOPE)).toEqual([]);
  });

  it('is nothing more than slow where it cannot be written', async () => {
    writeFileSync(join(home, 'backup-plan'), 'a file is in the way');
    await cache().add(SCOPE, [object('a')]);
    await cache().replace(SCOPE, [object('a')]);
    expect(await cache().load(SCOPE)).toEqual([]);
  });
});
