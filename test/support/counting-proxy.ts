import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** What a client sends is counted in pieces, as they arrive: about one for each request or packet. */
export interface CountingProxy {
  readonly port: number;
  /** Counts anew, and calls `action` when the n-th piece arrives: before it goes on, or once it was answered. */
  strikeAt(n: number, moment: 'before' | 'after', action: () => void): void;
  /** Since the last `strikeAt`. */
  count(): number;
  close(): Promise<void>;
}

interface Strike {
  readonly at: number;
  readonly moment: 'before' | 'after';
  readonly action: () => void;
}

/** A TCP proxy on loopback that tells when a client is at a certain point of what it does. */
export async function startCountingProxy(upstream: number): Promise<CountingProxy> {
  const sockets = new Set<Socket>();
  let count = 0;
  let strike: Strike | undefined;
  let isAwaitingAnswer = false;

  function hit(): void {
    const { action } = strike ?? {};
    strike = undefined;
    isAwaitingAnswer = false;
    action?.();
  }

  /** Whether it goes on. */
  function admit(): boolean {
    count += 1;
    if (count !== strike?.at) return true;
    if (strike.moment === 'after') {
      isAwaitingAnswer = true;
      return true;
    }
    hit();
    return false;
  }

  const server = createServer({ noDelay: true }, (client) => {
    const far = connect({ host: '127.0.0.1', port: upstream, noDelay: true });
    for (const [own, other] of [
      [client, far],
      [far, client],
    ] as const) {
      sockets.add(own);
      own.on('error', () => other.destroy());
      own.on('close', () => {
        sockets.delete(own);
        other.destroy();
      });
    }
    client.on('data', (piece) => {
      if (admit()) far.write(piece);
      else client.destroy();
    });
    far.on('data', (piece) => {
      if (isAwaitingAnswer) {
        hit();
        client.destroy();
      } else client.write(piece);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    strikeAt: (at, moment, action) => {
      count = 0;
      isAwaitingAnswer = false;
      strike = { at, moment, action };
    },
    count: () => count,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
