import { beginApply, commitApply, endApply, renewApply } from '../../src/catalog/applied-log.ts';
import { newRunId } from '../../src/catalog/ids.ts';
import { lastSerial, readLogEntry, type LogPlace } from '../../src/catalog/read-log.ts';
import { HONEST, type Manner } from './hostile-store.ts';
import { persistently } from './persistently.ts';
import { seededRandom, type Random } from './random.ts';
import type { Actor } from './scheduler.ts';
import { withIdentitiesFrom } from './seeded-identities.ts';
import { createWorld, HOUR_MS, PLAN, signer, verifier, type Member, type World } from './world.ts';

const LEASE_SECONDS = 900;
const WRITERS = ['one', 'two', 'three'];

/** An `apply` was told that the log holds its plan under that serial. */
interface Claim {
  readonly applyId: string;
  readonly serial: number;
}

export interface LogSimulation {
  readonly problems: readonly string[];
  readonly commits: number;
}

/** Several `apply` at once on one log, with faults, deaths and pauses longer than a lease. */
export function simulateLog(seed: number, manner: Partial<Manner> = {}): Promise<LogSimulation> {
  const random = seededRandom(seed);
  return withIdentitiesFrom(random, async () => {
    const world = await logWorld(random, manner);
    const claims: Claim[] = [];
    for (const name of WRITERS) {
      const actor = mortal(random, name);
      const member = world.enter(actor);
      world.scheduler.start(actor, () => apply(world, member, claims));
    }
    await world.scheduler.run();
    return { problems: await contradictions(world, claims), commits: claims.length };
  });
}

function logWorld(random: Random, manner: Partial<Manner>): Promise<World> {
  const isCalm = random.chance(0.4);
  const share = isCalm ? 0 : 0.04;
  return createWorld(random, {
    ...{ targets: 1, graceMs: 0, skewMs: 0, steps: false, hasSecondChain: false, uploadParts: 0 },
    chances: { fails: share, loses: share, goesOn: random.pick([0, 0.5, 0.9]), stalls: 0.05 },
    longestPauseMs: random.pick([60_000, 2 * HOUR_MS]),
    manner: { ...HONEST, conflicts: share, ...manner },
  });
}

function mortal(random: Random, name: string): Actor {
  const actor: Actor = { name, operations: 0, state: 'running' };
  if (!random.chance(0.2)) return actor;
  return { ...actor, death: { at: random.below(20), moment: random.pick(['before', 'after']) } };
}

/** As `apply` does: takes the log, maybe renews the lease, and commits or gives up. */
async function apply(
  { random }: World,
  { actor, clock, repositories }: Member,
  claims: Claim[],
): Promise<void> {
  const [repository] = repositories.values();
  if (repository === undefined) return;
  const applyId = newRunId(clock.nowMs());
  const fixed = { signer, verifier, clock, plan: PLAN, toolVersion: '0.1.0', leaseSeconds: LEASE_SECONDS };
  const request = { ...fixed, repository, applyId, holder: actor.name, planDigest: `sha256:${applyId}` };
  const begun = await persistently(() => beginApply(request));
  if (!begun.ok) return;
  const lease = random.chance(0.3) ? await persistently(() => renewApply(begun.value)) : begun;
  if (!lease.ok) return;
  const state = Buffer.from(applyId);
  const ended = random.chance(0.8)
    ? await persistently(() => commitApply(lease.value, state))
    : await persistently(() => endApply(lease.value, { kind: 'partial', state }));
  if (ended.ok) claims.push({ applyId, serial: ended.value.serial });
}

/** What the log says once nobody writes to it any more, against what was promised. */
async function contradictions({ places }: World, claims: readonly Claim[]): Promise<string[]> {
  const [first] = places;
  if (first === undefined) return [];
  const place: LogPlace = { repository: first.repository, verifier, plan: PLAN };
  const last = await lastSerial(place);
  if (!last.ok) return [last.failure.message];
  const problems: string[] = [];
  let before: string | undefined;
  for (let serial = 1; serial <= last.value; serial += 1) {
    const read = await readLogEntry(place, serial);
    if (!read.ok) return [...problems, read.failure.message];
    if (read.value.entry.prev?.sha256 !== before)
      problems.push(`entry ${String(serial)} follows another one`);
    before = read.value.sha256;
    for (const claim of claims.filter((one) => one.serial === serial))
      if (claim.applyId !== read.value.entry.applyId) problems.push(`the commit ${String(serial)} is lost`);
  }
  const beyond = claims.filter(({ serial }) => serial > last.value);
  return [...problems, ...beyond.map(({ serial }) => `the commit ${String(serial)} is not there`)];
}
