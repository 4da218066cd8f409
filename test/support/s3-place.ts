import type { JsonObject } from '../../src/domain/json.ts';
import { ok } from '../../src/domain/result.ts';
import type { TargetContext } from '../../src/domain/target.ts';
import type { Ceph, CephUser } from './ceph.ts';
import { targetContext } from './target-context.ts';

export type Identity = Pick<CephUser, 'accessKeyId' | 'secretAccessKey'>;

/** What an s3 target needs for the store of the test run, as a user of it. `options` count over the rest. */
export function s3Context(
  ceph: Ceph,
  options: JsonObject,
  {
    identity = ceph,
    pruner,
    ...rest
  }: Partial<TargetContext> & { identity?: Identity; pruner?: Identity } = {},
): TargetContext {
  const values: Readonly<Record<string, string | undefined>> = {
    id: identity.accessKeyId,
    key: identity.secretAccessKey,
    pruneId: pruner?.accessKeyId,
    pruneKey: pruner?.secretAccessKey,
  };
  return targetContext(
    {
      endpoint: ceph.endpoint,
      region: 'us-east-1',
      pathStyle: true,
      allowInsecure: true,
      credentials: { accessKeyId: 'id', secretAccessKey: 'key' },
      ...(pruner && { pruneCredentials: { accessKeyId: 'pruneId', secretAccessKey: 'pruneKey' } }),
      ...options,
    },
    {
      name: 'offsite',
      secrets: { read: (name) => Promise.resolve(ok(values[name] ?? '')) },
      ...rest,
    },
  );
}
