import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { failure } from '../../domain/failure.ts';
import { failed, ok, type Result } from '../../domain/result.ts';
import type { Endpoint } from './endpoint.ts';
import { AddressRefused, guardedLookup, type Resolve } from './guarded-lookup.ts';

export interface Delivery {
  readonly endpoint: Endpoint;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  /** Stands in for the resolver of the system. */
  readonly resolve?: Resolve;
}

/**
 * One POST. Redirects are not followed, the answer's body is not read, and the time is bounded.
 * Messages never name the address, which may hold a token.
 */
export async function deliver(delivery: Delivery): Promise<Result<void>> {
  const { endpoint, signal } = delivery;
  const limit = AbortSignal.timeout(endpoint.timeoutMs);
  try {
    const status = await post(delivery, AbortSignal.any([signal, limit]));
    if (status >= 200 && status < 300) return ok();
    const kind =
      status >= 300 && status < 400 ? 'answered with a redirect, which is not followed' : 'answered';
    return notDelivered(`the receiver ${kind} (${String(status)})`);
  } catch (error) {
    if (signal.aborted) return failed(failure('INTERRUPTED', 'the delivery was interrupted'));
    return notDelivered(limit.aborted ? `no answer within ${String(endpoint.timeoutMs)} ms` : explain(error));
  }
}

function notDelivered(reason: string) {
  return failed(failure('NOTIFICATION_FAILED', reason));
}

function explain(error: unknown): string {
  if (error instanceof AddressRefused) return `the receiver ${error.message}`;
  const code = (error as NodeJS.ErrnoException).code;
  return `the connection failed${code === undefined ? '' : ` (${code})`}`;
}

async function post({ endpoint, headers, body, resolve }: Delivery, signal: AbortSignal): Promise<number> {
  const { url, allowPrivate } = endpoint;
  const options: RequestOptions = {
    method: 'POST',
    // A fresh connection each time, looked up and judged anew.
    agent: false,
    lookup: guardedLookup(allowPrivate, resolve),
    headers: { 'user-agent': 'backup-plan', ...headers, 'content-length': Buffer.byteLength(body) },
    signal,
  };
  return new Promise((settle, reject) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, options);
    request.on('response', (response: IncomingMessage) => {
      settle(response.statusCode ?? 0);
      request.destroy();
    });
    request.on('error', reject);
    request.end(body);
  });
}
