import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Receiver {
  readonly port: number;
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly received: readonly Received[];
  /** Connections that were accepted, whether or not a request followed. */
  readonly connections: () => number;
}

type Answer = (response: ServerResponse, request: Received) => void;

const noContent: Answer = (response) => {
  response.writeHead(204).end();
};

/** A real server on loopback that notes what it gets. */
export async function startReceiver(answer: Answer = noContent): Promise<Receiver> {
  const received: Received[] = [];
  let connections = 0;
  const server = createServer((request, response) => {
    void readRequest(request).then((one) => {
      received.push(one);
      answer(response, one);
    });
  });
  server.on('connection', () => (connections += 1));
  const port = await listen(server);
  return { port, origin: `http://127.0.0.1:${String(port)}`, received, connections: () => connections };
}

export async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function readRequest(request: IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    headers: request.headers,
    body: Buffer.concat(chunks).toString(),
  };
}
