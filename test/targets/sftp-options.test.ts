import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { sftp } from '../../src/targets/sftp/index.ts';

const HOST_KEY = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAsIHwEPVNrPVGXnRfmBKbFAnXaTHmsWfUzq2oVQ9fYn';
const GOOD = {
  host: 'backup.example.com',
  user: 'backup',
  path: 'primary',
  hostKey: HOST_KEY,
  identityFile: 'id',
};
const isValid = new Ajv({ strict: false }).compile(sftp.optionsSchema);

describe('the options of an SFTP target', () => {
  it.each([
    {},
    { host: '2001:db8::22' },
    { host: '10.0.0.1', port: 23 },
    { user: 'u123456-sub1' },
    { user: 'name@example.com' },
    { hostKey: [HOST_KEY, `${HOST_KEY} root@backup`] },
  ])('may be %o', (change) => {
    expect(isValid({ ...GOOD, ...change })).toBe(true);
    expect(sftp.check?.({ ...GOOD, ...change })).toEqual([]);
  });

  it.each([
    { host: '-oProxyCommand=touch x' },
    { host: 'a b' },
    { host: 'user@host' },
    { host: 'ssh://host' },
    { host: '' },
    { user: '-l' },
    { user: 'a b' },
    { user: 'a;b' },
    { port: 0 },
    { port: 70_000 },
    { path: '' },
    { hostKey: 'SHA256:abc' },
    { hostKey: [] },
    { agent: false },
    { unknown: true },
  ])('may not be %o', (change) => {
    expect(isValid({ ...GOOD, ...change })).toBe(false);
  });

  it('needs a host key', () => {
    const { hostKey: _, ...without } = GOOD;
    expect(isValid(without)).toBe(false);
  });

  it.each([
    [{ hostKey: HOST_KEY.replace('ssh-ed25519', 'ssh-rsa') }, ['hostKey'], /no public host key/],
    [{ hostKey: [HOST_KEY, `ssh-ed25519 ${'A'.repeat(48)}`] }, ['hostKey', 1], /no public host key/],
    [{ password: 'pw' }, ['password'], /exclude each other/],
    [{ identityFile: undefined }, ['user'], /how to log in/],
    [{ identityFile: undefined, password: 'pw', passphrase: 'pp' }, ['passphrase'], /no private key/],
  ])('are checked: %o', (change, path, message) => {
    const options = JSON.parse(JSON.stringify({ ...GOOD, ...change })) as typeof GOOD;
    const [finding, ...more] = sftp.check?.(options) ?? [];
    expect(more).toEqual([]);
    expect(finding).toMatchObject({ severity: 'error', path });
    expect(finding?.message).toMatch(message);
  });

  it('explain every property with an example', () => {
    const { properties } = sftp.optionsSchema as { properties: Record<string, Record<string, unknown>> };
    for (const [name, property] of Object.entries(properties))
      expect([name, typeof property['description'], Array.isArray(property['examples'])]).toEqual([
        name,
        'string',
        true,
      ]);
  });
});
