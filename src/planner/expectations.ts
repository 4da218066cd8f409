import type { Mode } from '../domain/mode.ts';
import type { ModeSchedule, ResourceSpec } from '../domain/plan.ts';
import { familyOf } from './belonging.ts';
import { strengthOf } from './history.ts';
import { jitterOf } from './jitter.ts';
import type { TickMemory } from './tick-memory.ts';

/** Something that schedules promise: a snapshot of this mode, or of one that answers for it. */
export interface Expectation {
  readonly mode: Mode;
  /** To be added to every tick. */
  readonly jitterMs: number;
  /** The first tick after a moment whose snapshot is promised; undefined where none comes. */
  readonly next: (afterMs: number) => number | undefined;
}

export function expectationsOf({ name, schedules }: ResourceSpec, ticks: TickMemory): readonly Expectation[] {
  return schedules.map(({ mode, schedule }) => ({
    mode,
    jitterMs: jitterOf(name, schedule.jitterMs),
    next: (afterMs) => ticks.next(schedule, afterMs),
  }));
}

/**
 * What is promised to one target. With a schedule on the edge that is, after each of its ticks, the
 * next snapshot that goes there, whichever restore point it is.
 */
export function expectationsOn(
  resource: ResourceSpec,
  target: string,
  ticks: TickMemory,
): readonly Expectation[] {
  const schedules = resource.schedules.filter(({ mode }) => resource.targets[mode]?.includes(target));
  const edge = resource.edges[target]?.schedule;
  if (edge === undefined) return expectationsOf({ ...resource, schedules }, ticks);
  const families = [...new Set(schedules.map(({ mode }) => familyOf(mode)))].map((family) =>
    schedules.filter(({ mode }) => familyOf(mode) === family),
  );
  return families.map((family) => ({
    mode: weakestOf(family),
    jitterMs: Math.max(...family.map(({ schedule }) => jitterOf(resource.name, schedule.jitterMs))),
    next: (afterMs) => {
      const tick = ticks.next(edge, afterMs);
      return tick === undefined ? undefined : firstFrom(tick, family, ticks);
    },
  }));
}

/**
 * When targets that have a schedule of their own expect a newer snapshot of the kind of `mode` than
 * one of this moment, by target. The others expect it when the resource does.
 */
export function expectedOnEdges(
  resource: ResourceSpec,
  { mode, shownMs }: { readonly mode: Mode; readonly shownMs: number },
  ticks: TickMemory,
): Readonly<Record<string, number>> {
  const timed = Object.entries(resource.edges).filter(([, { schedule }]) => schedule !== undefined);
  const expected = timed.flatMap(([target]) =>
    expectationsOn(resource, target, ticks)
      .filter((one) => familyOf(one.mode) === familyOf(mode))
      .flatMap(({ jitterMs, next }) => {
        const tick = next(shownMs);
        return tick === undefined ? [] : [[target, tick + jitterMs] as const];
      }),
  );
  return Object.fromEntries(expected);
}

function weakestOf(family: readonly ModeSchedule[]): Mode {
  const modes = family.map(({ mode }) => mode).sort((a, b) => strengthOf(a) - strengthOf(b));
  return modes[0] ?? 'full';
}

/** The first tick of any of the schedules that is not before `fromMs`. */
function firstFrom(fromMs: number, family: readonly ModeSchedule[], ticks: TickMemory): number | undefined {
  const next = family.flatMap(({ schedule }) => ticks.next(schedule, fromMs - 1) ?? []);
  return next.length === 0 ? undefined : Math.min(...next);
}
