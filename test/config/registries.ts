import type { Registries } from '../../src/config/registries.ts';
import { notificationTypes } from '../../src/notifications/index.ts';
import { resourceTypes } from '../../src/resources/index.ts';
import { targetTypes } from '../../src/targets/index.ts';

/** The adapters that the generated validator was made of. */
export const registries: Registries = {
  resources: resourceTypes,
  targets: targetTypes,
  notifications: notificationTypes,
};
