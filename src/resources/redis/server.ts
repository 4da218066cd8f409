import type { FailureCode } from '../../domain/failure.ts';
import { ok, type Result } from '../../domain/result.ts';
import { ask, type Asking, type Client } from './client.ts';

/** What a server says of itself. */
export interface Server {
  readonly version: string;
  readonly isMaster: boolean;
  /** One node of several, each with a part of the keys. */
  readonly isCluster: boolean;
  readonly isLoading: boolean;
  /** An append-only file is kept, and is what the server reads when it starts. */
  readonly appendsOnly: boolean;
  /** Database → keys; those without keys are not there. */
  readonly keys: Readonly<Record<string, number>>;
  /** Every line of INFO, by its name. */
  readonly info: ReadonlyMap<string, string>;
}

export async function askServer(
  asking: Asking,
  client: Client,
  code: FailureCode = 'SOURCE_FAILED',
): Promise<Result<Server>> {
  const answer = await ask(asking, client, { words: ['INFO'], expected: '_version:', code });
  return answer.ok ? ok(readInfo(answer.value)) : answer;
}

/** Format: https://redis.io/docs/latest/commands/info/ */
export function readInfo(text: string): Server {
  const pairs = text.split(/\r?\n/).map((line) => [line.split(':', 1)[0] ?? '', line] as const);
  const info = new Map(pairs.map(([name, line]) => [name, line.slice(name.length + 1)]));
  const keys = [...info].flatMap(([name, value]) => {
    const count = /^db\d+$/.test(name) ? /^keys=(\d+)/.exec(value)?.[1] : undefined;
    return count === undefined ? [] : [[name, Number(count)] as const];
  });
  return {
    version: info.get('valkey_version') ?? info.get('redis_version') ?? '',
    isMaster: info.get('role') === 'master',
    isCluster: info.get('cluster_enabled') === '1',
    isLoading: info.get('loading') === '1',
    appendsOnly: info.get('aof_enabled') === '1',
    keys: Object.fromEntries(keys),
    info,
  };
}

export function countKeys({ keys }: Pick<Server, 'keys'>): number {
  return Object.values(keys).reduce((sum, count) => sum + count, 0);
}

/** `db0: 20001 keys, db3: 1 key` */
export function keysText({ keys }: Pick<Server, 'keys'>): string {
  const parts = Object.entries(keys).map(
    ([name, count]) => `${name}: ${String(count)} ${count === 1 ? 'key' : 'keys'}`,
  );
  return parts.length === 0 ? 'no keys' : parts.join(', ');
}
