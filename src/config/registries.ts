import type { NotificationType } from '../domain/notification.ts';
import type { ResourceType } from '../domain/resource-type.ts';
import type { TargetType } from '../domain/target.ts';

/** The adapters at hand; the published schema is made of the same ones. */
export interface Registries {
  readonly resources: readonly ResourceType[];
  readonly targets: readonly TargetType[];
  readonly notifications: readonly NotificationType[];
}
