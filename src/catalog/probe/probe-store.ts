import { ok, type Result } from '../../domain/result.ts';
import type { ProbeFacts } from '../event-facts.ts';
import type { Repository } from '../repository.ts';
import { probeCreation } from './create-only.ts';
import { probeManyPages, probePages } from './listings.ts';
import { clearSite, openSite, type ProbeSite } from './probe-site.ts';
import { probeRemoval } from './removal.ts';
import { probeTimes, type Timekeepers } from './store-times.ts';

export interface ProbeRequest extends Timekeepers {
  readonly repository: Repository;
  readonly plan: string;
  /** Makes enough objects for a listing of two pages, where they may be removed again. */
  readonly thorough?: boolean;
}

/**
 * Finds out what the store really does, whatever its protocol promises: with a few objects made for
 * it, which are removed again. A failure says that nothing was found out.
 */
export async function probeStore(request: ProbeRequest): Promise<Result<ProbeFacts>> {
  const { repository, plan, clock } = request;
  const startMs = clock.monotonicMs();
  const site = await openSite(repository.target, plan);
  if (!site.ok) return site;
  try {
    const found = await probeAll(site.value, request);
    return found.ok ? ok({ ...found.value, durationMs: Math.round(clock.monotonicMs() - startMs) }) : found;
  } finally {
    await clearSite(site.value);
  }
}

async function probeAll(
  site: ProbeSite,
  request: ProbeRequest,
): Promise<Result<Omit<ProbeFacts, 'durationMs'>>> {
  const { target } = site;
  const creation = await probeCreation(site);
  if (!creation.ok) return creation;
  const times = await probeTimes(site, request.repository, request);
  if (!times.ok) return times;
  const removal = await probeRemoval(site);
  if (!removal.ok) return removal;
  const isThorough = request.thorough === true && removal.value.mayRemove === true;
  const pages = await (isThorough ? probeManyPages(site) : probePages(target, site.plan));
  if (!pages.ok) return pages;
  return ok({
    target: target.name,
    ...creation.value,
    ...(pages.value === undefined ? {} : { wholeListings: pages.value }),
    ...times.value,
    ...removal.value,
  });
}
