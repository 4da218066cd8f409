import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { resetSocket } from './reset-socket.ts';

export interface RequestFacts {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Known to what rewrites the reply. */
  readonly body?: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export type HttpFaultAction =
  /** The server never hears of the request; an S3 error document where `code` is given. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly code?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** The server never hears of the request, and the client gets no answer. */
  | { readonly kind: 'hang' }
  /** Nothing happens before the promise settles; then all is well. */
  | { readonly kind: 'hold'; readonly until: Promise<void> }
  /** The server has done what was asked; the connection is reset before the client is told. */
  | { readonly kind: 'lose-reply' }
  /** The reply as a whole, changed. */
  | { readonly kind: 'rewrite'; readonly change: (reply: Reply, request: RequestFacts) => Reply }
  /** The body ends after that many bytes: with a reset, as if it were whole, or never. */
  | { readonly kind: 'truncate'; readonly after: number; readonly end: 'reset' | 'silent' | 'stall' }
  /** The lowest bit of the byte there is flipped. */
  | { readonly kind: 'flip-request' | 'flip-response'; readonly offset: number }
  | { readonly kind: 'pass' };

/** Lets the client have what the action makes of the server's reply. */
export function applyFault(
  action: HttpFaultAction,
  response: ServerResponse,
  { reply, facts }: { readonly reply?: IncomingMessage; readonly facts: RequestFacts },
): void {
  if (action.kind === 'answer') {
    answer(action, response);
    return;
  }
  if (reply === undefined) return;
  reply.on('error', () => response.destroy());
  if (action.kind === 'lose-reply') loseReply(response, reply);
  else if (action.kind === 'rewrite') void rewrite((whole) => action.change(whole, facts), response, reply);
  else if (action.kind === 'truncate') void truncate(action, response, reply);
  else void pass(response, reply, action.kind === 'flip-response' ? action.offset : undefined);
}

/** The same bytes but for one. */
export async function* flipped(bytes: AsyncIterable<Buffer>, at: number): AsyncGenerator<Buffer> {
  let offset = 0;
  for await (const chunk of bytes) {
    const place = at - offset;
    offset += chunk.length;
    if (place < 0 || place >= chunk.length) yield chunk;
    else {
      const changed = Buffer.from(chunk);
      changed.writeUInt8(changed.readUInt8(place) ^ 1, place);
      yield changed;
    }
  }
}

function answer(
  { status, code, headers = {}, body }: Extract<HttpFaultAction, { kind: 'answer' }>,
  response: ServerResponse,
): void {
  const text = body ?? (code === undefined ? '' : errorDocument(code));
  response.writeHead(status, { 'Content-Type': 'application/xml', ...headers });
  response.end(text);
}

function errorDocument(code: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>on purpose</Message><RequestId>1</RequestId></Error>`;
}

function loseReply(response: ServerResponse, reply: IncomingMessage): void {
  reply.resume().on('end', () => {
    reset(response);
  });
}

async function rewrite(
  change: (reply: Reply) => Reply,
  response: ServerResponse,
  reply: IncomingMessage,
): Promise<void> {
  const body = await buffer(reply);
  const headers = Object.fromEntries(
    Object.entries(reply.headersDistinct).map(([name, values]) => [name, (values ?? []).join(', ')]),
  );
  const changed = change({ status: reply.statusCode ?? 0, headers, body });
  response.writeHead(changed.status, changed.headers);
  response.end(changed.body);
}

async function truncate(
  { after, end }: Extract<HttpFaultAction, { kind: 'truncate' }>,
  response: ServerResponse,
  reply: IncomingMessage,
): Promise<void> {
  const isSilent = end === 'silent';
  response.shouldKeepAlive = false;
  response.writeHead(
    reply.statusCode ?? 0,
    rawHeaders(reply, isSilent ? ['content-length', 'transfer-encoding', 'connection'] : []),
  );
  response.flushHeaders();
  let left = after;
  for await (const chunk of reply as AsyncIterable<Buffer>) {
    response.write(chunk.subarray(0, left));
    left -= Math.min(left, chunk.length);
    if (left === 0) break;
  }
  if (isSilent) response.end();
  if (end === 'reset')
    response.write('', () => {
      reset(response);
    });
}

async function pass(response: ServerResponse, reply: IncomingMessage, flipAt?: number): Promise<void> {
  response.writeHead(reply.statusCode ?? 0, rawHeaders(reply, []));
  const bytes = reply as AsyncIterable<Buffer>;
  try {
    for await (const chunk of flipAt === undefined ? bytes : flipped(bytes, flipAt)) {
      if (response.destroyed) return;
      if (!response.write(chunk)) await drained(response);
    }
    response.end();
  } catch {
    response.destroy();
  }
}

/** Or closed. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go);
      resolve();
    };
    response.on('drain', go).on('close', go);
  });
}

function reset({ socket }: ServerResponse): void {
  if (socket !== null) resetSocket(socket);
}

function rawHeaders({ rawHeaders: raw }: IncomingMessage, without: readonly string[]): string[] {
  const kept: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const [name = '', value = ''] = raw.slice(index, index + 2);
    if (!without.includes(name.toLowerCase())) kept.push(name, value);
  }
  return kept;
}
