import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine } from '../../src/bundle/engine.ts';
import { readHead } from '../../src/bundle/message-head.ts';
import { openMessage } from '../../src/bundle/open.ts';
import type { OpenerSettings } from '../../src/bundle/open.ts';
import { createDigester } from '../../src/bundle/prefix-digests.ts';
import { createSessionKeys } from '../../src/bundle/session-key.ts';
import type { PipelineOutcome } from '../../src/domain/pipeline.ts';
import { ok } from '../../src/domain/result.ts';
import type { Result } from '../../src/domain/result.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import {
  directory,
  makeKey,
  never,
  objectBytes,
  open,
  opener,
  pieces,
  pipelines,
  scratchDirectory,
  seal,
  tools,
} from './bundles.ts';
import type { Bundle, TestKey } from './bundles.ts';

const ENGINES: readonly Engine[] = ['gpg', 'openpgp'];
const RAW = randomBytes(150_000);
let key: TestKey;
let bundle: Bundle;
beforeAll(async () => {
  key = await makeKey();
  bundle = await seal(RAW, { engine: 'gpg', recipients: [key.publicFile] });
});

async function failureOf(ciphertext: Buffer, expected = bundle.expected) {
  const opened = await open(await opener({ files: [key.privateFile] }), { ciphertext, expected });
  expect(opened.raw).toHaveLength(0);
  return failureIn(opened.outcome);
}

function flipped(bytes: Buffer, at: number, bit = 0): Buffer {
  const copy = Buffer.from(bytes);
  copy[at]! ^= 1 << bit;
  return copy;
}

/** Offsets of what a message is made of. */
function regions(bytes: Buffer): Record<string, number> {
  const reading = readHead(bytes);
  if (reading.kind !== 'head') throw new Error('the bundle has a head');
  const body = reading.head.bodyOffset;
  return {
    'the session key packet': 0,
    'its length': 1,
    'its version': 2,
    'its key id': 5,
    'the session key': 40,
    'the body packet': body,
    'its partial length': body + 1,
    'its body version': body + 2,
    'the first block': body + 5,
    'the middle': Math.floor(bytes.length / 2),
    'the end': bytes.length - 23,
    'the MDC': bytes.length - 1,
  };
}

const REGIONS = [
  'the session key packet',
  'its length',
  'its version',
  'its key id',
  'the session key',
  'the body packet',
  'its partial length',
  'its body version',
  'the first block',
  'the middle',
  'the end',
  'the MDC',
];

describe.skipIf(lacks('gpg', 'zstd'))('a bundle that differs from its record', () => {
  it.each(REGIONS)('by one bit in %s is CORRUPT before it is decrypted', async (region) => {
    const reason = await failureOf(flipped(bundle.ciphertext, regions(bundle.ciphertext)[region]!));
    expect(reason).toMatchObject({ code: 'CORRUPT', facts: { from: 0 } });
    expect(reason.message).toMatch(/^the bundle differs from its record between byte 0 and/);
  });

  it('is located to the piece', async () => {
    const large = await seal(randomBytes(20_000_000), { engine: 'openpgp', recipients: [key.publicFile] });
    const every = large.expected.prefixes.every;
    const opened = await open(await opener({ files: [key.privateFile] }), {
      ciphertext: flipped(large.ciphertext, every + 17),
      expected: large.expected,
    });
    expect(failureIn(opened.outcome).facts).toEqual({ from: every, to: 2 * every });
  });

  it.each([0, 1, 100, 75_000])('by a cut after %i bytes is TRUNCATED', async (length) => {
    const reason = await failureOf(bundle.ciphertext.subarray(0, length));
    expect(reason).toMatchObject({
      code: 'TRUNCATED',
      facts: { actual: length, expected: bundle.expected.bytes },
    });
  });

  it('by a reader that ends early without saying so is TRUNCATED', async () => {
    const early = { ...objectBytes(bundle.ciphertext), bytes: pieces(bundle.ciphertext.subarray(0, 1000)) };
    const from = await opener({ files: [key.privateFile] });
    const sink = { kind: 'bytes' as const, consume: async () => ok() };
    const opened = await from.open({ ciphertext: early, expected: bundle.expected, sink, signal: never });
    expect(failureIn(opened).code).toBe('TRUNCATED');
  });

  it('by appended garbage or a second message is CORRUPT', async () => {
    for (const more of [Buffer.from('x'), bundle.ciphertext]) {
      const reason = await failureOf(Buffer.concat([bundle.ciphertext, more]));
      expect(reason.message).toBe(`the bundle has ${more.length} bytes more than its record says`);
    }
  });

  it('because another valid or forged bundle took its place is CORRUPT', async () => {
    const other = await seal(RAW, { engine: 'openpgp', recipients: [key.publicFile] });
    expect((await failureOf(other.ciphertext)).code).toBe(
      other.expected.bytes < bundle.expected.bytes ? 'TRUNCATED' : 'CORRUPT',
    );
    const cut = Buffer.concat([other.ciphertext, Buffer.alloc(100)]).subarray(0, bundle.expected.bytes);
    expect((await failureOf(cut)).code).toBe('CORRUPT');
  });

  it('in its record is CORRUPT', async () => {
    const { prefixes } = bundle.expected;
    for (const wrong of [
      { sha256: '0'.repeat(64) },
      { prefixes: { ...prefixes, digests: [] } },
      { prefixes: { ...prefixes, every: 0 } },
      { prefixes: { ...prefixes, every: 2 ** 40 } },
    ]) {
      const reason = await failureOf(bundle.ciphertext, { ...bundle.expected, ...wrong });
      expect(reason.message).toBe('the record contradicts itself about the digests of the bundle');
    }
  });
});

