import type { Clock, Timers } from '../domain/clock.ts';
import type { Tools } from '../domain/command.ts';
import type { Cryptography } from '../domain/cryptography.ts';
import type { JsonObject } from '../domain/json.ts';
import type { NotificationType } from '../domain/notification.ts';
import type { Pipelines } from '../domain/pipeline.ts';
import type { Plan, SecretReference } from '../domain/plan.ts';
import type { ResourceType } from '../domain/resource-type.ts';
import type { RecordCache } from '../domain/record-cache.ts';
import type { Result } from '../domain/result.ts';
import type { SecretReader } from '../domain/secret.ts';
import type { TargetType } from '../domain/target.ts';
import type { TransferNote } from '../transfer/settings.ts';
import type { MakePrivateDirectory } from '../steps/ports.ts';

/** Everything outside a use case, as interfaces. `app` provides the concrete ones. */
export interface Ports {
  readonly clock: Clock;
  readonly tools: Tools;
  readonly pipelines: Pipelines;
  readonly cryptography: Cryptography;
  readonly resourceTypes: ReadonlyMap<string, ResourceType>;
  readonly targetTypes: ReadonlyMap<string, TargetType>;
  readonly notificationTypes: ReadonlyMap<string, NotificationType>;
  readonly makePrivateDirectory: MakePrivateDirectory;
  readonly secretsOf: (plan: Plan) => SecretReader;
  readonly readReference: (reference: SecretReference, plan: Plan) => Promise<Result<string>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** This machine's name, or what --host says. */
  readonly host: string;
  /** Says to people who holds a lock, by the name of its signer; `isDeadHolder` gets it back. */
  readonly describeHolder: (signer: string) => string;
  /** True only for a process of this machine that is known to be gone. */
  readonly isDeadHolder: (holder: string) => boolean;
  /** The same of who holds something on this machine, where no other host can have the same name. */
  readonly isDeadRestorer: (holder: string) => boolean;
  readonly toolVersion: string;
  /** The normalised plan that the log keeps, valid once more in the place of the plan file. */
  readonly planFromDocument: (document: JsonObject, beside: Plan) => Promise<Result<Plan>>;
  /** Commit of the plan's git checkout, where it is one. */
  readonly gitCommit: (directory: string) => Promise<string | undefined>;
  readonly timers: Timers;
  /** Says to people that a target does not answer, and that it does again. */
  readonly tell: (note: TransferNote) => void;
  readonly recordCache: RecordCache;
}

/** Where private keys for reading come from, beside the plan. */
export interface KeyOptions {
  readonly keyFiles: readonly string[];
  readonly passphraseFile?: string;
}
