import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import path from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { PREFIX_EVERY_BYTES } from '../../src/bundle/prefix-digests.ts';
import type { Engine } from '../../src/bundle/engine.ts';
import { failure } from '../../src/domain/failure.ts';
import { failed, ok, type Result } from '../../src/domain/result.ts';
import type { ObjectUpload } from '../../src/domain/target.ts';
import { createFakeTools } from '../support/fake-tool.ts';
import { lacks } from '../support/requires.ts';
import { failureIn, valueOf } from '../support/results.ts';
import {
  cryptography,
  freshPath,
  makeKey,
  never,
  objectBytes,
  open,
  opener,
  pieces,
  scratchDirectory,
  seal,
  tools,
} from './bundles.ts';
import type { TestKey } from './bundles.ts';

const ENGINES: readonly Engine[] = ['gpg', 'openpgp'];
const MATRIX = ENGINES.flatMap((writer) => ENGINES.map((reader) => ({ writer, reader })));
const SIZES = [0, 1, 511, 512, 65_535, 65_536, 65_537, 1_048_577, PREFIX_EVERY_BYTES, 40_000_000];

describe.skipIf(lacks('gpg', 'zstd'))('a sealed bundle', () => {
  let ops: TestKey;
  let escrow: TestKey;
  beforeAll(async () => {
    [ops, escrow] = await Promise.all([makeKey({ name: 'ops' }), makeKey({ name: 'escrow' })]);
  });

  describe.each(MATRIX)('written by $writer, read by $reader', ({ writer, reader }) => {
    it.each(SIZES)('holds %i random bytes', async (size) => {
      const raw = randomBytes(size);
      const bundle = await seal(raw, { engine: writer, recipients: [ops.publicFile, escrow.publicFile] });
      for (const key of [ops, escrow]) {
        const opened = await open(await opener({ files: [key.privateFile] }, reader), bundle);
        valueOf(opened.outcome);
        expect(opened.raw.equals(raw)).toBe(true);
      }
    });

    it('holds what compresses to almost nothing, and what is not compressed', async () => {
      const raw = Buffer.alloc(5_000_000);
      for (const compression of [
        { type: 'none' },
        { type: 'zstd', level: 19 },
        { type: 'zstd', level: 22 },
      ] as const) {
        const bundle = await seal(raw, { engine: writer, recipients: [ops.publicFile], compression });
        const opened = await open(await opener({ armored: [ops.armored] }, reader), bundle);
        valueOf(opened.outcome);
        expect(opened.raw.equals(raw)).toBe(true);
      }
    });
  });

  it.each(ENGINES)('opens with stock tools when %s wrote it', async (engine) => {
    const raw = randomBytes(3_000_000);
    const { stagePath } = await seal(raw, { engine, recipients: [ops.publicFile] });
    const home = await mkdtemp('/tmp/gpg-stock-');
    const gpg = (...args: string[]) =>
      tools.run({ argv: ['gpg', '--homedir', home, '--batch', '-q', ...args] });
    valueOf(await gpg('--import', ops.privateFile));
    const compressed = freshPath('zst');
    expect(valueOf(await gpg('-o', compressed, '-d', stagePath)).exitCode).toBe(0);
    const listed = valueOf(await tools.run({ argv: ['zstd', '-l', '-v', compressed] })).stdout.toString();
    expect(listed).toMatch(/Check: XXH64/);
    expect(listed).toMatch(/# Zstandard Frames: 1\n/);
    const plain = valueOf(await tools.run({ argv: ['zstd', '-d', '-c', compressed] })).stdout;
    expect(plain.equals(raw)).toBe(true);
    await tools.run({ argv: ['gpgconf', '--homedir', home, '--kill', 'all'] });
    await rm(home, { recursive: true, force: true });
  });

  it.each(ENGINES)('is staged private, with digests of its beginnings, by %s', async (engine) => {
    const { sealed, ciphertext, stagePath } = await seal(randomBytes(20_000_000), {
      engine,
      recipients: [ops.publicFile],
    });
    expect((await stat(stagePath)).mode & 0o777).toBe(0o600);
    expect(sealed.bytes).toBe(ciphertext.length);
    const sha256 = (end: number) => createHash('sha256').update(ciphertext.subarray(0, end)).digest('hex');
    expect(sealed.prefixes.every).toBe(PREFIX_EVERY_BYTES);
    const ends = [PREFIX_EVERY_BYTES, 2 * PREFIX_EVERY_BYTES, ciphertext.length];
    expect(sealed.prefixes.digests).toEqual(ends.map(sha256));
    expect(sealed.sha256).toBe(sha256(ciphertext.length));
  });

  it.each(ENGINES)('differs each time %s writes the same', async (engine) => {
    const raw = Buffer.alloc(100_000, 'same');
    const sealing = { engine, recipients: [ops.publicFile], compression: { type: 'none' } as const };
    const [first, second] = [await seal(raw, sealing), await seal(raw, sealing)];
    const start = 200;
    const equal = first.ciphertext
      .subarray(start)
      .filter((byte, index) => byte === second.ciphertext[start + index]);
    expect(equal.length).toBeLessThan(first.ciphertext.length / 100);
  });

  it('goes into an upload as it goes into a file, and leaves its end to others', async () => {
    const raw = randomBytes(3_000_000);
    const upload = recordedUpload(ok());
    const sealer = valueOf(
      await cryptography.sealer({ name: 'main', recipients: [ops.publicFile], engine: 'auto' }),
    );
    const { bytes, sha256, prefixes } = valueOf(
      await sealer.seal({
        source: { kind: 'bytes', bytes: pieces(raw) },
        output: { kind: 'upload', upload },
        compression: { type: 'zstd', level: 1 },
        signal: never,
      }),
    );
    const ciphertext = Buffer.concat(upload.chunks);
    expect(upload.ends).toEqual([]);
    expect(bytes).toBe(ciphertext.length);
    expect(sha256).toBe(createHash('sha256').update(ciphertext).digest('hex'));
    const expected = { bytes, sha256, prefixes, compression: 'zstd', rawBytes: raw.length } as const;
    const opened = await open(await opener({ files: [ops.privateFile] }), { ciphertext, expected });
    expect(opened.raw.equals(raw)).toBe(true);
  });

  it('reports its source for the adapter to judge', async () => {
    const sealer = valueOf(
      await cryptography.sealer({ name: 'main', recipients: [ops.publicFile], engine: 'auto' }),
    );
    const sealed = valueOf(
      await sealer.seal({
        source: {
          kind: 'command',
          command: { argv: ['sh', '-c', 'echo half; echo broken >&2; exit 3'] },
          tap: { tailBytes: 3 },
        },
        output: { kind: 'file', path: freshPath('stage') },
        compression: { type: 'zstd', level: 1 },
        signal: never,
      }),
    );
    expect(sealed.source).toMatchObject({ sourceBytes: 5, source: { exitCode: 3, stderr: 'broken\n' } });
    expect(sealed.source.tail?.toString()).toBe('lf\n');
  });

  it('replaces nothing that lies at its place', async () => {
    const stagePath = freshPath('taken');
    await writeFile(stagePath, 'precious');
    const sealer = valueOf(
      await cryptography.sealer({ name: 'main', recipients: [ops.publicFile], engine: 'auto' }),
    );
    const source = { kind: 'bytes' as const, bytes: pieces(Buffer.from('x')) };
    failureIn(
      await sealer.seal({
        source,
        output: { kind: 'file', path: stagePath },
        compression: { type: 'none' },
        signal: never,
      }),
    );
    expect(await readFile(stagePath, 'utf8')).toBe('precious');
  });

  it('leaves nothing in the scratch directory', async () => {
    const bundle = await seal(randomBytes(1000), { engine: 'gpg', recipients: [ops.publicFile] });
    valueOf((await open(await opener({ files: [ops.privateFile] }, 'gpg'), bundle)).outcome);
    expect(await readdir(scratchDirectory)).toEqual([]);
  });

  it('goes to a consumer that is judged by the caller', async () => {
    const raw = Buffer.alloc(80_000_000, 'line\n');
    const bundle = await seal(raw, { engine: 'gpg', recipients: [ops.publicFile] });
    const from = await opener({ files: [ops.privateFile] });
    const request = { expected: bundle.expected, signal: never };
    const deliver = (...argv: [string, ...string[]]) =>
      from.open({
        ...request,
        ciphertext: objectBytes(bundle.ciphertext),
        sink: { kind: 'command', command: { argv } },
      });
    const counted = valueOf(await deliver('sh', '-c', 'wc -c; exit 1'));
    expect(counted.sink).toMatchObject({ exitCode: 1, stderr: '80000000\n' });
    const reason = failureIn(await deliver('sh', '-c', 'head -c 5 >/dev/null; echo no room >&2; exit 2'));
    expect(reason).toMatchObject({ code: 'RESTORE_FAILED', toolOutput: 'no room\n' });
    expect(failureIn(await deliver('head', '-c', '5')).code).toBe('CORRUPT');
  });

  it('goes to a private file, which exists only when all was right', async () => {
    const raw = randomBytes(1_000_000);
    const bundle = await seal(raw, { engine: 'openpgp', recipients: [ops.publicFile] });
    const from = await opener({ files: [ops.privateFile] });
    const file = freshPath('restored');
    const request = { expected: bundle.expected, sink: { kind: 'file' as const, path: file }, signal: never };
    const damaged = Buffer.from(bundle.ciphertext);
    damaged[damaged.length - 1]! ^= 1;
    failureIn(await from.open({ ...request, ciphertext: objectBytes(damaged) }));
    expect(existsSync(file)).toBe(false);
    valueOf(await from.open({ ...request, ciphertext: objectBytes(bundle.ciphertext) }));
    expect((await readFile(file)).equals(raw)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('holds any bytes', async () => {
    const from = await opener({ files: [ops.privateFile] });
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 5_000 }),
        fc.constantFrom(...ENGINES),
        async (raw, engine) => {
          const bundle = await seal(raw, { engine, recipients: [ops.publicFile] });
          expect((await open(from, bundle)).raw.equals(raw)).toBe(true);
        },
      ),
      { numRuns: 10 },
    );
  });
});

