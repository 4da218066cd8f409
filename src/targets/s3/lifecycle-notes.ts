import type { LifecycleRule } from '@aws-sdk/client-s3';
import type { StoreNote } from '../../domain/target.ts';
import type { Bucket } from './bucket.ts';
import { hasCode } from './store-failure.ts';

const HINT = 'Compare the rules with `backup-plan doctor --lifecycle`, which prints a harmless one.';

/** Rules by which the store itself would remove or move what lies below the prefix. */
export async function lifecycleNotes(bucket: Bucket): Promise<StoreNote[]> {
  const rules = (await rulesOf(bucket)).filter(
    (rule) => rule.Status === 'Enabled' && meets(rule, bucket.options.prefix),
  );
  const harms = rules.flatMap((rule) =>
    harmsOf(rule).map((harm): StoreNote => ({
      topic: 'lifecycle',
      state: 'warning',
      detail: `rule ${rule.ID ?? '(without id)'} ${harm}${below(rule)}`,
      hint: HINT,
    })),
  );
  const [found = none()] = harms;
  const notes = harms.length === 0 ? [found] : harms;
  return rules.some((rule) => rule.AbortIncompleteMultipartUpload !== undefined)
    ? notes
    : [...notes, noAbort()];
}

async function rulesOf({ options, connection }: Bucket): Promise<readonly LifecycleRule[]> {
  try {
    const input = { Bucket: options.bucket };
    const { Rules } = await connection.use((s3) => s3.getBucketLifecycleConfiguration(input));
    return Rules ?? [];
  } catch (error) {
    if (hasCode(error, 'NoSuchLifecycleConfiguration', 'NotImplemented')) return [];
    throw error;
  }
}

/** A rule for a part of what is below the prefix, or for more than it. Tags and sizes do not save anything for sure. */
function meets(rule: LifecycleRule, prefix: string): boolean {
  const own = prefixOf(rule);
  return own.startsWith(prefix) || prefix.startsWith(own);
}

function prefixOf({ Filter, ...older }: LifecycleRule): string {
  const { Prefix } = older as { readonly Prefix?: string };
  return Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? '';
}

function harmsOf(rule: LifecycleRule): string[] {
  const harms: string[] = [];
  const {
    Expiration,
    Transitions = [],
    NoncurrentVersionExpiration,
    NoncurrentVersionTransitions = [],
  } = rule;
  if (Expiration?.Days !== undefined) harms.push(`removes objects after ${String(Expiration.Days)} days`);
  if (Expiration?.Date !== undefined)
    harms.push(`removes objects on ${Expiration.Date.toISOString().slice(0, 10)}`);
  for (const { StorageClass, Days } of [...Transitions])
    harms.push(`moves objects to ${StorageClass ?? 'another class'} after ${String(Days ?? 0)} days`);
  if (NoncurrentVersionExpiration !== undefined)
    harms.push(
      `removes versions that were replaced or deleted after ${String(NoncurrentVersionExpiration.NoncurrentDays ?? 0)} days`,
    );
  for (const { StorageClass } of NoncurrentVersionTransitions)
    harms.push(`moves versions that were replaced or deleted to ${StorageClass ?? 'another class'}`);
  return harms;
}

function below(rule: LifecycleRule): string {
  const prefix = prefixOf(rule);
  return prefix === '' ? '' : ` below ${prefix}`;
}

function none(): StoreNote {
  return { topic: 'lifecycle', state: 'ok', detail: 'no rule removes or moves what lies here' };
}

function noAbort(): StoreNote {
  return {
    topic: 'lifecycle',
    state: 'ok',
    detail: 'no rule ends uploads that were given up; pruning does',
    hint: '`backup-plan doctor --lifecycle` prints a rule that also does it where nothing is pruned.',
  };
}
