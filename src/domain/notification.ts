import type { Finding } from './diagnostic.ts';
import type { JsonObject } from './json.ts';
import type { NotificationMoment } from './plan.ts';
import type { Result } from './result.ts';
import type { SecretReader } from './secret.ts';

/** Tells a person or a machine about an outcome. A failing receiver never changes a result. */
export interface NotificationType {
  readonly type: string;
  readonly optionsSchema: JsonObject;
  check?(options: JsonObject): readonly Finding[];
  /** Bounded in time and size by itself. */
  send(message: NotificationMessage, context: NotificationContext): Promise<Result<void>>;
}

export interface NotificationMessage {
  readonly moment: NotificationMoment;
  readonly plan: string;
  readonly runId: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** One line for a person. */
  readonly summary: string;
  readonly resources: readonly {
    readonly resource: string;
    readonly state: 'succeeded' | 'failed' | 'skipped';
    readonly code?: string;
    readonly message?: string;
  }[];
}

export interface NotificationContext {
  readonly name: string;
  readonly options: JsonObject;
  readonly secrets: SecretReader;
  readonly signal: AbortSignal;
}
