import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Target } from '../../src/domain/target.ts';
import { s3 } from '../../src/targets/s3/index.ts';
import { CEPH_START_MS, lacksCeph, startCeph, type Ceph } from '../support/ceph.ts';
import { createAuthority, type Authority } from '../support/certificates.ts';
import { startHttpFaultProxy, type HttpFaultProxy } from '../support/http-fault-proxy.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { s3Context } from '../support/s3-place.ts';

describe.skipIf(lacksCeph() || lacks('openssl'))('an s3 target behind TLS', () => {
  let ceph: Ceph;
  let bucket: string;
  let folder: string;
  let right: Authority;
  let wrong: Authority;
  const opened: (Target | HttpFaultProxy)[] = [];
  beforeAll(async () => {
    ceph = await startCeph();
    bucket = await ceph.createBucket();
    folder = await mkdtemp(join(tmpdir(), 's3-tls-'));
    [right, wrong] = [createAuthority(folder, 'right'), createAuthority(folder, 'wrong')];
    return () => rm(folder, { recursive: true });
  }, CEPH_START_MS);
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  const serve = async (host: string, authority = right): Promise<HttpFaultProxy> => {
    const proxy = await startHttpFaultProxy({ upstream: ceph.endpoint, tls: authority.issue(host) });
    opened.push(proxy);
    return proxy;
  };
  const connect = (endpoint: string, options: JsonObject): Target => {
    const target = s3.create(s3Context(ceph, { bucket, endpoint, allowInsecure: false, ...options }));
    opened.push(target);
    return target;
  };
  const refused = async (target: Target) => {
    const why = failureIn(await target.open());
    expect(why.code).toBe('TARGET_UNTRUSTED');
    return why;
  };
  const STRANGER = 'the certificate of the store is signed by an authority that is not trusted';

  it('works where its authority is named, from the folder of the plan on', async () => {
    const proxy = await serve('IP:127.0.0.1');
    const target = connect(proxy.endpoint, { caFile: right.caFile.slice(1) });
    valueOf(await target.open());
    valueOf(await target.create('acme/events/a.json', Buffer.from('signed')));
    expect(valueOf(await target.get('acme/events/a.json', 100))?.toString()).toBe('signed');
    const notes = valueOf((await target.examine?.()) ?? { ok: true, value: [] });
    expect(notes.find(({ topic }) => topic === 'transport')).toMatchObject({ state: 'ok' });
  });

  it.each<[string, () => JsonObject]>([
    ['none', () => ({})],
    ['another one of the same name', () => ({ caFile: wrong.caFile })],
  ])('is refused where %s is trusted, before anything was sent', async (_, options) => {
    const proxy = await serve('IP:127.0.0.1');
    const why = await refused(connect(proxy.endpoint, options()));
    expect(why.message).toBe(`target offsite: opening bucket ${bucket}: ${STRANGER}`);
    expect(why.hint).toContain('`caFile`');
    expect(proxy.requests).toEqual([]);
  });

  it('is refused where the certificate is that of another host', async () => {
    const proxy = await serve('DNS:store.test');
    const why = await refused(connect(proxy.endpoint, { caFile: right.caFile }));
    expect(why.message).toContain('the certificate of the store is that of another host');
    expect(why.hint).toContain('`endpoint`');
    expect(proxy.requests).toEqual([]);
  });

  it('is used without proof only where the plan says so, which doctor repeats', async () => {
    const proxy = await serve('DNS:store.test', wrong);
    const target = connect(proxy.endpoint, { allowInsecure: true });
    valueOf(await target.open());
    const notes = valueOf((await target.examine?.()) ?? { ok: true, value: [] });
    expect(notes.find(({ topic }) => topic === 'transport')).toMatchObject({
      state: 'warning',
      detail: 'TLS, but the certificate of the store is not verified',
    });
  });

  it.each([
    ['is not there', undefined, 'cannot be read'],
    ['holds something else', 'no certificate', 'holds no certificate'],
  ])('is refused where the file of authorities %s', async (_, content, says) => {
    const proxy = await serve('IP:127.0.0.1');
    const caFile = join(folder, 'other.pem');
    if (content !== undefined) await writeFile(caFile, content);
    const why = await refused(connect(proxy.endpoint, { caFile }));
    expect(why.message).toBe(`the file of authorities ${caFile} ${says}`);
    expect(why.hint).toContain('`caFile`');
    expect(proxy.requests).toEqual([]);
  });

  it.each(['speaks no TLS', 'sends it on to plain HTTP'])(
    'never falls back to plain HTTP where the endpoint %s',
    async (what) => {
      const plain = await startHttpFaultProxy({ upstream: ceph.endpoint });
      opened.push(plain);
      const proxy = await serve('IP:127.0.0.1');
      const headers = { Location: `${plain.endpoint}/${bucket}` };
      proxy.inject({ times: 99, action: { kind: 'answer', status: 307, code: 'Moved', headers } });
      const endpoint = what === 'speaks no TLS' ? plain.endpoint.replace('http:', 'https:') : proxy.endpoint;
      const target = connect(endpoint, { caFile: right.caFile });
      expect((await target.open()).ok).toBe(false);
      expect(plain.requests).toEqual([]);
    },
  );

  it('is refused over plain HTTP without the word of the plan', async () => {
    const plain = await startHttpFaultProxy({ upstream: ceph.endpoint });
    opened.push(plain);
    const why = await refused(connect(plain.endpoint, {}));
    expect(why.message).toBe(`the endpoint ${plain.endpoint} is plain HTTP`);
    expect(plain.requests).toEqual([]);
  });
});
