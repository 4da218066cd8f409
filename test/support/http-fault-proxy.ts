import { once } from 'node:events';
import {
  Agent,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { applyFault, flipped, type HttpFaultAction, type RequestFacts } from './http-fault-actions.ts';

export interface HttpFault {
  /** Every part given must fit; all requests where absent. */
  readonly match?: RequestMatch;
  /** Fitting requests that pass undisturbed first. */
  readonly skip?: number;
  /** Fitting requests that suffer it then; 1 where absent. */
  readonly times?: number;
  readonly action: HttpFaultAction;
}

export interface RequestMatch {
  readonly method?: string;
  /** Against the path as it was sent, without the query. */
  readonly path?: RegExp | string;
  /** Names that the query must have, with that value where it is not `true`. */
  readonly query?: Readonly<Record<string, string | true>>;
}

/** An HTTP proxy in front of one server, such as an object store, that breaks what a test names. */
export interface HttpFaultProxy {
  /** What the client is configured with. The Host header goes on as it came, so signatures hold. */
  readonly endpoint: string;
  readonly port: number;
  /** Earlier faults come first; a request suffers at most one. */
  inject(...faults: readonly HttpFault[]): void;
  heal(): void;
  /** What has been asked for so far, in order of arrival. */
  readonly requests: readonly RequestFacts[];
  close(): Promise<void>;
}

export interface ProxyOptions {
  /** `http://127.0.0.1:PORT` of the real server. */
  readonly upstream: string;
  /** Serves TLS to the client, whatever the server speaks. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

export async function startHttpFaultProxy(options: ProxyOptions): Promise<HttpFaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const pending: Pending[] = [];
  const requests: RequestFacts[] = [];
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const facts = factsOf(request);
    requests.push(facts);
    const action = takeAction(pending, facts);
    const upstream = { url: new URL(options.upstream), agent };
    void serve({ request, response, facts, ...upstream, ...(action && { action }) });
  };
  const server =
    options.tls === undefined ? createServer(onRequest) : createTlsServer(options.tls, onRequest);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${String(port)}`,
    port,
    requests,
    inject: (...faults) => {
      pending.push(...faults.map((fault) => ({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 })));
    },
    heal: () => {
      pending.length = 0;
    },
    close: () => close(server, agent),
  };
}

interface Pending {
  readonly fault: HttpFault;
  skip: number;
  left: number;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly facts: RequestFacts;
  readonly url: URL;
  readonly agent: Agent;
  readonly action?: HttpFaultAction;
}

async function serve({ request, response, facts, url, agent, action }: Exchange): Promise<void> {
  request.on('error', () => undefined);
  response.on('error', () => undefined);
  if (action?.kind === 'hold') await action.until;
  if (action?.kind === 'answer' || action?.kind === 'hang') {
    request.resume();
    if (action.kind === 'hang') return;
    await once(request, 'end').catch(() => undefined);
    applyFault(action, response, { facts });
    return;
  }
  const forwarded = httpRequest({
    agent,
    host: url.hostname,
    port: url.port,
    method: facts.method,
    path: request.url,
    headers: forwardedHeaders(request.rawHeaders),
  });
  forwarded.on('response', (reply) => {
    applyFault(action ?? { kind: 'pass' }, response, {
      reply,
      facts: { ...facts, body: Buffer.concat(sent) },
    });
  });
  forwarded.on('error', () => response.destroy());
  response.on('close', () => {
    if (!response.writableFinished) forwarded.destroy();
  });
  const sent: Buffer[] = [];
  const body = action?.kind === 'flip-request' ? flipped(request, action.offset) : request;
  try {
    for await (const piece of body as AsyncIterable<Buffer>) {
      if (action?.kind === 'rewrite') sent.push(piece);
      if (!forwarded.write(piece)) await once(forwarded, 'drain').catch(() => undefined);
    }
    forwarded.end();
  } catch {
    // The client went away in the middle of its request.
    forwarded.destroy();
  }
}

/** All but `Expect`, which this side has answered already, and which no signature covers. */
function forwardedHeaders(raw: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const [name = '', value = ''] = raw.slice(index, index + 2);
    if (name.toLowerCase() !== 'expect') kept.push(name, value);
  }
  return kept;
}

function factsOf(request: IncomingMessage): RequestFacts {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  return {
    method: request.method ?? '',
    path,
    query: new URLSearchParams(query),
    headers: request.headers,
  };
}

function takeAction(pending: Pending[], facts: RequestFacts): HttpFaultAction | undefined {
  for (const entry of pending) {
    if (entry.left === 0 || !fits(entry.fault.match ?? {}, facts)) continue;
    if (entry.skip > 0) {
      entry.skip -= 1;
      continue;
    }
    entry.left -= 1;
    return entry.fault.action;
  }
  return undefined;
}

function fits({ method, path, query = {} }: RequestMatch, facts: RequestFacts): boolean {
  if (method !== undefined && method !== facts.method) return false;
  if (typeof path === 'string' && path !== facts.path) return false;
  if (path instanceof RegExp && !path.test(facts.path)) return false;
  return Object.entries(query).every(([name, value]) =>
    value === true ? facts.query.has(name) : facts.query.get(name) === value,
  );
}

async function close(server: Server, agent: Agent): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  agent.destroy();
  await closed;
}
