import { describe, expect, test } from 'vitest';
import { checkOptions, readOptions } from '../../../src/resources/json/options.ts';
import { mapPath } from '../../../src/resources/json/map-path.ts';

describe('the paths of a plan', () => {
  test.each([
    ['one document', ['a.json'], undefined],
    ['two documents', ['a.json', '/srv/a.json'], undefined],
    [
      'one document in two spellings',
      ['data/a.json', './data//a.json'],
      '"./data//a.json" and "data/a.json"',
    ],
    ['a directory', ['data/'], '"data/" is no file'],
    ['a NUL', ['a\0.json'], 'is no file'],
  ])('may or may not name %s', (_name, paths, message) => {
    const [first] = checkOptions({ paths });
    if (message === undefined) expect(first).toBeUndefined();
    else
      expect(first).toMatchObject({ severity: 'error', message: expect.stringContaining(message) as string });
  });

  test('have a largest size', () => {
    expect(readOptions({ paths: ['a'] }).maxBytes).toBe(67_108_864);
    expect(readOptions({ paths: ['a'], maxSize: '512KiB' }).maxBytes).toBe(524_288);
  });
});

describe('a mapping', () => {
  test.each([
    ['srv/app/db.json', [], 'srv/app/db.json'],
    ['srv/app/db.json', [{ from: '/srv/app', to: '/new' }], 'new/db.json'],
    ['srv/app/db.json', [{ from: '/srv/app/', to: '/new/' }], 'new/db.json'],
    ['srv/app/db.json', [{ from: '/srv/ap', to: '/new' }], 'srv/app/db.json'],
    ['srv/app/db.json', [{ from: '/srv/app/db.json', to: '/one.json' }], 'one.json'],
    ['srv/app/db.json', [{ from: '/', to: '/root' }], 'root/srv/app/db.json'],
    ['srv/app/db.json', [{ from: '/srv', to: '/../../etc' }], 'etc/app/db.json'],
    [
      'srv/app/db.json',
      [
        { from: '/srv', to: '/x' },
        { from: '/srv/app', to: '/y' },
      ],
      'y/db.json',
    ],
  ])('of %s', (path, map, expected) => {
    expect(mapPath(path, map)).toBe(expected);
  });
});
