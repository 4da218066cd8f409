import { parseKey } from '../../src/catalog/keys.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import type { Catalog, Copy, Snapshot } from '../../src/domain/snapshot.ts';
import { takeNewChain, type Work } from './cast.ts';
import { prune } from './members.ts';
import type { Actor } from './scheduler.ts';
import { DAY_MS, HOUR_MS, PLAN, verifier, type World } from './world.ts';

/** In so many worlds all runs are made once more at the end. */
const SHARE_THAT_GOES_ON = 0.15;

/** Once everybody has ended or died: nothing is missing, and runs to which nothing happens tidy up. */
export async function aftermath(world: World): Promise<string[]> {
  const problems = await findings(world, 'afterwards');
  world.becomeHonest();
  if (!world.random.chance(SHARE_THAT_GOES_ON)) return problems;
  return [...problems, ...(await settle(world))];
}

/** A backup succeeds, and prunes of the next days leave nothing but what is good. */
export async function settle(world: World): Promise<string[]> {
  const before = world.history.reports();
  await luckily(world, takeNewChain);
  const failed = world.history.reports() === before ? ['the next backup failed'] : [];
  for (const ms of [25 * HOUR_MS, 8 * DAY_MS, 2 * DAY_MS]) {
    world.pass(ms);
    await luckily(world, prune);
  }
  return [...failed, ...(await findings(world, 'in the end')), ...debris(world)];
}

export async function luckily(world: World, work: Work): Promise<void> {
  const actor: Actor = { name: 'the last', operations: 0, state: 'running', lucky: true };
  const member = world.enter(actor);
  world.scheduler.start(actor, async () => {
    await work(world, member);
  });
  await world.scheduler.run();
}

/** No unexplained gap, and all that was reported good is there, or waits for a deletion that may be. */
export async function findings({ places, history }: World, when: string): Promise<string[]> {
  const repositories = places.map(({ repository }) => repository);
  const catalog = await readCatalog({ plan: PLAN, repositories, unreachable: [], verifier });
  const problems = catalog.problems.map(({ code, message }) => `${when}: ${code}: ${message}`);
  const lost = places.flatMap(({ name }) =>
    history.promised(name).filter(({ snapshotId }) => !isThere(catalog, snapshotId, name)),
  );
  const torn = catalog.snapshots.filter(({ copies }) => copies.some(isTorn));
  return [
    ...problems,
    ...lost.map(({ snapshotId }) => `${when}: ${snapshotId} is not there`),
    ...torn.map(({ id }) => `${when}: ${id} is half deleted, and nothing says so`),
  ];
}

/** A demotion says so: of a record that was made again after a prune had deleted all of it. */
function isTorn({ state, demoted }: Copy): boolean {
  return (state === 'missing' || state === 'corrupt') && demoted !== true;
}

/** Good, or condemned by a prune that has not looked yet. */
function isThere({ snapshots }: Catalog, snapshotId: string, target: string): boolean {
  const snapshot = snapshots.find(({ id }) => id === snapshotId);
  const copy = snapshot?.copies.find((one) => one.target === target);
  if (copy?.state === 'condemned') return true;
  return copy?.state === 'present' && (snapshot?.good === true || dependsOnCondemned(snapshot, snapshots));
}

function dependsOnCondemned(snapshot: Snapshot | undefined, snapshots: readonly Snapshot[]): boolean {
  const { root } = snapshot?.record.chain ?? {};
  const chain = snapshots.filter(({ record }) => record.chain.root === root);
  return chain.some(({ copies }) => copies.some(({ state }) => state === 'condemned'));
}

/** A week later nothing lies about that no record names. */
function debris({ places }: World): string[] {
  return places.flatMap(({ store }) => {
    const keys = [...store.objects.keys()];
    const known = new Set(keys.flatMap((key) => snapshotOf(key, ['snapshot']) ?? []));
    const left = keys.filter((key) => {
      const id = snapshotOf(key, ['data', 'index', 'mark', 'intent']);
      return id !== undefined && !known.has(id);
    });
    return left.map((key) => `left over: ${key}`);
  });
}

function snapshotOf(key: string, kinds: readonly string[]): string | undefined {
  const parsed = parseKey(key);
  return parsed !== undefined && kinds.includes(parsed.kind) && 'snapshotId' in parsed
    ? parsed.snapshotId
    : undefined;
}
