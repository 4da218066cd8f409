import type { NotificationType } from '../domain/notification.ts';
import { healthchecksType } from './http/healthchecks.ts';
import { webhookType } from './http/webhook.ts';

export const notificationTypes: readonly NotificationType[] = [webhookType, healthchecksType];
