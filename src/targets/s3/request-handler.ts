import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import type { S3Options } from './options.ts';

export interface Patience {
  readonly connectMs: number;
  /** Of a connection on which nothing moves in either direction. */
  readonly silenceMs: number;
}

const MAX_SOCKETS = 64;

/** `observe` hears what the store's `Date` header says, of every answer. */
export async function createRequestHandler(
  { caFile, allowInsecure }: S3Options,
  { connectMs, silenceMs }: Patience,
  observe: (date: string) => void,
): Promise<NodeHttpHandler> {
  const { NodeHttpHandler } = await import('@smithy/node-http-handler');
  const ca = caFile === undefined ? {} : { ca: await readFile(caFile) };
  const sockets = { keepAlive: true, maxSockets: MAX_SOCKETS };
  class ObservedHandler extends NodeHttpHandler {
    override async handle(...request: Parameters<NodeHttpHandler['handle']>) {
      const answer = await super.handle(...request);
      const { date } = answer.response.headers;
      if (date !== undefined) observe(date);
      return answer;
    }
  }
  return new ObservedHandler({
    connectionTimeout: connectMs,
    socketTimeout: silenceMs,
    httpAgent: new HttpAgent(sockets),
    httpsAgent: new HttpsAgent({ ...sockets, ...ca, rejectUnauthorized: !allowInsecure }),
  });
}