/** What an exit code alone would have let pass: the ciphertext is not compared with the record. */
async function openUnchecked(
  engine: Engine,
  ciphertext: Buffer,
  from = bundle,
): Promise<{ result: Result<PipelineOutcome>; raw: Buffer }> {
  const chunks: Buffer[] = [];
  const sessionKeys = valueOf(
    await createSessionKeys({ files: [key.privateFile], armored: [], keyring: false }),
  );
  const settings: OpenerSettings = { sessionKeys, pipelines, tools, scratchDirectory, engine };
  const result = await openMessage(settings, {
    pieces: pieces(ciphertext),
    expected: from.expected,
    sink: {
      kind: 'bytes',
      consume: async (bytes) => {
        for await (const chunk of bytes) chunks.push(chunk);
        return ok();
      },
    },
    signal: never,
  });
  return { result, raw: Buffer.concat(chunks) };
}

describe.skipIf(lacks('gpg', 'zstd')).each(ENGINES)('with the comparison switched off, %s', (engine) => {
  it('still opens what is right', async () => {
    const { result, raw } = await openUnchecked(engine, bundle.ciphertext);
    valueOf(result);
    expect(raw.equals(RAW)).toBe(true);
  });

  it.each(REGIONS)('rejects one wrong bit in %s', async (region) => {
    const damaged = flipped(bundle.ciphertext, regions(bundle.ciphertext)[region]!);
    const code = failureIn((await openUnchecked(engine, damaged)).result).code;
    expect(['CORRUPT', 'NO_KEY']).toContain(code);
  });

  it('rejects every cut', { timeout: 120_000 }, async () => {
    const head = regions(bundle.ciphertext)['the body packet']!;
    const ends = [
      0,
      1,
      2,
      3,
      50,
      head - 1,
      head,
      head + 1,
      head + 2,
      head + 3,
      head + 20,
      head + 40,
      200,
      400,
      8192,
    ];
    const random = Array.from(
      { length: 10 },
      () => 1 + Math.floor(Math.random() * (bundle.ciphertext.length - 1)),
    );
    for (const end of [...ends, ...random, bundle.ciphertext.length - 1]) {
      const { result } = await openUnchecked(engine, bundle.ciphertext.subarray(0, end));
      expect(result.ok, `cut after ${end}`).toBe(false);
    }
  });

  it('rejects what was appended, where nothing else would notice', async () => {
    const second = await seal(RAW, { engine: 'gpg', recipients: [key.publicFile] });
    for (const more of [second.ciphertext, Buffer.alloc(100, 'garbage')]) {
      expect((await openUnchecked(engine, Buffer.concat([bundle.ciphertext, more]))).result.ok).toBe(false);
    }
  });

  it('rejects plaintext of another size', async () => {
    for (const rawBytes of [RAW.length - 1, RAW.length + 1, 0]) {
      const from = { ...bundle, expected: { ...bundle.expected, rawBytes } };
      expect(failureIn((await openUnchecked(engine, bundle.ciphertext, from)).result).code).toBe('CORRUPT');
    }
  });
});

