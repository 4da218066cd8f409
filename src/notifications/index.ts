import type { NotificationType } from '../domain/notification.ts';
import { healthchecksType } from './healthchecks/index.ts';
import { webhookType } from './webhook/index.ts';

export const notificationTypes: readonly NotificationType[] = [webhookType, healthchecksType];
