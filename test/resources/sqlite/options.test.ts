import { describe, expect, test } from 'vitest';
import { sqliteType } from '../../../src/resources/sqlite/index.ts';
import { readOptions } from '../../../src/resources/sqlite/options.ts';
import { databaseUri, hasWalDefect } from '../../../src/resources/sqlite/tool.ts';

describe('options', () => {
  test('wait ten seconds for a lock unless the plan says otherwise', () => {
    expect(readOptions({ path: 'app.db' })).toEqual({ path: 'app.db', busyTimeoutMs: 10_000 });
    expect(readOptions({ path: 'app.db', busyTimeout: '2m' })).toEqual({
      path: 'app.db',
      busyTimeoutMs: 120_000,
    });
  });

  test.each([':memory:', 'file:app.db?mode=rw', 'a\0b'])('%j names no file', (path) => {
    expect(sqliteType.check?.({ path })).toEqual([
      expect.objectContaining({ severity: 'error', path: ['path'] }),
    ]);
  });

  test('a plain path needs no remark', () => {
    expect(sqliteType.check?.({ path: '/srv/app/file:odd.db' })).toEqual([]);
  });
});

describe('the defect of WAL mode', () => {
  test.each([
    ['3.40.1', true],
    ['3.51.2', true],
    ['3.51.3', false],
    ['3.51.10', false],
    ['3.52.0', false],
    ['4.0.0', false],
  ])('in %s: %s', (version, expected) => {
    expect(hasWalDefect(version)).toBe(expected);
  });
});

test('a URI keeps every character of a path', () => {
  const path = `/a b/"q"'s/50%/x?mode=memory#frag\n`;
  const uri = databaseUri(path, 'mode=ro');
  expect(uri).toBe(`file:/a%20b/%22q%22's/50%25/x%3Fmode=memory%23frag%0A?mode=ro`);
  expect(decodeURIComponent(uri.slice('file:'.length, -'?mode=ro'.length))).toBe(path);
});
