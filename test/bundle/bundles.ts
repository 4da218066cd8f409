import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import { createCryptography } from '../../src/bundle/cryptography.ts';
import { generateKey } from '../../src/bundle/generate-key.ts';
import type { KeyRequest } from '../../src/bundle/generate-key.ts';
import type { Engine } from '../../src/bundle/engine.ts';
import { createOpener } from '../../src/bundle/open.ts';
import { createSessionKeys } from '../../src/bundle/session-key.ts';
import type {
  OpenRequest,
  Opener,
  PrivateKeySource,
  SealRequest,
  Sealed,
} from '../../src/domain/cryptography.ts';
import type { PipelineOutcome } from '../../src/domain/pipeline.ts';
import { ok } from '../../src/domain/result.ts';
import type { Result } from '../../src/domain/result.ts';
import type { ObjectBytes } from '../../src/domain/target.ts';
import { createMasker } from '../../src/platform/masker.ts';
import { createPipelines } from '../../src/platform/pipeline.ts';
import { createTools } from '../../src/platform/tools.ts';
import { valueOf } from '../support/results.ts';

export const never = new AbortController().signal;
const masker = createMasker();
export const pipelines = createPipelines({ masker, killGraceMs: 500 });
export const tools = createTools({ masker, killGraceMs: 500 });

export const directory = mkdtempSync(path.join(tmpdir(), 'bundle-test-'));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Private folders of gpg appear here, and must all be gone after each use. */
export const scratchDirectory = path.join(directory, 'scratch');
export const cryptography = createCryptography({ pipelines, tools, scratchDirectory });

let counter = 0;

export function freshPath(name = 'file'): string {
  counter += 1;
  return path.join(directory, `${String(counter)}-${name}`);
}

export interface TestKey {
  readonly publicFile: string;
  readonly privateFile: string;
  readonly fingerprint: string;
  readonly armored: string;
}

export async function makeKey(request: Partial<KeyRequest> = {}): Promise<TestKey> {
  const made = await generateKey({ name: 'test', kind: 'recipient', ...request });
  const [publicFile, privateFile] = [freshPath('public.asc'), freshPath('private.asc')];
  await writeFile(publicFile, made.publicKey);
  await writeFile(privateFile, made.privateKey, { mode: 0o600 });
  return { publicFile, privateFile, fingerprint: made.fingerprint, armored: made.privateKey };
}

export interface Bundle {
  readonly ciphertext: Buffer;
  readonly expected: OpenRequest['expected'];
  readonly sealed: Sealed;
  readonly stagePath: string;
}

export interface Sealing {
  readonly engine: Engine;
  readonly recipients: readonly string[];
  readonly compression?: SealRequest['compression'];
}

/** Seals bytes and reads the staged file back. */
export async function seal(raw: Uint8Array, { engine, recipients, compression }: Sealing): Promise<Bundle> {
  const sealer = valueOf(await cryptography.sealer({ name: 'main', recipients, engine }));
  const stagePath = freshPath('stage');
  const sealed = valueOf(
    await sealer.seal({
      source: { kind: 'bytes', bytes: pieces(raw) },
      output: { kind: 'file', path: stagePath },
      compression: compression ?? { type: 'zstd', level: 3 },
      signal: never,
    }),
  );
  const { bytes, sha256, prefixes } = sealed;
  const type = compression?.type ?? 'zstd';
  return {
    ciphertext: await readFile(stagePath),
    expected: { bytes, sha256, prefixes, compression: type, rawBytes: raw.length },
    sealed,
    stagePath,
  };
}

export async function opener(keys: Partial<PrivateKeySource>, engine?: Engine): Promise<Opener> {
  const source = { files: [], armored: [], keyring: false, ...keys };
  const sessionKeys = valueOf(await createSessionKeys(source));
  return createOpener({
    sessionKeys,
    pipelines,
    tools,
    scratchDirectory,
    ...(engine === undefined ? {} : { engine }),
  });
}

/** Opens into memory. */
export async function open(
  from: Opener,
  { ciphertext, expected }: Pick<Bundle, 'ciphertext' | 'expected'>,
): Promise<{ readonly outcome: Result<PipelineOutcome>; readonly raw: Buffer }> {
  const chunks: Buffer[] = [];
  const outcome = await from.open({
    ciphertext: objectBytes(ciphertext),
    expected,
    sink: {
      kind: 'bytes',
      consume: async (bytes) => {
        for await (const chunk of bytes) chunks.push(chunk);
        return ok();
      },
    },
    signal: never,
  });
  return { outcome, raw: Buffer.concat(chunks) };
}

export function objectBytes(bytes: Buffer): ObjectBytes {
  return { size: bytes.length, bytes: pieces(bytes), failure: () => undefined };
}

/** In portions as a file would be read. */
export async function* pieces(bytes: Uint8Array, size = 100_000): AsyncGenerator<Buffer> {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let offset = 0; offset < whole.length; offset += size) yield whole.subarray(offset, offset + size);
}
