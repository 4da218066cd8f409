import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { resetSocket } from './reset-socket.ts';
import { createFaultyLane, type LaneFault } from './faulty-lane.ts';

/** What one connection suffers. `up` is from the client to the server, `down` the other way. */
export interface ConnectionFault {
  readonly up?: LaneFault;
  readonly down?: LaneFault;
  /** How many further connections suffer it; all where absent. */
  readonly times?: number;
}

/** A TCP proxy on loopback in front of any server, whose link a test disturbs at will. */
export interface FaultProxy {
  readonly host: string;
  readonly port: number;
  /** The next connections that no earlier call has claimed suffer this. */
  inject(fault: ConnectionFault): void;
  /** No fault any more for new connections. */
  heal(): void;
  /** Live connections and new ones are accepted and swallowed until `restore`. */
  stall(): void;
  /** Every connection is reset and new ones are refused, until `restore`. */
  cut(): Promise<void>;
  /** Ends `cut` and `stall`; what they swallowed is lost, so connections of a stall are reset. */
  restore(): Promise<void>;
  /** Resets what is connected now; new connections are welcome. A client may see it as an early end. */
  resetAll(): void;
  /** Connections accepted so far. */
  accepted(): number;
  /** Connections that are open now. */
  open(): number;
  /** Bytes that have been passed on so far. */
  passed(): { readonly up: number; readonly down: number };
  /** Settles once that many bytes in all have been passed on in that direction. */
  untilPassed(direction: 'up' | 'down', bytes: number): Promise<void>;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';

/** Starts a proxy in front of `upstream`. */
export async function startFaultProxy(upstream: {
  readonly host?: string;
  readonly port: number;
}): Promise<FaultProxy> {
  const state: State = {
    upstream: { host: upstream.host ?? HOST, port: upstream.port },
    faults: [],
    pairs: new Set(),
    passed: { up: 0, down: 0 },
    waiters: new Set(),
    accepted: 0,
    isStalled: false,
  };
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    accept(state, client);
  });
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;
  return { host: HOST, port, ...controls(state, server, port) };
}

interface State {
  readonly upstream: { readonly host: string; readonly port: number };
  faults: { readonly fault: ConnectionFault; left: number }[];
  readonly pairs: Set<Pair>;
  readonly passed: { up: number; down: number };
  readonly waiters: Set<() => void>;
  accepted: number;
  isStalled: boolean;
}

interface Pair {
  readonly client: Socket;
  readonly server?: Socket;
}

function controls(state: State, server: Server, port: number): Omit<FaultProxy, 'host' | 'port'> {
  const resetAll = (): void => {
    for (const pair of [...state.pairs]) reset(pair);
  };
  const stopListening = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    resetAll();
    await closed;
  };
  return {
    inject: (fault) => state.faults.push({ fault, left: fault.times ?? Infinity }),
    heal: () => {
      state.faults = [];
    },
    stall: () => {
      state.isStalled = true;
    },
    cut: stopListening,
    restore: async () => {
      if (state.isStalled) resetAll();
      state.isStalled = false;
      if (!server.listening) await listen(server, port);
    },
    resetAll,
    accepted: () => state.accepted,
    open: () => state.pairs.size,
    passed: () => ({ ...state.passed }),
    untilPassed: (direction, bytes) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (state.passed[direction] < bytes) return;
          state.waiters.delete(check);
          resolve();
        };
        state.waiters.add(check);
        check();
      }),
    close: stopListening,
  };
}

function accept(state: State, client: Socket): void {
  state.accepted += 1;
  client.on('error', () => undefined);
  if (state.isStalled) {
    const pair = { client };
    state.pairs.add(pair);
    client.on('close', () => state.pairs.delete(pair)).resume();
    return;
  }
  const fault = nextFault(state);
  const server = connect({ ...state.upstream, allowHalfOpen: true, noDelay: true });
  const pair = { client, server };
  state.pairs.add(pair);
  server.on('error', () => {
    reset(pair);
  });
  const done = (): void => {
    if (!client.destroyed || !server.destroyed) return;
    state.pairs.delete(pair);
  };
  client.on('close', () => {
    if (!client.readableEnded) server.destroy();
    done();
  });
  server.on('close', done);
  const lane = (direction: 'up' | 'down', from: Socket, to: Socket): void => {
    createFaultyLane(from, to, {
      fault: fault?.[direction] ?? {},
      isStalled: () => state.isStalled,
      passed: (bytes) => {
        state.passed[direction] += bytes;
        for (const check of [...state.waiters]) check();
      },
      reset: () => {
        reset(pair);
      },
    });
  };
  lane('up', client, server);
  lane('down', server, client);
}

function nextFault(state: State): ConnectionFault | undefined {
  const entry = state.faults.find(({ left }) => left > 0);
  if (entry === undefined) return undefined;
  entry.left -= 1;
  return entry.fault;
}

function reset({ client, server }: Pair): void {
  resetSocket(client);
  if (server !== undefined) resetSocket(server);
}

async function listen(server: Server, port: number): Promise<void> {
  server.listen(port, HOST);
  await once(server, 'listening');
}
