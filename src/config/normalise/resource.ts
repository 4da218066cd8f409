import type { JsonObject } from '../../domain/json.ts';
import type { Mode } from '../../domain/mode.ts';
import type {
  Compression,
  Hooks,
  Limits,
  ModeSchedule,
  ResourceSpec,
  RetentionPolicy,
  SourceGuards,
} from '../../domain/plan.ts';
import { parseBandwidth, parseSize } from '../../domain/quantity.ts';
import type {
  Compression as WrittenCompression,
  Hooks as WrittenHooks,
  PlanDocument,
  Resource,
} from '../generated/plan-document.ts';
import { BUILT_IN } from './built-in.ts';
import { resourceOptions } from './options.ts';
import { restoreOf } from './restore.ts';
import { durationOf, normaliseRetention, percentOf } from './retention.ts';
import { modeChoices, normaliseSchedule, type ModeChoice } from './schedule.ts';
import { edgesOf, targetNames } from './targets.ts';

const {
  compression: DEFAULT_COMPRESSION,
  limits: DEFAULT_LIMITS,
  source: DEFAULT_GUARDS,
} = BUILT_IN.resource;

/** A resource of a checked document, `defaults` already written into it. */
export function normaliseResource(
  name: string,
  resource: Resource,
  modes: readonly [Mode, ...Mode[]],
  document: PlanDocument,
): ResourceSpec {
  const choices = modeChoices(resource.schedule, modes[0]);
  const { description, host = [] } = resource;
  return {
    name,
    type: resource.type,
    ...(description === undefined ? {} : { description }),
    options: resourceOptions(resource as unknown as JsonObject),
    ...viaOf(resource),
    labels: resource.labels ?? {},
    hosts: typeof host === 'string' ? [host] : host,
    enabled: resource.enabled ?? BUILT_IN.resource.enabled,
    schedules: choices.map(({ mode, schedule }): ModeSchedule => ({
      mode,
      schedule: normaliseSchedule(schedule, document),
    })),
    retention: byMode(modes, choices, (choice) => retentionOf(resource, choice, document)),
    targets: byMode(modes, choices, (choice) => choice?.targets ?? targetNames(resource.targets)),
    edges: edgesOf(resource.targets, document),
    encryption: resource.encryption ?? '',
    compression: compressionOf(resource.compression),
    dependsOn: resource.dependsOn ?? [],
    hooks: hooksOf(resource.hooks),
    ...(resource.appVersion === undefined ? {} : { appVersion: resource.appVersion.command }),
    restore: restoreOf(resource.restore),
    limits: limitsOf(resource.limits),
    source: sourceOf(resource.source),
    objectives: objectivesOf(resource.objectives),
    monitor: monitorOf(resource.monitor),
  };
}

function viaOf(resource: Resource): Pick<ResourceSpec, 'via'> {
  return 'via' in resource ? { via: resource.via } : {};
}

function byMode<T>(
  modes: readonly Mode[],
  choices: readonly ModeChoice[],
  decide: (choice: ModeChoice | undefined) => T | undefined,
): Partial<Record<Mode, T>> {
  const decided = modes.map(
    (mode) => [mode, decide(choices.find((choice) => choice.mode === mode))] as const,
  );
  return Object.fromEntries(decided.filter(([, value]) => value !== undefined));
}

function retentionOf(
  resource: Resource,
  choice: ModeChoice | undefined,
  document: PlanDocument,
): RetentionPolicy | undefined {
  const written = choice?.retention ?? resource.retention;
  return written === undefined ? undefined : normaliseRetention(written, document);
}

function compressionOf(written: WrittenCompression | undefined): Compression {
  if (written?.type === 'none') return { type: 'none' };
  return { type: 'zstd', level: written?.level ?? DEFAULT_COMPRESSION.level };
}

export function hooksOf(written: WrittenHooks | undefined): Hooks {
  return { before: written?.before ?? [], after: written?.after ?? [], onFailure: written?.onFailure ?? [] };
}

function limitsOf(written: Resource['limits']): Limits {
  const { timeout, idleTimeout, retries, staging, maxSize, nice, bandwidth } = {
    ...DEFAULT_LIMITS,
    ...written,
  };
  return {
    timeoutMs: durationOf(timeout),
    idleTimeoutMs: durationOf(idleTimeout),
    retries,
    staging,
    ...(maxSize === undefined ? {} : { maxSizeBytes: sizeOf(maxSize) }),
    ...(nice === undefined ? {} : { nice }),
    ...(bandwidth === undefined ? {} : { bandwidth: parseBandwidth(bandwidth) ?? 0 }),
  };
}

function sourceOf(written: Resource['source']): SourceGuards {
  const {
    minSize,
    minFiles,
    maxDrop = DEFAULT_GUARDS.maxDrop,
    allowEmpty = DEFAULT_GUARDS.allowEmpty,
  } = written ?? {};
  return {
    ...(minSize === undefined ? {} : { minSizeBytes: sizeOf(minSize) }),
    ...(minFiles === undefined ? {} : { minFiles }),
    maxDrop: percentOf(maxDrop),
    allowEmpty,
  };
}

function objectivesOf({ rpo, rto }: NonNullable<Resource['objectives']> = {}): ResourceSpec['objectives'] {
  return {
    ...(rpo === undefined ? {} : { rpoMs: durationOf(rpo) }),
    ...(rto === undefined ? {} : { rtoMs: durationOf(rto) }),
  };
}

function monitorOf({ maxAge, minSize }: NonNullable<Resource['monitor']> = {}): ResourceSpec['monitor'] {
  return {
    ...(maxAge === undefined ? {} : { maxAgeMs: durationOf(maxAge) }),
    ...(minSize === undefined ? {} : { minSizeBytes: sizeOf(minSize) }),
  };
}

function sizeOf(text: string): number {
  return parseSize(text) ?? 0;
}