describe.skipIf(lacks('gpg', 'zstd'))('a seal that fails', () => {
  it.each([
    ['zstd', 'zstd was killed by SIGKILL'],
    ['gpg', 'gpg was killed by SIGKILL'],
  ])('because %s was killed removes its stage', async (victim, message) => {
    const ops = await makeKey();
    await using fakes = await createFakeTools([victim]);
    const before = process.env['PATH'];
    const sealer = valueOf(
      await cryptography.sealer({ name: 'main', recipients: [ops.publicFile], engine: 'gpg' }),
    );
    process.env['PATH'] = `${fakes.binDirectory}:${before ?? ''}`;
    try {
      const stagePath = freshPath('stage');
      const sealing = sealer.seal({
        source: { kind: 'command', command: { argv: ['yes'] } },
        output: { kind: 'file', path: stagePath },
        compression: { type: 'zstd', level: 3 },
        signal: never,
      });
      (await fakes.started(victim)).die('SIGKILL');
      expect(failureIn(await sealing)).toMatchObject({ code: 'STAGE_FAILED', message });
      expect(existsSync(stagePath)).toBe(false);
      expect(await readdir(scratchDirectory)).toEqual([]);
    } finally {
      process.env['PATH'] = before;
    }
  });

  it.each<[string, Result<void>]>([
    ['takes no more', failed(failure('TARGET_FULL', 'no space left'))],
    ['takes everything, from a source that breaks off', ok()],
  ])('into an upload that %s aborts it', async (_, answer) => {
    const ops = await makeKey();
    const upload = recordedUpload(answer);
    const sealer = valueOf(
      await cryptography.sealer({ name: 'main', recipients: [ops.publicFile], engine: 'auto' }),
    );
    const sealing = await sealer.seal({
      source: answer.ok
        ? { kind: 'file', path: '/nowhere' }
        : { kind: 'bytes', bytes: pieces(randomBytes(4_000_000)) },
      output: { kind: 'upload', upload },
      compression: { type: 'zstd', level: 1 },
      signal: never,
    });
    expect(sealing.ok).toBe(false);
    if (!answer.ok) expect(failureIn(sealing).code).toBe('TARGET_FULL');
    expect(upload.ends).toEqual(['abort']);
  });

  it('because it was interrupted removes its stage', async () => {
    const ops = await makeKey();
    await using fakes = await createFakeTools(['source']);
    const stop = new AbortController();
    const sealer = valueOf(
      await cryptography.sealer({ name: 'main', recipients: [ops.publicFile], engine: 'openpgp' }),
    );
    const stagePath = path.join(path.dirname(freshPath()), 'interrupted');
    const sealing = sealer.seal({
      source: { kind: 'command', command: { argv: [`${fakes.binDirectory}/source`] } },
      output: { kind: 'file', path: stagePath },
      compression: { type: 'none' },
      signal: stop.signal,
    });
    await (await fakes.started('source')).stdout(Buffer.alloc(500_000));
    stop.abort();
    expect(failureIn(await sealing).code).toBe('INTERRUPTED');
    expect(existsSync(stagePath)).toBe(false);
  });
});

interface RecordedUpload extends ObjectUpload {
  readonly chunks: Buffer[];
  readonly ends: ('finish' | 'abort')[];
}

/** Keeps what it gets and how it was ended; gives `answer` to every write. */
function recordedUpload(answer: Result<void>): RecordedUpload {
  const chunks: Buffer[] = [];
  const ends: ('finish' | 'abort')[] = [];
  return {
    chunks,
    ends,
    write: (chunk) => {
      chunks.push(Buffer.from(chunk));
      return Promise.resolve(answer);
    },
    finish: () => {
      ends.push('finish');
      return Promise.resolve(ok('created'));
    },
    abort: () => {
      ends.push('abort');
      return Promise.resolve();
    },
  };
}
