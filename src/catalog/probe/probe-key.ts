import { newIdentity } from '../ids.ts';
import { dataKey, leaseKey, parseKey } from '../keys.ts';

/** A key of its own for an object that only shows what the store does; `prune` collects what a kill leaves. */
export function probeKey(plan: string): string {
  return leaseKey(plan, `probe-${newIdentity()}`);
}

/** A lease that is no probe of the store is somebody's lock. */
export function isProbe({ scope }: { readonly scope: string }): boolean {
  return scope.startsWith('probe-');
}

export function isProbeKey(key: string): boolean {
  const place = parseKey(key);
  return place?.kind === 'lease' && isProbe(place);
}

/** Of no time at which there were computers to take it, so no snapshot ever has it. */
const NO_SNAPSHOT = '19700101t000000z-0000000000000000';

/** Among the data: rights to delete are often given by folder. */
export function probeDataKey(plan: string): string {
  const place = { plan, resource: 'probe', snapshotId: NO_SNAPSHOT };
  return dataKey(place, { name: `probe-${newIdentity()}`, extension: 'bin', compression: 'none' });
}
