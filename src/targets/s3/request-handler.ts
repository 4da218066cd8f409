import { readFile } from 'node:fs/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { NodeHttpHandler } from '@smithy/node-http-handler';
import { Refusal } from './attempt.ts';
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
  const ca = caFile === undefined ? {} : { ca: await readAuthorities(caFile) };
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

/** Node takes a file without a certificate as one of no authority, and says nothing. */
async function readAuthorities(caFile: string): Promise<string> {
  const text = await readFile(caFile, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  });
  if (text?.includes('-----BEGIN CERTIFICATE-----') === true) return text;
  const why = text === undefined ? 'cannot be read' : 'holds no certificate';
  throw new Refusal('TARGET_UNTRUSTED', `the file of authorities ${caFile} ${why}`, {
    hint: 'Let `caFile` name the PEM file of the authority that signed the certificate of the store.',
  });
}
