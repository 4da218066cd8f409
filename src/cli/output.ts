import type { EventEmitter } from 'node:events';

/**
 * A reader may stop reading (`list | head -1`): that is no error, and what runs goes on without an
 * audience. Anything else that keeps output from being written is passed on.
 */
export function tolerateClosedPipe(stream: EventEmitter, onError: (error: Error) => void): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') onError(error);
  });
}