describe.skipIf(lacks('gpg', 'zstd'))('what inflates beyond its signed size', () => {
  it.each(['bytes', 'command'] as const)(
    'is stopped at the cap on its way to %s',
    async (kind) => {
      const zeros = await tools.run({
        argv: ['sh', '-c', 'head -c 10000000000 /dev/zero | zstd -q --check -c'],
      });
      const bomb = await seal(valueOf(zeros).stdout, {
        engine: 'gpg',
        recipients: [key.publicFile],
        compression: { type: 'none' },
      });
      const expected = { ...bomb.expected, compression: 'zstd' as const, rawBytes: 1_048_576 };
      let taken = 0;
      const consume = async (bytes: AsyncIterable<Buffer>) => {
        for await (const chunk of bytes) taken += chunk.length;
        return ok();
      };
      const sink =
        kind === 'bytes'
          ? { kind, consume }
          : { kind, command: { argv: ['sh', '-c', 'cat >/dev/null'] as const } };
      const before = process.memoryUsage().rss;
      const from = await opener({ files: [key.privateFile] });
      const reason = failureIn(
        await from.open({ ciphertext: objectBytes(bomb.ciphertext), expected, sink, signal: never }),
      );
      expect(reason).toMatchObject({
        code: 'CORRUPT',
        message: 'the bundle holds more than the 1048576 bytes that its record says',
      });
      expect(taken).toBeLessThanOrEqual(1_048_576);
      expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
    },
    120_000,
  );

  it('is refused where it needs a window that a plain zstd refuses', async () => {
    const wide = await tools.run({
      argv: ['sh', '-c', 'head -c 300000000 /dev/zero | zstd -q --long=31 -c'],
    });
    const frame = valueOf(wide).stdout;
    const made = await seal(frame, {
      engine: 'openpgp',
      recipients: [key.publicFile],
      compression: { type: 'none' },
    });
    const expected = { ...made.expected, compression: 'zstd' as const, rawBytes: 300_000_000 };
    const opened = await open(await opener({ files: [key.privateFile] }), {
      ciphertext: made.ciphertext,
      expected,
    });
    expect(failureIn(opened.outcome)).toMatchObject({
      code: 'CORRUPT',
      message: 'the bundle does not decompress (zstd ended with 1)',
    });
  });
});

const STATUS = {
  okay: 'DECRYPTION_OKAY',
  plain: 'PLAINTEXT 62 0',
  mdc: 'GOODMDC',
  failed: 'DECRYPTION_FAILED',
  end: 'END_DECRYPTION',
};
const GOOD = [STATUS.plain, STATUS.okay, STATUS.mdc, STATUS.end];

describe.skipIf(lacks('gpg', 'zstd'))('a gpg that lies', () => {
  it.each([
    ['says OK and exits 2', GOOD, 2, 10],
    ['exits 0 and does not say OK', [STATUS.plain, STATUS.mdc], 0, 10],
    ['says OK and gives too little', GOOD, 0, 9],
    ['says OK and gives too much', GOOD, 0, 11],
    ['saw no plaintext', [STATUS.okay, STATUS.mdc], 0, 10],
    ['saw two messages', [...GOOD, STATUS.plain], 0, 10],
    ['says OK and then that it failed', [...GOOD, STATUS.failed], 0, 10],
  ])('because it %s is not believed', async (_how, status, code, length) => {
    const made = await seal(Buffer.alloc(10, 'x'), {
      engine: 'openpgp',
      recipients: [key.publicFile],
      compression: { type: 'none' },
    });
    const opened = await withGpg(fakeGpg(status, code, length), async () =>
      open(await opener({ files: [key.privateFile] }, 'gpg'), made),
    );
    expect(failureIn(opened.outcome).code).toBe('CORRUPT');
  });

  it('is believed when it proves everything', async () => {
    const made = await seal(Buffer.alloc(10, 'x'), {
      engine: 'openpgp',
      recipients: [key.publicFile],
      compression: { type: 'none' },
    });
    const opened = await withGpg(fakeGpg(GOOD, 0, 10), async () =>
      open(await opener({ files: [key.privateFile] }, 'gpg'), made),
    );
    valueOf(opened.outcome);
    expect(await readdir(scratchDirectory)).toEqual([]);
  });
});

function fakeGpg(status: readonly string[], code: number, length: number): string {
  const lines = status.map((line) => `echo '[GNUPG:] ${line}' >&3`).join('\n');
  return `#!/bin/sh\ncat > /dev/null\nhead -c ${length} /dev/zero | tr '\\0' x\n${lines}\nexit ${code}\n`;
}

async function withGpg<T>(script: string, use: () => Promise<T>): Promise<T> {
  const bin = await mkdtemp(path.join(directory, 'bin-'));
  await writeFile(path.join(bin, 'gpg'), script);
  await chmod(path.join(bin, 'gpg'), 0o755);
  const before = process.env['PATH'];
  process.env['PATH'] = `${bin}:${before ?? ''}`;
  try {
    return await use();
  } finally {
    process.env['PATH'] = before;
  }
}

describe('digests of beginnings', () => {
  it('are the same however the bytes arrive, and end with the whole', () => {
    const bytes = randomBytes(1000);
    const digest = (every: number, size: number) => {
      const digester = createDigester(every);
      for (let at = 0; at < bytes.length; at += size) digester.update(bytes.subarray(at, at + size));
      return digester.finish();
    };
    for (const every of [1000, 999, 300, 100]) {
      const whole = digest(every, 1000);
      expect(whole.prefixes.digests).toHaveLength(Math.ceil(1000 / every));
      expect(whole.prefixes.digests.at(-1)).toBe(whole.sha256);
      for (const size of [1, 7, 100, 333]) expect(digest(every, size)).toEqual(whole);
    }
  });
});
