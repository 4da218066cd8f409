import { randomBytes } from 'node:crypto';
import { ReadableStream } from 'node:stream/web';
import { createMessage, decrypt, encrypt, readMessage } from 'openpgp';
import type { Key, WebStream } from 'openpgp';

/** Encrypts in this process, in the same form as gpg does. Memory does not grow with the input. */
export async function* encryptStream(
  bytes: AsyncIterable<Uint8Array>,
  keys: readonly Key[],
): AsyncGenerator<Buffer> {
  const message = await createMessage({ binary: toStream(bytes), format: 'binary' });
  const encrypted = await encrypt({
    message,
    encryptionKeys: [...keys],
    sessionKey: newSessionKey(),
    format: 'binary',
  });
  yield* fromStream(encrypted as unknown as ReadableStream<Uint8Array>);
}

export async function encryptBytes(bytes: Uint8Array, keys: readonly Key[]): Promise<Buffer> {
  const message = await createMessage({ binary: new Uint8Array(bytes), format: 'binary' });
  const encrypted = await encrypt({
    message,
    encryptionKeys: [...keys],
    sessionKey: newSessionKey(),
    format: 'binary',
  });
  return Buffer.from(encrypted);
}

/** Given explicitly, because otherwise the library would choose AEAD where all recipients announce it. */
function newSessionKey() {
  return { data: new Uint8Array(randomBytes(32)), algorithm: 'aes256' as const };
}

/**
 * Decrypts while it reads: the caller must have compared the ciphertext with a signed digest. Throws
 * where the message is damaged, at the latest at its end.
 */
export async function* decryptStream(
  bytes: AsyncIterable<Uint8Array>,
  sessionKey: Uint8Array,
): AsyncGenerator<Buffer> {
  const message = await readMessage({ binaryMessage: toStream(bytes), config: STREAMING });
  const { data } = await decrypt({ message, ...withKey(sessionKey), format: 'binary', config: STREAMING });
  yield* fromStream(data as unknown as ReadableStream<Uint8Array>);
}

export async function decryptBytes(bytes: Uint8Array, sessionKey: Uint8Array): Promise<Buffer> {
  const message = await readMessage({ binaryMessage: new Uint8Array(bytes) });
  const { data } = await decrypt({ message, ...withKey(sessionKey), format: 'binary' });
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

const STREAMING = { allowUnauthenticatedStream: true };

function withKey(sessionKey: Uint8Array) {
  return { sessionKeys: [{ data: sessionKey, algorithm: 'aes256' as const }] };
}

/** The library's ciphers cost the same per call: small chunks are joined. */
const CHUNK_BYTES = 1_048_576;

function toStream(bytes: AsyncIterable<Uint8Array>): WebStream<Uint8Array> {
  const iterator = joined(bytes);
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const step = await iterator.next();
        if (step.done === true) controller.close();
        else controller.enqueue(step.value);
      },
      async cancel() {
        await iterator.return(undefined);
      },
    },
    { highWaterMark: 0 },
  );
  return stream as unknown as WebStream<Uint8Array>;
}

async function* joined(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    held.push(chunk);
    size += chunk.length;
    if (size < CHUNK_BYTES) continue;
    yield join(held);
    held = [];
    size = 0;
  }
  if (size > 0) yield join(held);
  return undefined;
}

/** A plain Uint8Array of its own: the library transfers and reuses what it is given. */
function join(chunks: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(chunks));
}

async function* fromStream(stream: ReadableStream<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const chunk of stream) yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
