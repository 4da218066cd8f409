import { describe, expect, it } from 'vitest';
import { checkOptions } from '../../../src/resources/redis/options.ts';
import { readInfo } from '../../../src/resources/redis/server.ts';

describe('the options of a server', () => {
  it.each([
    [{}, []],
    [{ connection: { host: 'a', port: 1, user: 'u', password: 'p', tls: {} }, file: '/x' }, []],
    [{ connection: { socket: '/s', port: 1 } }, ['socket excludes host, port and tls']],
    [{ connection: { user: 'u' } }, ['a user needs a password']],
    [{ connection: { tls: { key: 'k' } } }, ['certificate and key go together']],
    [{ file: '/x', restore: {} }, ['restore.address has no effect beside file']],
  ])('%j', (options, messages) => {
    expect(checkOptions(options).map(({ message }) => message)).toEqual(messages);
  });
});

describe('what a server says of itself', () => {
  it('is read line by line', () => {
    const text = 'redis_version:7.0.15\r\nrole:master\r\naof_enabled:1\r\ndb0:keys=5,expires=0,avg_ttl=0\r\n';
    expect(readInfo(text)).toMatchObject({
      version: '7.0.15',
      isMaster: true,
      isCluster: false,
      appendsOnly: true,
      keys: { db0: 5 },
    });
    expect(readInfo('redis_version:7.2.4\nvalkey_version:8.0.1').version).toBe('8.0.1');
  });
});
