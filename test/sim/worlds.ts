import { simulate, type SimulationOptions } from './simulation.ts';

export interface BadWorld {
  readonly seed: number;
  readonly problems: readonly string[];
  readonly replay: string;
}

export interface Seeds {
  readonly from: number;
  readonly until: number;
}

/** The first world in which something is that must not be. */
export async function firstBadWorld(
  { from, until }: Seeds,
  options: SimulationOptions = {},
): Promise<BadWorld | undefined> {
  for (let seed = from; seed < until; seed += 1) {
    const { problems } = await simulated(seed, options);
    if (problems.length > 0) return { seed, problems, replay: `BACKUP_PLAN_SIM_SEED=${String(seed)}` };
  }
  return undefined;
}

/** A bug that throws is a problem of its seed like any other. */
export async function simulated(
  seed: number,
  options: SimulationOptions = {},
): Promise<{ readonly problems: readonly string[]; readonly trace: readonly string[] }> {
  try {
    return await simulate(seed, options);
  } catch (error) {
    return { problems: [error instanceof Error ? (error.stack ?? error.message) : String(error)], trace: [] };
  }
}
