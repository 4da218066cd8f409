import type { Random } from '../sim/random.ts';
import type { SoakPlace } from './places.ts';

/** Breaks the links of a round as chance will have it; gives what to say of it. */
export function disturb(random: Random, places: readonly SoakPlace[]): readonly string[] {
  return places.flatMap(({ name, proxy }) => {
    proxy.heal();
    const kind = random.pick(['none', 'none', 'reset', 'reset', 'slow', 'cut answer'] as const);
    if (kind === 'none') return [];
    const bytes = random.between(500, 300_000);
    const times = random.between(1, 3);
    if (kind === 'reset') proxy.inject({ up: { resetAfter: bytes }, times });
    else if (kind === 'cut answer') proxy.inject({ down: { resetAfter: bytes }, times });
    else proxy.inject({ up: { delayMs: random.between(1, 8) } });
    return [`${name}: ${kind}${kind === 'slow' ? '' : ` after ${String(bytes)} bytes, ${String(times)}×`}`];
  });
}
