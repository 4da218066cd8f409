import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { failed, ok } from '../../src/domain/result.ts';
import { failure } from '../../src/domain/failure.ts';
import { CEPH_START_MS, lacksCeph, startCeph, type Ceph } from '../support/ceph.ts';
import { collect } from '../support/collect.ts';
import type { HttpFaultAction } from '../support/http-fault-actions.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { ARTIFACT, createS3Bench, LARGE_BYTES, RECORD, type S3Bench } from '../support/s3-bench.ts';

const part = (number: number) => ({
  method: 'PUT',
  query: { partNumber: String(number), uploadId: true } as const,
});
const COMPLETE = { method: 'POST', query: { uploadId: true } } as const;
const PUT = { method: 'PUT' } as const;
const LIST = { method: 'GET', query: { 'list-type': '2' } } as const;

describe.skipIf(lacksCeph())('an s3 target whose store or network fails', () => {
  const bytes = randomBytes(LARGE_BYTES);
  let ceph: Ceph;
  let bench: S3Bench;
  beforeAll(async () => {
    ceph = await startCeph();
  }, CEPH_START_MS);
  beforeEach(async () => {
    bench = await createS3Bench(ceph);
  });
  afterEach(() => bench.close());

  const expectWhole = async (): Promise<void> => {
    bench.proxy.heal();
    const target = await bench.open();
    expect((await collect(valueOf(await target.read(ARTIFACT)))).equals(bytes)).toBe(true);
    expect(valueOf(await target.list('')).map(({ key }) => key)).toEqual([ARTIFACT]);
    expect(valueOf(await target.list('tmp/'))).toEqual([]);
  };
  const expectNothing = async (): Promise<void> => {
    bench.proxy.heal();
    const target = await bench.open();
    expect(valueOf(await target.list(''))).toEqual([]);
  };
  const partsSent = (): number =>
    bench.proxy.requests.filter(({ method, query }) => method === 'PUT' && query.has('partNumber')).length;

  it('repeats a part that is refused three times', async () => {
    bench.proxy.inject({
      match: part(2),
      times: 3,
      action: { kind: 'answer', status: 500, code: 'InternalError' },
    });
    const target = await bench.open();
    expect(valueOf(await target.upload(ARTIFACT, await bench.stage(bytes)))).toBe('created');
    expect(partsSent()).toBe(6);
    await expectWhole();
  });

  it('repeats a part whose connection is reset', async () => {
    bench.proxy.inject({ match: part(1), action: { kind: 'lose-reply' } });
    const target = await bench.open();
    expect(valueOf(await target.upload(ARTIFACT, await bench.stage(bytes)))).toBe('created');
    await expectWhole();
  });

  it('goes on where an earlier attempt has stopped, and sends only what is missing', async () => {
    bench.proxy.inject({
      match: part(3),
      times: 4,
      action: { kind: 'answer', status: 503, code: 'SlowDown' },
    });
    const target = await bench.open();
    const file = await bench.stage(bytes);
    expect(failureIn(await target.upload(ARTIFACT, file)).code).toBe('TARGET_UNREACHABLE');
    expect(valueOf(await target.list('tmp/'))).toHaveLength(1);
    const before = partsSent();
    const later = await bench.open();
    const seen: number[] = [];
    expect(valueOf(await later.upload(ARTIFACT, file, { onProgress: (sum) => seen.push(sum) }))).toBe(
      'created',
    );
    expect(partsSent() - before).toBe(1);
    expect(seen.at(-1)).toBe(bytes.length);
    await expectWhole();
  });

  it('sends a part again that an earlier attempt left with other bytes', async () => {
    const other = Buffer.from(bytes);
    other.fill(0, 0, 100);
    bench.proxy.inject({
      match: part(3),
      times: 4,
      action: { kind: 'answer', status: 503, code: 'SlowDown' },
    });
    const target = await bench.open();
    expect((await target.upload(ARTIFACT, await bench.stage(other))).ok).toBe(false);
    expect(valueOf(await target.upload(ARTIFACT, await bench.stage(bytes)))).toBe('created');
    await expectWhole();
  });

  it('leaves nothing of an upload that was interrupted, or of a file that changed', async () => {
    const target = await bench.open();
    const file = await bench.stage(bytes);
    const stop = new AbortController();
    const interrupted = target.upload(ARTIFACT, file, {
      signal: stop.signal,
      onProgress: () => {
        stop.abort();
      },
    });
    expect(failureIn(await interrupted).code).toBe('INTERRUPTED');
    expect(failureIn(await target.upload(ARTIFACT, { ...file, sha256: '0'.repeat(64) })).code).toBe(
      'CORRUPT',
    );
    expect(valueOf(await target.list('tmp/'))).toEqual([]);
    await expectNothing();
  });

  it('finds an object whose completion was applied and not answered', async () => {
    bench.proxy.inject({ match: COMPLETE, times: 4, action: { kind: 'lose-reply' } });
    const target = await bench.open();
    expect(valueOf(await target.upload(ARTIFACT, await bench.stage(bytes)))).toBe('created');
    await expectWhole();
  });

  it('does not believe an answer of 200 that holds an error', async () => {
    const body = '<?xml version="1.0"?><Error><Code>InternalError</Code><Message>no</Message></Error>';
    bench.proxy.inject({ match: COMPLETE, times: 9, action: { kind: 'answer', status: 200, body } });
    const target = await bench.open();
    expect((await target.upload(ARTIFACT, await bench.stage(bytes))).ok).toBe(false);
    await expectNothing();
  });

  it('never replaces an object that appears while the parts are on their way', async () => {
    const target = await bench.open();
    const file = await bench.stage(bytes);
    let made: Promise<unknown> | undefined;
    const onProgress = (): void => {
      made ??= target.create(ARTIFACT, Buffer.from('first'));
    };
    const pace = (): Promise<void> => Promise.resolve(made).then(() => undefined);
    expect(valueOf(await target.upload(ARTIFACT, file, { onProgress, pace }))).toBe('exists');
    expect(valueOf(await target.get(ARTIFACT, 10))?.toString()).toBe('first');
    expect(valueOf(await target.list('tmp/'))).toEqual([]);
  });

  it('says that a record exists whose first answer was lost, and leaves it', async () => {
    bench.proxy.inject({ match: PUT, action: { kind: 'lose-reply' } });
    const target = await bench.open();
    expect(valueOf(await target.create(RECORD, Buffer.from('own')))).toBe('exists');
    expect(valueOf(await target.get(RECORD, 10))?.toString()).toBe('own');
  });

  it('repeats a creation that met another one', async () => {
    bench.proxy.inject({
      match: PUT,
      times: 2,
      action: { kind: 'answer', status: 409, code: 'ConditionalRequestConflict' },
    });
    const target = await bench.open();
    expect(valueOf(await target.create(RECORD, Buffer.from('own')))).toBe('created');
  });

  it('looks first on a store without conditions, and says that this is not safe against others', async () => {
    const unknown = { kind: 'answer', status: 501, code: 'NotImplemented' } as const;
    bench.proxy.inject({ match: PUT, action: unknown });
    const target = await bench.open();
    expect(target.capabilities.createOnly).toBe(true);
    expect(valueOf(await target.create(RECORD, Buffer.from('first')))).toBe('created');
    expect(target.capabilities.createOnly).toBe(false);
    expect(valueOf(await target.create(RECORD, Buffer.from('second')))).toBe('exists');
    expect(bench.proxy.requests.at(-1)?.method).toBe('HEAD');
    expect(valueOf(await target.get(RECORD, 10))?.toString()).toBe('first');
  });

  it('fetches credentials anew once they have expired, in the middle of an upload', async () => {
    bench.proxy.inject({ match: part(3), action: { kind: 'answer', status: 400, code: 'ExpiredToken' } });
    let reads = 0;
    const read = (name: string) => {
      reads += 1;
      return Promise.resolve(ok(name === 'id' ? ceph.accessKeyId : ceph.secretAccessKey));
    };
    const target = await bench.open({}, { secrets: { read } });
    expect(valueOf(await target.upload(ARTIFACT, await bench.stage(bytes)))).toBe('created');
    expect(reads).toBe(4);
    await expectWhole();
  });

  it('gives up at once where the new credentials have expired, too', async () => {
    const target = await bench.open();
    bench.proxy.inject({ times: 99, action: { kind: 'answer', status: 400, code: 'ExpiredToken' } });
    const before = bench.proxy.requests.length;
    expect(failureIn(await target.get(RECORD, 10))).toMatchObject({
      code: 'TARGET_AUTH',
      message: `target offsite: reading ${RECORD}: the session token has expired`,
    });
    expect(bench.proxy.requests.length - before).toBe(2);
  });

  it('names the clock where the store refuses the time', async () => {
    const target = await bench.open();
    const headers = { Date: new Date(Date.now() + 3_600_000 + 5_000).toUTCString() };
    bench.proxy.inject({
      times: 99,
      action: { kind: 'answer', status: 403, code: 'RequestTimeTooSkewed', headers },
    });
    expect(failureIn(await target.get(RECORD, 10))).toMatchObject({
      code: 'TARGET_AUTH',
      message: 'the clock of this machine is 1h behind that of the store',
    });
  });

  it.each([
    ['hangs', 'TARGET_TIMEOUT'],
    ['refuses connections', 'TARGET_UNREACHABLE'],
  ])('ends soon where the store %s', async (what, code) => {
    const target = bench.connect({}, { patience: { openMs: 300 } });
    if (what === 'hangs') bench.proxy.inject({ times: 99, action: { kind: 'hang' } });
    else await bench.proxy.close();
    expect(failureIn(await target.open()).code).toBe(code);
    if (what !== 'hangs') bench = await createS3Bench(ceph);
  });

  it('ends a request on which nothing moves', async () => {
    const target = await bench.open({}, { patience: { silenceMs: 100 } });
    bench.proxy.inject({ times: 99, action: { kind: 'hang' } });
    expect(failureIn(await target.stat(RECORD)).code).toBe('TARGET_TIMEOUT');
  });

  it('fails with the reason of a secret that cannot be read', async () => {
    const read = () => Promise.resolve(failed(failure('SECRET_UNREADABLE', 'the file is gone')));
    const target = bench.connect({}, { secrets: { read } });
    expect(failureIn(await target.open())).toMatchObject({
      code: 'SECRET_UNREADABLE',
      message: 'the file is gone',
    });
  });

  describe('lists', () => {
    const fill = async () => {
      const target = await bench.open();
      for (const key of ['a/1', 'a/2', 'a/3']) valueOf(await target.create(key, Buffer.from('x')));
      return target;
    };
    const changed = (change: (body: string) => string): HttpFaultAction => ({
      kind: 'rewrite',
      change: (reply) => {
        const body = Buffer.from(change(reply.body.toString()));
        const headers = { 'content-type': 'application/xml', 'content-length': String(body.length) };
        return { ...reply, headers, body };
      },
    });
    const truncated = (body: string) =>
      body.replace(/<IsTruncated>.*<\/IsTruncated>/, '<IsTruncated>true</IsTruncated>');

    it('fail where a page does', async () => {
      const target = await fill();
      const cut = (body: string) =>
        body.replace(
          '<IsTruncated>false',
          '<NextContinuationToken>t</NextContinuationToken><IsTruncated>true',
        );
      bench.proxy.inject({ match: LIST, action: changed(cut) });
      bench.proxy.inject({
        match: LIST,
        times: 9,
        action: { kind: 'answer', status: 500, code: 'InternalError' },
      });
      expect(failureIn(await target.list('a/')).code).toBe('TARGET_UNREACHABLE');
    });

    it.each<[string, (body: string) => string]>([
      ['there is more and it does not say where', truncated],
      [
        'there is more and sends an empty page',
        (body) => truncated(body).replaceAll(/<Contents>.*<\/Contents>/gs, ''),
      ],
      ['an object twice', (body) => body.replace('2</Key>', '1</Key>')],
    ])('fail where the store says that %s', async (_, change) => {
      const target = await fill();
      bench.proxy.inject({ match: LIST, times: 9, action: changed(change) });
      expect(failureIn(await target.list('a/')).code).toBe('TARGET_IO');
    });

    it('hold names that XML cannot, and those that look encoded', async () => {
      const target = await bench.open();
      const keys = ['a/%41', 'a/+ &<', 'a/\u0001', 'a/ä'];
      for (const key of keys) valueOf(await target.create(key, Buffer.from('x')));
      expect(
        valueOf(await target.list('a/'))
          .map(({ key }) => key)
          .sort(),
      ).toEqual(keys.toSorted());
    });
  });

  describe('reading', () => {
    const GET = { method: 'GET', path: /gpg$/ } as const;
    const small = randomBytes(300_000);
    const fill = async () => {
      const target = await bench.open();
      valueOf(await target.upload(ARTIFACT, await bench.stage(small)));
      return target;
    };

    it.each(['reset', 'silent'] as const)('says where an object ends early: %s', async (end) => {
      const target = await fill();
      bench.proxy.inject({ match: GET, action: { kind: 'truncate', after: 100_000, end } });
      const read = await target.read(ARTIFACT);
      if (!read.ok) throw new Error('it begins');
      const got = await collect(read.value);
      expect(got.equals(small.subarray(0, got.length))).toBe(true);
      expect(got.length).toBeLessThanOrEqual(100_000);
      expect(['TRUNCATED', 'TARGET_UNREACHABLE']).toContain(read.value.failure()?.code);
    });

    it('says where a store that knows no ranges sends all', async () => {
      const target = await fill();
      const whole = (reply: {
        readonly headers: Readonly<Record<string, string>>;
        readonly body: Buffer;
      }) => {
        return { status: 200, headers: { 'content-length': String(reply.body.length) }, body: reply.body };
      };
      bench.proxy.inject({ match: GET, action: { kind: 'rewrite', change: whole } });
      expect(failureIn(await target.read(ARTIFACT, { offset: 5 })).code).toBe('TARGET_IO');
    });
  });

  it.each([
    ['in one piece', 1000],
    ['in parts', LARGE_BYTES],
  ])('never publishes %s what was damaged on the way', async (_, size) => {
    bench.proxy.inject({ match: PUT, action: { kind: 'flip-request', offset: 500 } });
    const target = await bench.open();
    expect(failureIn(await target.upload(ARTIFACT, await bench.stage(bytes.subarray(0, size)))).code).toBe(
      'TARGET_IO',
    );
    await expectNothing();
  });

  it('sends Content-MD5 alone to stores that know no checksum headers', async () => {
    const target = await bench.open({ checksums: 'when_required' });
    valueOf(await target.upload(ARTIFACT, await bench.stage(bytes)));
    valueOf(await target.create(RECORD, Buffer.from('x')));
    const writes = bench.proxy.requests.filter(({ method }) => method === 'PUT');
    expect(writes).toHaveLength(5);
    for (const { headers } of writes) {
      expect(headers['content-md5']).toMatch(/^[A-Za-z0-9+/]{22}==$/);
      expect(Object.keys(headers).filter((name) => name.includes('checksum'))).toEqual([]);
    }
  });

  it('collects uploads that were never ended, and those of others never', async () => {
    const Bucket = bench.bucket;
    await ceph.adminClient.createMultipartUpload({ Bucket, Key: `p/${ARTIFACT}` });
    await ceph.adminClient.createMultipartUpload({ Bucket, Key: 'p/holiday.mp4' });
    await ceph.adminClient.createMultipartUpload({ Bucket, Key: `other/${ARTIFACT}` });
    const target = await bench.open();
    const [listed, ...rest] = valueOf(await target.list('tmp/'));
    expect(rest).toEqual([]);
    expect(listed?.key).toMatch(/^tmp\/[0-9a-hjkmnp-tv-z]{26}\/20261121t020000z-0123456789abcdef\.part$/);
    valueOf(await (await bench.open()).remove(listed?.key ?? ''));
    expect(valueOf(await target.list('tmp/'))).toEqual([]);
    const { Uploads } = await ceph.adminClient.listMultipartUploads({ Bucket });
    expect(Uploads?.map(({ Key }) => Key)).toEqual([`other/${ARTIFACT}`, 'p/holiday.mp4']);
  });
});
