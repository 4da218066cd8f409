import { randomBytes } from 'node:crypto';
import { ReadableStream } from 'node:stream/web';
import { createMessage, decrypt, encrypt, readMessage } from 'openpgp';
import type { Key, Message } from 'openpgp';

/** What the library takes is bytes or a web stream of them; its declaration of streams cannot be resolved. */
type Binary = Uint8Array;

/** Encrypts in this process, in the same form as gpg does. Memory does not grow with the input. */
export async function* encryptStream(
  bytes: AsyncIterable<Uint8Array>,
  keys: readonly Key[],
): AsyncGenerator<Buffer> {
  yield* fromStream(await encryptAny(toStream(bytes), keys));
}

export async function encryptBytes(bytes: Uint8Array, keys: readonly Key[]): Promise<Buffer> {
  return asBuffer(await encryptAny(new Uint8Array(bytes), keys));
}

/** Resolves to a stream for a stream and to bytes for bytes. */
async function encryptAny(binary: Binary, keys: readonly Key[]): Promise<unknown> {
  const message: unknown = await createMessage({ binary, format: 'binary' });
  const options = { encryptionKeys: [...keys], sessionKey: newSessionKey(), format: 'binary' as const };
  return encrypt({ message: message as Message<Uint8Array>, ...options });
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
  yield* fromStream(await decryptAny(toStream(bytes), sessionKey));
}

export async function decryptBytes(bytes: Uint8Array, sessionKey: Uint8Array): Promise<Buffer> {
  return asBuffer(await decryptAny(new Uint8Array(bytes), sessionKey));
}

async function decryptAny(binaryMessage: Binary, sessionKey: Uint8Array): Promise<unknown> {
  const config = { allowUnauthenticatedStream: true };
  const message: unknown = await readMessage({ binaryMessage, config });
  const options = {
    sessionKeys: [{ data: sessionKey, algorithm: 'aes256' as const }],
    format: 'binary' as const,
    config,
  };
  const opened: unknown = await decrypt({ message: message as Message<Uint8Array>, ...options });
  return (opened as { readonly data: unknown }).data;
}

/** The library's ciphers cost the same per call: small chunks are joined. */
const CHUNK_BYTES = 1_048_576;

function toStream(bytes: AsyncIterable<Uint8Array>): Binary {
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
  return stream as unknown as Binary;
}

async function* joined(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, undefined> {
  let held: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    // Kept beyond the next one, while its memory may be used again.
    held.push(chunk.length < CHUNK_BYTES ? Uint8Array.from(chunk) : chunk);
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

async function* fromStream(stream: unknown): AsyncGenerator<Buffer> {
  for await (const chunk of stream as ReadableStream<Uint8Array>) yield asBuffer(chunk);
}

function asBuffer(bytes: unknown): Buffer {
  const { buffer, byteOffset, byteLength } = bytes as Uint8Array;
  return Buffer.from(buffer, byteOffset, byteLength);
}
