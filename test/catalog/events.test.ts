import { describe, expect, it } from 'vitest';
import { factsOf, type EventFacts } from '../../src/catalog/event-facts.ts';
import { parseEventRecord, writeEvent } from '../../src/catalog/events.ts';
import { timeOfUlid } from '../../src/catalog/ids.ts';
import { readCatalog } from '../../src/catalog/read-catalog.ts';
import { faultyTarget } from '../support/faulty-target.ts';
import { failureIn, valueOf } from '../support/results.ts';
import { createWorld, fixedClock, START_MS, type World } from '../support/sample-records.ts';

const SNAPSHOT = '20261121t020000z-0123456789abcdef';

const run: EventFacts = {
  event: 'run',
  facts: {
    result: 'partial',
    planDigest: 'sha256:ab',
    durationMs: 1200,
    resources: [
      {
        resource: 'files',
        state: 'succeeded',
        mode: 'full',
        snapshotId: SNAPSHOT,
        targets: ['local'],
        bytes: 10,
        durationMs: 9,
      },
      { resource: 'calls', state: 'failed', mode: 'dump', code: 'SOURCE_FAILED' },
    ],
  },
};
const restore: EventFacts = {
  event: 'restore',
  facts: {
    resource: 'files',
    snapshotId: SNAPSHOT,
    target: 'local',
    result: 'succeeded',
    entries: 3,
    bytes: 10,
    durationMs: 5,
  },
};
const verify: EventFacts = {
  event: 'verify',
  facts: { snapshotId: SNAPSHOT, level: 'decrypt', result: 'failed', target: 'local', code: 'CORRUPT' },
};

const write = (world: World, facts: EventFacts, atMs = START_MS) =>
  writeEvent({
    ...world,
    ...facts,
    clock: fixedClock(atMs),
    plan: 'acme',
    runId: 'run',
    writer: 'host-a',
    toolVersion: '0.1.0',
  });
const eventsOf = async ({ repository, verifier }: World) =>
  readCatalog({ plan: 'acme', repositories: [repository], unreachable: [], verifier });

describe('events', () => {
  it.each([run, restore, verify])('of kind $event come back with their facts', async (facts) => {
    const world = await createWorld();
    valueOf(await write(world, facts));
    const { events, problems } = await eventsOf(world);
    expect(problems).toEqual([]);
    expect(events.map(factsOf)).toEqual([facts]);
    expect(events[0]).toMatchObject({
      at: '2026-11-21T02:00:00.000Z',
      writer: 'host-a',
      plan: 'acme',
      runId: 'run',
    });
  });

  it('lie under an id of their time, one object each, oldest first', async () => {
    const world = await createWorld();
    for (const atMs of [START_MS + 2, START_MS, START_MS + 1]) valueOf(await write(world, verify, atMs));
    const { events } = await eventsOf(world);
    expect(events.map(({ key }) => timeOfUlid(key.split(/[/.]/)[2] ?? ''))).toEqual([
      START_MS,
      START_MS + 1,
      START_MS + 2,
    ]);
    expect(new Set(events.map(({ key }) => key)).size).toBe(3);
  });

  it('with facts that no reader would accept are a bug', async () => {
    const world = await createWorld();
    const unfit = { event: 'verify', facts: { ...verify.facts, level: 'smell' } } as unknown as EventFacts;
    await expect(write(world, unfit)).rejects.toThrow('unfit event: event.facts.level');
    expect((await eventsOf(world)).events).toEqual([]);
  });

  it('that could not be written are a failure', async () => {
    const world = await createWorld();
    const target = faultyTarget(world.repository.target, { at: 0, moment: 'before' });
    expect(failureIn(await write({ ...world, repository: { ...world.repository, target } }, run)).code).toBe(
      'TARGET_UNREACHABLE',
    );
  });

  it.each([
    ['an unknown kind', { event: 'purge' }],
    ['facts of another kind', { event: 'run' }],
    ['facts that are a list', { facts: [] }],
    ['one fact too many', { facts: { ...verify.facts, path: '/etc/passwd' } }],
    ['a failure code that does not exist', { facts: { ...verify.facts, code: 'OOPS' } }],
    ['no time', { at: 'yesterday' }],
  ])('with %s are refused', async (_, changes) => {
    const world = await createWorld();
    valueOf(await write(world, verify));
    const [event] = (await eventsOf(world)).events;
    expect(parseEventRecord(event).ok).toBe(true);
    expect(failureIn(parseEventRecord({ ...event, ...changes })).code).toBe('RECORD_REJECTED');
  });
});
