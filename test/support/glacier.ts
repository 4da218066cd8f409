import type { Reply, RequestFacts } from './http-fault-actions.ts';
import { startHttpFaultProxy, type HttpFaultProxy } from './http-fault-proxy.ts';

/** A store in front of another one, whose artifacts lie in an archive: what Ceph has not. */
export interface Glacier {
  readonly proxy: HttpFaultProxy;
  /** From now on, of all artifacts that are there and will be. */
  archive(): void;
  /** As hours later: what was asked for can be read. */
  thawAll(): void;
  /** As days later: nothing can be read any more. */
  freezeAll(): void;
  /** What was asked for: keys with the tier, in order. */
  readonly asked: readonly { readonly path: string; readonly tier: string }[];
}

type Restoring = 'asked for' | 'readable';

export async function startGlacier(upstream: string): Promise<Glacier> {
  const proxy = await startHttpFaultProxy({ upstream });
  const asked: { path: string; tier: string }[] = [];
  const restoring = new Map<string, Restoring>();

  const change = (reply: Reply, request: RequestFacts): Reply => {
    const { method, path, query } = request;
    if (method === 'GET' && query.has('list-type')) return listed(reply, path, restoring);
    if (!isArtifact(path)) return reply;
    if (method === 'POST' && query.has('restore')) {
      restoring.set(path, 'asked for');
      asked.push({ path, tier: TIER.exec(request.body?.toString() ?? '')?.[1] ?? '' });
      return { status: 202, headers: {}, body: Buffer.alloc(0) };
    }
    if (reply.status >= 400) return reply;
    if (method === 'HEAD')
      return { ...reply, headers: { ...reply.headers, ...headersOf(restoring.get(path)) } };
    return method === 'GET' && restoring.get(path) !== 'readable' ? INVALID_STATE : reply;
  };
  return {
    proxy,
    asked,
    archive: () => {
      proxy.inject({ times: Infinity, action: { kind: 'rewrite', change } });
    },
    thawAll: () => {
      for (const key of restoring.keys()) restoring.set(key, 'readable');
    },
    freezeAll: () => {
      restoring.clear();
    },
  };
}

const TIER = /<Tier>(\w+)<\/Tier>/;
const EXPIRY = 'Fri, 01 Jan 2100 00:00:00 GMT';

/** Indexes stay where they can always be read. */
function isArtifact(path: string): boolean {
  return /\/data\/.*\.gpg$/.test(path) && !path.includes('/index.');
}

function headersOf(state: Restoring | undefined): Readonly<Record<string, string>> {
  const place = { 'x-amz-storage-class': 'GLACIER' };
  if (state === undefined) return place;
  const words =
    state === 'readable' ? `ongoing-request="false", expiry-date="${EXPIRY}"` : 'ongoing-request="true"';
  return { ...place, 'x-amz-restore': words };
}

const INVALID_STATE: Reply = errorReply(403, 'InvalidObjectState');

function errorReply(status: number, code: string): Reply {
  const body = Buffer.from(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
  return {
    status,
    headers: { 'content-type': 'application/xml', 'content-length': String(body.length) },
    body,
  };
}

function listed(reply: Reply, bucket: string, restoring: ReadonlyMap<string, Restoring>): Reply {
  const text = reply.body.toString().replaceAll(/<Contents>.*?<\/Contents>/gs, (entry) => {
    const path = `${bucket.replace(/\/$/, '')}/${decodeURIComponent(/<Key>(.*?)<\/Key>/.exec(entry)?.[1] ?? '')}`;
    return isArtifact(path) ? archivedEntry(entry, restoring.get(path)) : entry;
  });
  const body = Buffer.from(text);
  return {
    ...reply,
    headers: { 'content-type': 'application/xml', 'content-length': String(body.length) },
    body,
  };
}

function archivedEntry(entry: string, state: Restoring | undefined): string {
  const inProgress = `<IsRestoreInProgress>${String(state === 'asked for')}</IsRestoreInProgress>`;
  const expiry =
    state === 'readable' ? '<RestoreExpiryDate>2100-01-01T00:00:00.000Z</RestoreExpiryDate>' : '';
  const status = state === undefined ? '' : `<RestoreStatus>${inProgress}${expiry}</RestoreStatus>`;
  return entry
    .replace(/<StorageClass>.*?<\/StorageClass>/, '')
    .replace('</Contents>', `<StorageClass>GLACIER</StorageClass>${status}</Contents>`);
}
