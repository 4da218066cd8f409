import type { JsonObject } from '../../src/domain/json.ts';
import type { TargetContext } from '../../src/domain/target.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createMasker } from '../../src/platform/masker.ts';
import { createPipelines } from '../../src/platform/pipeline.ts';
import { systemTimers } from '../../src/platform/timers.ts';
import { createTools } from '../../src/platform/tools.ts';
import { describeProcess, livenessOf } from '../../src/targets/filesystem/process-identity.ts';
import { noSecrets } from './no-secrets.ts';

/** What a target is given, with the real tools and clock where a test does not care. */
export function targetContext(options: JsonObject, rest: Partial<TargetContext> = {}): TargetContext {
  const masker = createMasker();
  return {
    name: 'local',
    options,
    planDirectory: '/',
    secrets: noSecrets,
    tools: createTools({ masker }),
    pipelines: createPipelines({ masker }),
    clock: systemClock,
    timers: systemTimers,
    holders: { describe: describeProcess, isDead: (holder) => livenessOf(holder) === 'dead' },
    environment: process.env,
    ...rest,
  };
}
