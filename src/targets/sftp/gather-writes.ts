import type { Socket } from 'node:net';

/**
 * Hands what is written in one turn of the event loop to the kernel at once. ssh2 writes length,
 * content and tag of every packet by themselves, and with TCP_NODELAY each would travel alone.
 * To be called after `connect`, which puts the socket's own method back.
 */
export function gatherWrites(socket: Socket): void {
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let isGathering = false;
  socket.write = (...args: unknown[]): boolean => {
    if (!isGathering) {
      isGathering = true;
      socket.cork();
      process.nextTick(() => {
        isGathering = false;
        socket.uncork();
      });
    }
    return write(...args);
  };
}
