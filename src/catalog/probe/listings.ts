import { ok, type Result } from '../../domain/result.ts';
import type { Target } from '../../domain/target.ts';
import { folders } from '../keys.ts';
import { AT_ONCE, makeProbe, type ProbeSite } from './probe-site.ts';

/** Whether a listing shows an object that was created just now. */
export async function isListed({ target, plan }: ProbeSite, key: string): Promise<Result<boolean>> {
  const listed = await target.list(folders.leases(plan));
  return listed.ok ? ok(listed.value.some((object) => object.key === key)) : listed;
}

/** The largest page that a store in use gives; more objects come in several. */
const PAGE = 1000;

/**
 * Whether listings of several pages show every key: the target is listed as a whole and the plan in
 * parts, so that pages end at different keys. Undefined where there are too few objects to tell.
 */
export async function probePages(target: Target, plan: string): Promise<Result<boolean | undefined>> {
  const parts = await listParts(target, plan);
  if (!parts.ok) return parts;
  const whole = await keysUnder(target, '');
  if (!whole.ok) return whole;
  const notInWhole = await stillThere(
    target,
    [...parts.value].filter((key) => !whole.value.has(key)),
  );
  if (!notInWhole.ok) return notInWhole;
  const notInParts = await missingInParts(
    target,
    plan,
    [...whole.value].filter((key) => !parts.value.has(key)),
  );
  if (!notInParts.ok) return notInParts;
  if (notInWhole.value.length + notInParts.value.length > 0) return ok(false);
  return ok(whole.value.size > PAGE ? true : undefined);
}

/** The same with objects made for it: slow, and only for who may delete them again. */
export async function probeManyPages(site: ProbeSite): Promise<Result<boolean>> {
  const keys: string[] = [];
  while (keys.length <= PAGE) {
    const length = Math.min(AT_ONCE, PAGE + 1 - keys.length);
    const made = await Promise.all(Array.from({ length }, () => makeProbe(site, new Uint8Array())));
    for (const one of made) {
      if (!one.ok) return one;
      keys.push(one.value);
    }
  }
  const listed = await keysUnder(site.target, folders.leases(site.plan));
  return listed.ok ? ok(keys.every((key) => listed.value.has(key))) : listed;
}

function partsOf(plan: string): readonly string[] {
  const { snapshots, data, events, log, marks, intents, checkpoints, keys, leases } = folders;
  return [snapshots, data, events, log, marks, intents, checkpoints, keys, leases].map((folder) =>
    folder(plan),
  );
}

async function listParts(target: Target, plan: string): Promise<Result<ReadonlySet<string>>> {
  const keys = new Set<string>();
  for (const folder of partsOf(plan)) {
    const part = await keysUnder(target, folder);
    if (!part.ok) return part;
    part.value.forEach((key) => keys.add(key));
  }
  return ok(keys);
}

async function keysUnder(target: Target, prefix: string): Promise<Result<ReadonlySet<string>>> {
  const listed = await target.list(prefix);
  return listed.ok ? ok(new Set(listed.value.map(({ key }) => key))) : listed;
}

/** What others made meanwhile is in the parts by now; what they removed is nowhere. */
async function missingInParts(
  target: Target,
  plan: string,
  candidates: readonly string[],
): Promise<Result<readonly string[]>> {
  const known = partsOf(plan);
  const ours = candidates.filter((key) => known.some((folder) => key.startsWith(folder)));
  if (ours.length === 0) return ok([]);
  const again = await listParts(target, plan);
  if (!again.ok) return again;
  return stillThere(
    target,
    ours.filter((key) => !again.value.has(key)),
  );
}

/** A few are as good as all: one is enough to know. */
const ENOUGH = 20;

async function stillThere(target: Target, keys: readonly string[]): Promise<Result<readonly string[]>> {
  const there: string[] = [];
  for (const key of keys.slice(0, ENOUGH)) {
    const facts = await target.stat(key);
    if (!facts.ok) return facts;
    if (facts.value !== undefined) there.push(key);
  }
  return ok(there);
}
