import type { Plan } from '../domain/plan.ts';
import type { TransferOptions } from '../domain/target.ts';

/** How artifacts of a resource lie on a target: in the class that the resource names there, else in the target's own. */
export function payloadOn(
  { resources }: Plan,
  resource: string,
  target: string,
): NonNullable<TransferOptions['payload']> {
  const storageClass = resources[resource]?.edges[target]?.storageClass;
  return storageClass === undefined ? {} : { storageClass };
}
