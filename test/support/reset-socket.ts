import type { Socket } from 'node:net';

/** Ends a connection with RST at once, where `resetAndDestroy` sends FIN first. */
export function resetSocket(socket: Socket): void {
  Object.assign(socket, { resetAndClosing: true });
  socket.destroy();
}
