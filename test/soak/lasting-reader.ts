import { targetTypes } from '../../src/targets/index.ts';
import { reliable } from '../../src/transfer/reliable.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { systemTimers } from '../../src/platform/timers.ts';
import type { Target } from '../../src/domain/target.ts';
import { targetContext } from '../support/target-context.ts';
import type { SoakPlace } from './places.ts';

const MAX_BYTES = 4 * 1024 * 1024;
const READ_OBJECTS = 50;

/** Targets that stay open as long as the soak lasts, to see that nothing is kept of what is done with them. */
export interface LastingReader {
  /** Lists each of them and reads some of its small objects. */
  read(): Promise<void>;
  close(): Promise<void>;
}

export function lastingReader(places: readonly SoakPlace[]): LastingReader {
  const opened = new Map<string, Target>();
  const open = async ({ name, type, options, env }: SoakPlace): Promise<Target | undefined> => {
    const known = opened.get(name);
    if (known !== undefined) return known;
    const environment = { ...process.env, ...env };
    const own = targetTypes
      .find((one) => one.type === type)
      ?.create(targetContext(options, { environment, name }));
    if (own === undefined) return undefined;
    const target = reliable(own, {
      ...{ clock: systemClock, timers: systemTimers, random: Math.random },
      idleTimeoutMs: 30_000,
    });
    if (!(await target.open()).ok) return undefined;
    opened.set(name, target);
    return target;
  };
  return {
    read: async () => {
      for (const place of places) {
        const target = await open(place);
        const listed = await target?.list('');
        const keys = listed?.ok === true ? listed.value.map(({ key }) => key) : [];
        const small = keys.filter((key) => key.endsWith('.json')).slice(-READ_OBJECTS);
        if (target === undefined) continue;
        await Promise.all(small.map(async (key) => target.get(key, MAX_BYTES)));
      }
    },
    close: async () => {
      await Promise.all([...opened.values()].map((target) => target.close()));
    },
  };
}
