import { cp, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { createAttacked, SCHEDULE_MS, type Attacked } from './support/attacked.ts';
import { jsonLines, lastJson } from './support/cli.ts';
import { filesBelow, recordsIn } from './support/workspace.ts';

/** Somebody can write to the target `disk`, and wants nobody to notice. */
describe.skipIf(lacks('zstd'))('an attacker who can write to a target', { timeout: 60_000 }, () => {
  let world: Attacked;
  beforeAll(async () => {
    world = await createAttacked();
  }, 60_000);
  beforeEach(() => world.reset());
  afterAll(() => world[Symbol.asyncDispose]());

  /** Takes the newest three snapshots away, with all that belongs to them. */
  async function removeNewestThree(): Promise<void> {
    for (const id of world.ids.slice(1)) {
      await rm(world.file(world.record(id)));
      await rm(world.file(`shop/data/export/${id}`), { recursive: true });
    }
  }

  const daysLater = (days: number): readonly string[] => [
    '--now',
    new Date(Date.now() + days * SCHEDULE_MS).toISOString(),
  ];

  const prune = () => world.workspace.run(['prune', '--json']);

  it('is not there at first', async () => {
    expect(await world.verify()).toMatchObject({ exitCode: 0, problems: [] });
  });

  describe('with records of no right', () => {
    it('that are changed (G1)', async () => {
      const file = world.file(world.record(world.ids[1]));
      const text = await readFile(file, 'utf8');
      await writeFile(file, text.replace(/"payload":"(.{100})./, '"payload":"$1A'));
      const { exitCode, problems, checks } = await world.verify();
      expect(exitCode).toBe(5);
      expect(problems).toMatchObject([{ target: 'disk', code: 'RECORD_REJECTED' }, { code: 'CATALOG_GAP' }]);
      expect(checks.filter(({ target }) => target === 'disk')).toHaveLength(3);
    });

    it('that a stranger signed, or a key that is not trusted any more (G2)', async () => {
      const other = world.record('20261122t020000z-0123456789abcdef');
      const payload = { ...(await world.payload(world.record(world.ids[3]))), key: other };
      await world.sign(other, payload, world.workspace.operationsKey);
      expect((await world.verify()).codes).toEqual(['RECORD_REJECTED']);
      await rm(world.file(other));
      await world.plan({
        signing: {
          keys: { other: { key: 'keys/escrow.asc', may: ['write', 'apply', 'prune'] } },
          use: { file: '../private/writer.key' },
        },
      });
      const { exitCode, checks } = await world.verify();
      expect(exitCode).toBeGreaterThan(1);
      expect(checks).toEqual([]);
    });

    it('that a writer signed in the role of a pruner (G2)', async () => {
      await world.plan({
        signing: {
          keys: { writer: { key: 'keys/writer.asc', may: ['write', 'apply'] } },
          use: { file: '../private/writer.key' },
        },
      });
      const [id] = world.ids;
      const key = 'shop/events/01m8qh8d3hyka5h0jhnrmm52v5.json';
      const { repoId, targetId, plan, writer, toolVersion, runId, committed } = await world.payload(
        world.record(id),
      );
      const facts = {
        snapshotId: id,
        resource: 'export',
        recordSha256: await world.digest(world.record(id)),
      };
      const base = { type: 'event', version: 1, repoId, targetId, plan, writer, toolVersion, runId };
      await world.sign(key, { ...base, key, at: committed, event: 'gone', facts });
      const { codes, checks } = await world.verify();
      expect(codes).toEqual(['RECORD_REJECTED']);
      expect(checks.some(({ snapshotId, target }) => snapshotId === id && target === 'disk')).toBe(true);
    });

    it.each<[string, (on: Attacked) => Promise<string>]>([
      ['another snapshot', (on) => Promise.resolve(on.record(on.ids[1]))],
      ['another resource', (on) => Promise.resolve(`shop/snapshots/other/${on.ids[0]}.json`)],
    ])('copied to the place of %s (G3)', async (_, placeOf) => {
      const to = await placeOf(world);
      await cp(world.file(world.record(world.ids[0])), world.file(to));
      const { exitCode, problems } = await world.verify();
      expect(exitCode).toBe(5);
      expect(problems[0]).toMatchObject({ target: 'disk', key: to, code: 'RECORD_REJECTED' });
    });

    it('copied from another target, or from another plan (G3, G11)', async () => {
      const key = world.record(world.ids[2]);
      await cp(join(world.workspace.path('spare'), key), world.file(key));
      expect((await world.verify()).problems[0]).toMatchObject({ key, code: 'RECORD_REJECTED' });
      await world.reset();
      await cp(world.file('shop'), world.file('shop2'), { recursive: true });
      await world.plan({ name: 'shop2' });
      const { codes, checks } = await world.verify();
      expect(new Set(codes)).toEqual(new Set(['RECORD_REJECTED']));
      expect(checks).toEqual([]);
    });

    it('that was pruned before (G9)', async () => {
      const before = await world.verify();
      expect(before.exitCode).toBe(0);
      const pruned = await prune();
      expect(pruned.exitCode, pruned.stdout + pruned.stderr).toBe(0);
      const [gone] = world.ids;
      expect(await recordsIn(world.workspace.backups)).not.toContain(world.record(gone));
      const template = (key: string): string => world.workspace.path('template', 'backups', key);
      await cp(template(world.record(gone)), world.file(world.record(gone)));
      const data = `shop/data/export/${gone}`;
      await cp(template(data), world.file(data), { recursive: true });
      const { exitCode, problems, checks } = await world.verify();
      expect(exitCode).toBe(5);
      expect(problems).toMatchObject([{ key: world.record(gone), code: 'RECORD_REJECTED' }]);
      expect(checks.map(({ snapshotId }) => snapshotId)).not.toContain(gone);
    });
  });

  describe('who takes something away', () => {
    it('in the middle (G4): by what newer records name', async () => {
      await world.forget();
      await rm(world.file(world.record(world.ids[1])));
      const { codes, exitCode } = await world.verify();
      expect({ codes, exitCode }).toEqual({ codes: ['CATALOG_GAP'], exitCode: 5 });
      const pruned = await prune();
      expect(pruned.exitCode).not.toBe(0);
      expect(await recordsIn(world.workspace.backups)).toHaveLength(3);
    });

    it('at the end (G5): by the time that has passed', async () => {
      await removeNewestThree();
      await world.forget();
      await world.planOfDisk();
      await expectOnly('TARGET_STALE', daysLater(3));
    });

    it('at the end (G5): by what this machine has seen', async () => {
      await removeNewestThree();
      await world.planOfDisk();
      await expectOnly('TARGET_ROLLED_BACK');
    });

    it('at the end (G5): by what records on the other target name', async () => {
      await removeNewestThree();
      await world.forget();
      await expectOnly('CATALOG_GAP');
    });

    it('of nothing but an event: by what this machine has seen', async () => {
      const events = world.workspace.path('spare', 'shop', 'events');
      const [event = ''] = await filesBelow(events);
      await rm(join(events, event));
      const { problems, exitCode } = await world.verify();
      expect(exitCode).toBe(5);
      expect(problems).toMatchObject([
        { code: 'TARGET_ROLLED_BACK', message: 'lacks 1 event that this machine has seen there before' },
      ]);
    });

    async function expectOnly(code: string, args: readonly string[] = []): Promise<void> {
      const { codes, exitCode } = await world.verify(...args);
      expect(new Set(codes)).toEqual(new Set([code]));
      expect([5, 6]).toContain(exitCode);
    }
  });

  it('who puts an older copy in the place of the target (G6) is told of everywhere, and nothing is pruned', async () => {
    const older = world.workspace.path('older');
    await rm(older, { recursive: true, force: true });
    await cp(world.workspace.backups, older, { recursive: true, preserveTimestamps: true });
    await world.workspace.run(['backup']);
    await world.workspace.run(['verify', '--level', 'checksum']);
    await rm(world.workspace.backups, { recursive: true });
    await cp(older, world.workspace.backups, { recursive: true, preserveTimestamps: true });
    const said = 'lacks 1 snapshot that this machine has seen there before';
    for (const command of [['list'], ['status'], ['doctor'], ['verify', '--level', 'record']]) {
      const { stdout, exitCode } = await world.workspace.run(command);
      expect(stdout, command.join(' ')).toContain(said);
      if (command[0] !== 'list') expect(exitCode, command.join(' ')).not.toBe(0);
    }
    const pruned = await prune();
    expect(pruned.stdout).toContain('TARGET_ROLLED_BACK');
    expect(await recordsIn(world.workspace.backups)).toHaveLength(4);
    // The alarm lasts, and ends where a person says so.
    expect((await world.verify()).codes).toContain('TARGET_ROLLED_BACK');
    await world.forget();
    expect((await world.verify()).codes).not.toContain('TARGET_ROLLED_BACK');
  });

  it('who shows a target as it was, while the other one goes on (G7)', async () => {
    await world.forget();
    expect((await world.verify(...daysLater(3))).codes).toEqual(['TARGET_STALE', 'TARGET_STALE']);
    const status = await world.workspace.run(['status', '--json', ...daysLater(3)]);
    expect(status.exitCode).toBe(6);
    // With a slower schedule nothing is late, whatever older records announced.
    await world.plan({ schedules: { nightly: { cron: '0 2 1 1 *' } } });
    expect((await world.verify(...daysLater(3))).codes).toEqual([]);
    // A machine that has nothing but the key of the signer knows it too.
    const alone = await world.workspace.run([
      'verify',
      ...['--level', 'record', '--json', '--target', world.workspace.backups],
      ...['--signer', world.workspace.path('plan', 'keys', 'writer.asc'), ...daysLater(3)],
    ]);
    expect(alone.exitCode, alone.stderr).toBe(6);
    expect(lastJson(alone)).toMatchObject({ problems: [{ code: 'TARGET_STALE' }] });
  });

  it.each<[string, (on: Attacked) => Promise<void>, number]>([
    ['is gone', (on) => rm(on.file('repo.json')), 8],
    [
      'is that of another repository',
      async (on) => on.sign('repo.json', { ...(await on.payload('repo.json')), repoId: 'other' }),
      8,
    ],
    [
      'asks for a newer release',
      async (on) => on.sign('repo.json', { ...(await on.payload('repo.json')), minReader: 99 }),
      9,
    ],
  ])('whose marker %s (G10, G16): nothing is written there', async (_, harm, code) => {
    await harm(world);
    const before = await filesBelow(world.workspace.backups);
    expect((await world.verify()).exitCode).toBe(code);
    await world.workspace.run(['backup']);
    expect(await filesBelow(world.workspace.backups)).toEqual(before);
  });

  it('who signs with a stolen key of a writer: a date far ahead displaces nothing (G12)', async () => {
    const id = '20990101t000000z-0123456789abcdef';
    const base = await world.payload(world.record(world.ids[3]));
    const moved = JSON.parse(JSON.stringify(base).replaceAll(world.ids[3], id)) as object;
    const at = '2099-01-01T00:00:00.000Z';
    await cp(world.file(`shop/data/export/${world.ids[3]}`), world.file(`shop/data/export/${id}`), {
      recursive: true,
    });
    await world.sign(world.record(id), { ...moved, started: at, consistentAt: at, committed: at });
    const { exitCode, problems } = await world.verify();
    expect(exitCode).toBe(6);
    expect(problems).toMatchObject([{ target: 'disk', code: 'DATED_AHEAD', key: world.record(id) }]);
    const records = await recordsIn(world.workspace.backups);
    expect((await prune()).stdout).toContain('CLOCK_SUSPECT');
    expect(await recordsIn(world.workspace.backups)).toEqual(records);
    const shown = await world.workspace.run(['show', 'export@latest', '--json']);
    expect(shown.stdout).toContain(world.ids[3]);
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['a cut record', Buffer.from('{"payload":"ey')],
    ['broken UTF-8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['deep nesting', Buffer.from('['.repeat(100_000))],
    ['a forbidden key', Buffer.from('{"__proto__":{}}')],
    ['duplicate keys', Buffer.from('{"payload":"","payload":"","signatures":[]}')],
    ['a message signed inline', Buffer.from('-----BEGIN PGP SIGNED MESSAGE-----\n')],
  ])('who leaves %s in the place of a record (G14, G15): the others are read', async (_, bytes) => {
    const key = world.record('20261122t020000z-0123456789abcdef');
    await writeFile(world.file(key), bytes);
    const { exitCode, problems, checks } = await world.verify();
    expect(exitCode).toBe(5);
    expect(problems).toMatchObject([{ key, code: 'RECORD_REJECTED' }]);
    expect(checks.every(({ result }) => result === 'passed')).toBe(true);
    expect(checks).toHaveLength(8);
  });

  it('who leaves a record of a gigabyte (G14): it is not even loaded', async () => {
    const key = world.record('20261122t020000z-0123456789abcdef');
    await writeFile(world.file(key), '');
    await truncate(world.file(key), 1024 ** 3);
    const { result, peakBytes } = await measured(['list', '--json']);
    expect(lastJson(result)).toMatchObject({ problems: [{ key, code: 'CORRUPT' }] });
    expect(peakBytes).toBeLessThan(250e6);
  });

  it('who leaves a type that nobody knows (G16): the rest is read, and said to be newer', async () => {
    const key = world.record('20261122t020000z-0123456789abcdef');
    const base = await world.payload(world.record(world.ids[3]));
    await world.sign(key, { ...base, key, version: 2, shape: 'unheard of' });
    const { problems, checks } = await world.verify();
    expect(problems).toMatchObject([{ key, code: 'TARGET_FORMAT' }]);
    expect(checks).toHaveLength(8);
  });

  it('who changes what this machine remembers (G18): it is read again', async () => {
    const listed = await world.workspace.run(['list', '--json']);
    const cache = world.workspace.path('home', '.cache', 'backup-plan', 'records');
    for (const name of await filesBelow(cache)) {
      const bytes = await readFile(join(cache, name));
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
      await writeFile(join(cache, name), bytes);
    }
    const again = await world.workspace.run(['list', '--json']);
    expect(again.stdout).toBe(listed.stdout);
  });

  it('who signs escapes and changes of direction into a field (G19): they are printed as text', async () => {
    const [, id] = world.ids;
    const label = '\u001b[2J\u202eevil';
    const key = world.record(id);
    await world.sign(key, { ...(await world.payload(key)), label });
    for (const command of [['list'], ['show', `export@${id}`], ['list', '--json']]) {
      const { stdout, stderr } = await world.workspace.run(command);
      // eslint-disable-next-line no-control-regex -- they are what is looked for
      expect(stdout + stderr).not.toMatch(/[\u001b\u202e]/);
    }
  });

  it('and what is not ours under the prefix stays, also when leftovers are collected (G17)', async () => {
    const foreign = [
      'notes.txt',
      'shop/notes.txt',
      'shop/data/export/x',
      `shop/data/export/${world.ids[0]}/x`,
    ];
    const longAgo = new Date(Date.now() - 400 * SCHEDULE_MS);
    for (const key of foreign) {
      await writeFile(world.file(key), 'not ours');
      await utimes(world.file(key), longAgo, longAgo);
    }
    expect((await world.verify()).exitCode).toBe(0);
    expect((await prune()).exitCode).toBe(0);
    expect(await recordsIn(world.workspace.backups)).toHaveLength(2);
    for (const key of foreign) expect(await readFile(world.file(key), 'utf8'), key).toBe('not ours');
  });

  async function measured(args: readonly string[]) {
    const run = world.workspace.start(args);
    let peakBytes = 0;
    const sampling = setInterval(() => {
      void readFile(`/proc/${String(run.pid)}/status`, 'utf8').then(
        (text) => (peakBytes = Number(/^VmHWM:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024 || peakBytes),
        () => undefined,
      );
    }, 10);
    const result = await run.result;
    clearInterval(sampling);
    expect(jsonLines(result.stdout).length, result.stderr).toBeGreaterThan(0);
    expect(peakBytes).toBeGreaterThan(0);
    return { result, peakBytes };
  }
});
