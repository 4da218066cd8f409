import { rm } from 'node:fs/promises';
import type { OpenRequest, Opener } from '../domain/cryptography.ts';
import type { Tools } from '../domain/command.ts';
import { failure } from '../domain/failure.ts';
import type { Failure } from '../domain/failure.ts';
import type { PipelineOutcome, PipelineSource, PipelineStage, Pipelines } from '../domain/pipeline.ts';
import { failed, ok } from '../domain/result.ts';
import type { Result } from '../domain/result.ts';
import { checkedPieces } from './checked-pieces.ts';
import type { Engine } from './engine.ts';
import { withGpgHome } from './gpg-home.ts';
import { gpgDecryptStage } from './gpg-stage.ts';
import { judgeOpening } from './judge-opening.ts';
import { decryptBytes, decryptStream } from './openpgp-stream.ts';
import type { SessionKeys } from './session-key.ts';
import { decompressStage, zstdReports } from './zstd-stage.ts';

export interface OpenerSettings {
  readonly sessionKeys: SessionKeys;
  readonly pipelines: Pipelines;
  readonly tools: Tools;
  readonly scratchDirectory: string;
  /** Who decrypts; by default gpg for what is large, where it is installed. */
  readonly engine?: Engine;
}

export function createOpener(settings: OpenerSettings): Opener {
  return {
    async open(request) {
      const opened = await openChecked(settings, request);
      if (!opened.ok && request.sink.kind === 'file') await rm(request.sink.path, { force: true });
      return opened;
    },
  };
}

/** Compares the ciphertext with its record, and lets nothing but compared bytes through. */
async function openChecked(settings: OpenerSettings, request: OpenRequest): Promise<Result<PipelineOutcome>> {
  const stop = new AbortController();
  let fault: Failure | undefined;
  const pieces = checkedPieces(request.ciphertext, request.expected, (reason) => {
    fault = reason;
    stop.abort();
  });
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const opened = await openMessage(settings, { ...request, signal, pieces });
  return fault === undefined ? opened : failed(fault);
}

export interface MessageRequest extends Omit<OpenRequest, 'ciphertext'> {
  /** The ciphertext, in order; what is wrong with it must have been noticed by whoever passes it. */
  readonly pieces: AsyncIterable<Buffer>;
}

/** Starting gpg costs more than decrypting this much here. */
const SMALL_BYTES = 32 * 1_048_576;

/** Decrypts, decompresses and delivers; ok only with every proof that the tools can give. */
export async function openMessage(
  settings: OpenerSettings,
  request: MessageRequest,
): Promise<Result<PipelineOutcome>> {
  const iterator = request.pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  const start = first.done === true ? Buffer.alloc(0) : first.value;
  const sessionKey = await settings.sessionKeys.find(start, request.laterKeys);
  if (!sessionKey.ok) {
    await iterator.return?.();
    return sessionKey;
  }
  const opening: Opening = {
    settings,
    request,
    sessionKey: sessionKey.value,
    pieces: resumed(start, iterator),
  };
  if ((await engineFor(settings, request)) === 'openpgp') return openHere(opening);
  return withGpgHome(settings.scratchDirectory, (home) =>
    deliver(opening, { kind: 'bytes', bytes: opening.pieces }, [gpgDecryptStage(home, opening.sessionKey)]),
  );
}

interface Opening {
  readonly settings: OpenerSettings;
  readonly request: MessageRequest;
  readonly sessionKey: Uint8Array;
  readonly pieces: AsyncIterable<Buffer>;
}

async function engineFor({ engine, tools }: OpenerSettings, { expected }: MessageRequest): Promise<Engine> {
  if (engine !== undefined) return engine;
  if (expected.bytes < SMALL_BYTES) return 'openpgp';
  return (await tools.find('gpg')) === undefined ? 'openpgp' : 'gpg';
}

/** Decrypts in this process: at once what is small, so that nothing is delivered before the MDC has been seen. */
async function openHere(opening: Opening): Promise<Result<PipelineOutcome>> {
  const { request, sessionKey, pieces } = opening;
  let damage: unknown;
  const stop = new AbortController();
  const plain = async function* () {
    try {
      if (request.expected.bytes < SMALL_BYTES) yield await decryptBytes(await collect(pieces), sessionKey);
      else yield* decryptStream(pieces, sessionKey);
    } catch (error) {
      damage = error;
      stop.abort();
    }
  };
  const signal = AbortSignal.any([request.signal, stop.signal]);
  const source = { kind: 'bytes' as const, bytes: plain() };
  const opened = await deliver({ ...opening, request: { ...request, signal } }, source, []);
  return damage === undefined ? opened : failed(failure('CORRUPT', 'the bundle does not decrypt'));
}

async function deliver(
  { settings, request }: Opening,
  source: PipelineSource,
  decrypt: readonly PipelineStage[],
): Promise<Result<PipelineOutcome>> {
  const { expected, signal, sink, idleTimeoutMs } = request;
  const report = await countsByReport(settings, request);
  const ended = await settings.pipelines.run({
    source,
    stages: [...decrypt, ...(expected.compression === 'zstd' ? [decompressStage({ report })] : [])],
    sink: sink.kind === 'command' && !report ? { ...sink, tap: sink.tap ?? COUNT } : sink,
    signal,
    maxSinkBytes: expected.rawBytes,
    ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
  });
  if (!ended.ok) return ended.failure.code === 'SIZE_LIMIT' ? failed(tooLarge(expected.rawBytes)) : ended;
  const reason = judgeOpening(ended.value, expected.rawBytes);
  return reason === undefined ? ok(ended.value) : failed(reason);
}

const COUNT = { tailBytes: 0 };

/** From here on a detour of the plaintext through this process would take longer than asking zstd. */
const LARGE_BYTES = 64 * 1_048_576;

/** The exact size counts as proof. A consumer's bytes pass Node to be counted, unless zstd can be asked. */
async function countsByReport(
  { pipelines }: OpenerSettings,
  { sink, expected }: MessageRequest,
): Promise<boolean> {
  if (sink.kind !== 'command' || sink.tap !== undefined) return false;
  if (expected.compression !== 'zstd' || expected.rawBytes < LARGE_BYTES) return false;
  return zstdReports(pipelines);
}

function tooLarge(rawBytes: number): Failure {
  return failure('CORRUPT', `the bundle holds more than the ${String(rawBytes)} bytes that its record says`);
}

async function* resumed(start: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield start;
    for (;;) {
      const step = await rest.next();
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    await rest.return?.();
  }
}

async function collect(pieces: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const piece of pieces) chunks.push(Buffer.from(piece));
  return Buffer.concat(chunks);
}
