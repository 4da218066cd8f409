import { Socket } from 'node:net';

/** Node's end of a pipe. Read and written through the event loop's poll, so no thread blocks on it. */
export interface PipeReader extends AsyncIterable<Buffer> {
  /** Ends the iteration with an error and gives the writer a broken pipe. */
  destroy(): void;
}

export interface PipeWriter {
  /**
   * Writes all bytes, one chunk at a time, and closes the pipe. Ends early, without an error, when
   * the reader has gone or `destroy` was called; what `bytes` throws is thrown.
   */
  writeAll(bytes: AsyncIterable<Uint8Array>): Promise<void>;
  destroy(): void;
}

export function openReader(fd: number, onBytes?: (count: number) => void): PipeReader {
  const socket = new Socket({ fd, readable: true, writable: false });
  socket.on('error', ignoreError);
  return {
    async *[Symbol.asyncIterator]() {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        onBytes?.(chunk.length);
        yield chunk;
      }
    },
    destroy: () => void socket.destroy(),
  };
}

export function openWriter(fd: number, onBytes?: (count: number) => void): PipeWriter {
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.on('error', ignoreError);
  let wake: (() => void) | undefined;
  socket.once('close', () => wake?.());

  /** The next chunk, or undefined as soon as the pipe is closed: a source may be silent for ever. */
  const next = (iterator: AsyncIterator<Uint8Array>) =>
    new Promise<IteratorResult<Uint8Array> | undefined>((resolve, reject) => {
      wake = () => {
        resolve(undefined);
      };
      if (socket.closed || socket.destroyed) wake();
      else iterator.next().then(resolve, reject);
    });

  return {
    async writeAll(bytes) {
      const iterator = bytes[Symbol.asyncIterator]();
      try {
        for (;;) {
          const step = await next(iterator);
          if (step === undefined) return;
          if (step.done === true) break;
          if (!(await write(socket, step.value))) return;
          onBytes?.(step.value.length);
        }
        await finish(socket);
      } finally {
        socket.destroy();
        // A generator that waits inside cannot be returned from until it wakes: never awaited.
        iterator.return?.().catch(ignoreError);
      }
    },
    destroy: () => void socket.destroy(),
  };
}

/** A socket that was destroyed never says that it has finished. */
function finish(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed) resolve();
    socket.once('close', resolve);
    socket.end(resolve);
  });
}

/** False once the reader has gone. Settles when the kernel has the bytes, so a chunk may be reused. */
function write(socket: Socket, chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    socket.write(chunk, (error) => {
      resolve(error === null || error === undefined);
    });
  });
}

/** A broken pipe shows in the outcome of the child that broke it. */
function ignoreError(): void {}
