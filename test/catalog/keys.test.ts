import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newRunId, newSnapshotId } from '../../src/catalog/ids.ts';
import {
  dataKey,
  eventKey,
  indexKey,
  isKey,
  leaseKey,
  logKey,
  parseKey,
  snapshotKey,
} from '../../src/catalog/keys.ts';

const segment = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/);
const plan = segment.filter((name) => !['tmp', 'repo.json', 'readme.txt'].includes(name));
const time = fc.integer({ min: 0, max: Date.parse('9999-12-31T23:59:59Z') });
const place = fc.record({ plan, resource: segment, snapshotId: time.map(newSnapshotId) });
const artifactName = fc.stringMatching(/^[a-z][a-z0-9-]{0,30}$/).filter((name) => name !== 'index');

describe('keys', () => {
  it('of snapshots, data and indexes say their own place', () => {
    fc.assert(
      fc.property(place, artifactName, (where, name) => {
        expect(parseKey(snapshotKey(where))).toEqual({ kind: 'snapshot', ...where });
        const data = dataKey(where, { name, extension: 'tar', compression: 'zstd' });
        expect(parseKey(data)).toEqual({ kind: 'data', file: `${name}.tar.zst.gpg`, ...where });
        expect(parseKey(indexKey(where))).toEqual({ kind: 'index', file: 'index.ndjson.zst.gpg', ...where });
        expect(parseKey(indexKey(where, 'none'))).toMatchObject({ kind: 'index', file: 'index.ndjson.gpg' });
      }),
    );
  });

  it('of events and the log say theirs', () => {
    fc.assert(
      fc.property(plan, time, fc.integer({ min: 1, max: 9_999_999_999 }), (name, atMs, serial) => {
        const id = newRunId(atMs);
        expect(parseKey(eventKey(name, id))).toEqual({ kind: 'event', plan: name, id });
        expect(parseKey(logKey(name, serial))).toEqual({ kind: 'log', plan: name, serial });
      }),
    );
  });

  it('have the spelling that the format promises', () => {
    const where = { plan: 'acme', resource: 'calls', snapshotId: '20261121t020000z-0123456789abcdef' };
    expect(snapshotKey(where)).toBe('acme/snapshots/calls/20261121t020000z-0123456789abcdef.json');
    expect(dataKey(where, { name: 'calls', extension: 'dump', compression: 'none' })).toBe(
      'acme/data/calls/20261121t020000z-0123456789abcdef/calls.dump.gpg',
    );
    expect(logKey('acme', 42)).toBe('acme/log/0000000042.json');
    expect(leaseKey('acme', 'probe')).toBe('acme/lease/probe.json');
  });

  it('sort in the log as their serials do', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9_999_999_999 }),
        fc.integer({ min: 1, max: 9_999_999_999 }),
        (left, right) => {
          expect(logKey('acme', left) < logKey('acme', right)).toBe(left < right);
        },
      ),
    );
  });

  it.each([
    '',
    'acme',
    'lost+found/x',
    'Acme/snapshots/files/20261121t020000z-0123456789abcdef.json',
    'acme/snapshots/files/20261121t020000z-0123456789abcdef.json.bak',
    'acme/snapshots/files/more/20261121t020000z-0123456789abcdef.json',
    'acme/snapshots/files/20261321t020000z-0123456789abcdef.json',
    'acme/snapshots/files/20261121t020000z-0123456789abcdei.json',
    'acme/data/files/20261121t020000z-0123456789abcdef/files.tar',
    'acme/data/files/files.tar.zst.gpg',
    'acme/events/notes.json',
    'acme/log/1.json',
    'acme/log/00000000001.json',
    'tmp/snapshots/files/20261121t020000z-0123456789abcdef.txt/../x',
    'tmp/run',
    '../repo.json',
    'acme/other/x.json',
    'readme.txt',
  ])('outside the grammar are foreign: %s', (key) => {
    expect(parseKey(key)).toBeUndefined();
  });

  it('longer than the format allows cannot be made', () => {
    const where = { plan: 'acme', resource: 'r'.repeat(65), snapshotId: newSnapshotId(0) };
    expect(() => snapshotKey(where)).toThrow(RangeError);
    expect(isKey(Array.from({ length: 60 }, () => 'abcdefghi').join('/'))).toBe(false);
  });

  it('that differ in anything are told apart, whatever is asked', () => {
    fc.assert(
      fc.property(fc.string(), (key) => {
        const parsed = parseKey(key);
        if (parsed?.kind === 'snapshot') expect(snapshotKey(parsed)).toBe(key);
      }),
    );
  });
});
