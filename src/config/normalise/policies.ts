import type { PolicySpec } from '../../domain/plan.ts';
import type { Policies } from '../generated/plan-document.ts';
import { BUILT_IN } from './built-in.ts';
import { durationOf } from './retention.ts';

export function policiesOf(written: Policies = {}): PolicySpec {
  const { verifyEvery, maxRpo, countSource, separate = [], ...counts } = written;
  return {
    ...counts,
    countSource: countSource ?? BUILT_IN.policies.countSource,
    ...(verifyEvery === undefined ? {} : { verifyEveryMs: durationOf(verifyEvery) }),
    ...(maxRpo === undefined ? {} : { maxRpoMs: durationOf(maxRpo) }),
    separate,
  };
}
