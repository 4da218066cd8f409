import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { lastJson } from './support/cli.ts';
import { cephPlace, sftpPlace, type RemotePlace } from './support/remote-place.ts';
import {
  createRemoteWorkspace,
  expectRestorable,
  takenBy,
  type RemoteWorkspace,
} from './support/remote-runs.ts';
import type { RunDocument } from './support/snapshots.ts';
import { wasKilled } from './support/strace.ts';
import { CEPH_START_MS, lacksCeph } from '../support/ceph.ts';

const TIMEOUT_MS = 600_000;
const DAY_MS = 86_400_000;
/** `BACKUP_PLAN_CRASH_KILLS=1000` kills at about every one. */
const KILLS = Number(process.env['BACKUP_PLAN_CRASH_KILLS'] ?? '6');

interface PlaceKind {
  readonly kind: string;
  readonly isLacking: boolean;
  readonly make: () => Promise<RemotePlace>;
}

const PLACES: readonly PlaceKind[] = [
  { kind: 'an SFTP server', isLacking: lacks('sshd', 'ssh-keygen'), make: sftpPlace },
  { kind: 'an S3 store', isLacking: lacksCeph(), make: cephPlace },
];

for (const { kind, isLacking, make } of PLACES) {
  describe.skipIf(isLacking || lacks('gpg', 'zstd'))(`on ${kind}`, () => {
    let place: RemotePlace;
    beforeAll(async () => {
      place = await make();
    }, CEPH_START_MS);
    afterAll(() => place.stop());

    it(
      'a backup that is killed at any request leaves what was there, and nothing that is not whole',
      async () => {
        const retention = { standard: { keep: { last: 100 } } };
        await using workspace = await createRemoteWorkspace(place, { retention });
        const first = takenBy(await workspace.succeed('apply', '--yes', '--json'));
        const deaths = await killEverywhere(workspace, {
          args: ['backup'],
          kills: KILLS,
          check: async () => {
            const snapshots = await workspace.listed();
            expect(snapshots).toContainEqual({ id: first, good: true });
            expect(snapshots.filter(({ good }) => !good)).toEqual([]);
          },
        });
        expect(deaths).toBeGreaterThanOrEqual(KILLS - 2);
        const last = takenBy(await workspace.succeed('backup', '--json'));
        await workspace.succeed('verify', '--level', 'checksum');
        await expectRestorable(workspace, [first, last]);
        await expectTidyLater(workspace);
      },
      TIMEOUT_MS,
    );

    it(
      'a prune that is killed at any request is finished by the next one',
      async () => {
        const retention = { standard: { keep: { last: 1 }, minimum: 1, maxDelete: '100%' } };
        await using workspace = await createRemoteWorkspace(place, { retention });
        let newest = takenBy(await workspace.succeed('apply', '--yes', '--no-prune', '--json'));
        const deaths = await killEverywhere(workspace, {
          args: ['prune'],
          kills: Math.ceil(KILLS / 2),
          prepare: async () => {
            newest = takenBy(await workspace.succeed('backup', '--json'));
          },
          check: async () => {
            expect(await workspace.listed()).toContainEqual({ id: newest, good: true });
            await workspace.succeed('prune');
            expect(await workspace.listed()).toEqual([{ id: newest, good: true }]);
          },
        });
        expect(deaths).toBeGreaterThan(0);
        await expectRestorable(workspace, [newest]);
      },
      TIMEOUT_MS,
    );

    it(
      'of several backups at once one has the log and the others say who',
      async () => {
        await using workspace = await createRemoteWorkspace(place);
        await workspace.succeed('apply', '--yes');
        const runs = await Promise.all([1, 2, 3].map(() => workspace.run(['backup', '--json'])));
        for (const { exitCode, stderr } of runs) expect(exitCode, stderr).toBe(0);
        const documents = runs.map((result) => lastJson<RunDocument>(result));
        const locked = documents.filter(({ state }) => state === 'locked');
        for (const { heldBy } of locked) expect(heldBy).toContain('pid');
        const snapshots = await workspace.listed();
        expect(snapshots).toHaveLength(1 + documents.length - locked.length);
        expect(snapshots.every(({ good }) => good)).toBe(true);
        await workspace.succeed('verify', '--level', 'checksum');
      },
      TIMEOUT_MS,
    );

    it(
      'prunes beside backups, each of them several times at once, take nothing that anybody needs',
      async () => {
        const retention = { standard: { keep: { last: 2 }, minimum: 1, maxDelete: '100%' } };
        await using workspace = await createRemoteWorkspace(place, { retention });
        await workspace.succeed('apply', '--yes', '--no-prune');
        for (let round = 0; round < 2; round += 1) await workspace.succeed('backup');
        const commands = [['backup'], ['prune'], ['backup'], ['prune']];
        const runs = await Promise.all(commands.map((args) => workspace.run([...args, '--json'])));
        for (const { exitCode, stdout, stderr } of runs) expect(exitCode, stdout + stderr).toBe(0);
        const taken = runs.flatMap((result) => {
          const { resources } = lastJson<Partial<RunDocument>>(result);
          return (resources ?? []).flatMap(({ snapshotId, state }) =>
            state === 'succeeded' ? [snapshotId] : [],
          );
        });
        const snapshots = await workspace.listed();
        expect(snapshots.filter(({ good }) => !good)).toEqual([]);
        expect(snapshots.length).toBeGreaterThanOrEqual(2);
        await workspace.succeed('verify', '--level', 'checksum');
        await expectRestorable(workspace, [snapshots.at(-1)?.id ?? '', ...taken.slice(-1)]);
        await workspace.succeed('prune');
        expect(await workspace.listed()).toHaveLength(2);
      },
      TIMEOUT_MS,
    );
  });
}

interface Killing {
  readonly args: readonly string[];
  readonly kills: number;
  /** Before each run. */
  readonly prepare?: () => Promise<void>;
  /** After each death. */
  readonly check: () => Promise<void>;
}

/** Kills a run at points spread over all that it asks for; gives how often it died. */
async function killEverywhere(
  workspace: RemoteWorkspace,
  { args, kills, prepare, check }: Killing,
): Promise<number> {
  const { proxy } = workspace.place;
  await prepare?.();
  proxy.strikeAt(Infinity, 'before', () => undefined);
  await workspace.succeed(...args);
  const all = proxy.count();
  let deaths = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    await prepare?.();
    const moment = kill % 2 === 0 ? 'before' : 'after';
    const result = await workspace.killedAt({ n: 1 + Math.floor((kill * all) / kills), moment }, args);
    if (wasKilled(result)) deaths += 1;
    else expect(result.exitCode, result.stdout + result.stderr).toBe(0);
    await check();
  }
  return deaths;
}

/** Once what the dead left is old enough, a prune takes it away. */
async function expectTidyLater(workspace: RemoteWorkspace): Promise<void> {
  const { place } = workspace;
  if (place.age === undefined) return;
  await place.age(9 * DAY_MS);
  await workspace.succeed('prune');
  const keys = await place.keys();
  const recorded = new Set(keys.filter((key) => key.includes('/snapshots/')).map(idIn));
  const left = keys.filter((key) => /\/(data|marks|intents|keys)\//u.test(key) && !recorded.has(idIn(key)));
  expect(left).toEqual([]);
  expect(keys.filter((key) => key.startsWith('tmp/'))).toEqual([]);
}

function idIn(key: string): string {
  return /\d{8}t\d{6}z-[a-z0-9]+/u.exec(key)?.[0] ?? '';
}
