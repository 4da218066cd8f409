import { hostname } from 'node:os';
import { createCryptography } from '../bundle/cryptography.ts';
import type { Ports } from '../commands/ports.ts';
import type { Clock } from '../domain/clock.ts';
import type { Plan } from '../domain/plan.ts';
import { notificationTypes } from '../notifications/index.ts';
import { systemClock } from '../platform/clock.ts';
import { createMasker } from '../platform/masker.ts';
import { createPipelines } from '../platform/pipeline.ts';
import { createPrivateDirectory } from '../platform/private-directory.ts';
import { createRecordCache } from '../platform/record-cache/index.ts';
import { folderUntilExit } from '../platform/runtime-directory.ts';
import { createSecretReader, readSecretReference } from '../platform/secrets.ts';
import { systemTimers } from '../platform/timers.ts';
import { createTools } from '../platform/tools.ts';
import { resourceTypes } from '../resources/index.ts';
import { describeProcess, isOfEarlierBoot, livenessOf } from '../targets/filesystem/process-identity.ts';
import { archive } from '../targets/archive/index.ts';
import { targetTypes } from '../targets/index.ts';
import { VERSION } from '../version.ts';
import { gitCommitOf } from './git-commit.ts';
import { planFromDocument } from './plan-files.ts';

export interface PortOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Act as this host. */
  readonly host?: string;
  /** Pretend that it is this time; durations stay real. */
  readonly nowMs?: number;
  readonly tell?: Ports['tell'];
}

/** The concrete world behind the use cases: the only place that names adapters. */
export function createPorts({ env, host, nowMs, tell }: PortOptions): Ports {
  const masker = createMasker();
  const tools = createTools({ masker });
  const pipelines = createPipelines({ masker });
  const clock: Clock = nowMs === undefined ? systemClock : { ...systemClock, nowMs: () => nowMs };
  return {
    clock,
    timers: systemTimers,
    tell: tell ?? (() => undefined),
    recordCache: createRecordCache(env),
    tools,
    pipelines,
    cryptography: createCryptography({
      pipelines,
      tools,
      scratchDirectory: folderUntilExit(),
      environment: env,
    }),
    resourceTypes: byType(resourceTypes),
    targetTypes: byType([...targetTypes, archive]),
    notificationTypes: byType(notificationTypes),
    makePrivateDirectory: createPrivateDirectory,
    secretsOf: (plan: Plan) =>
      createSecretReader({ references: plan.secrets, planDirectory: plan.directory, tools, masker }),
    readReference: (reference, plan) =>
      readSecretReference(reference, { planDirectory: plan.directory, tools, masker }),
    environment: env,
    host: host ?? hostname(),
    describeHolder: describeProcess,
    isDeadHolder: (holder) => livenessOf(holder) === 'dead',
    isDeadRestorer: (holder) => livenessOf(holder) === 'dead' || isOfEarlierBoot(holder),
    toolVersion: VERSION,
    planFromDocument: (document, beside) => planFromDocument(document, beside, env),
    gitCommit: (directory) => gitCommitOf(directory, tools),
  };
}

function byType<T extends { readonly type: string }>(types: readonly T[]): ReadonlyMap<string, T> {
  return new Map(types.map((one) => [one.type, one]));
}
