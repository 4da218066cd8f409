import { describe, expect, it } from 'vitest';
import { explore, type Exploration } from './explore.ts';
import { pruneModel, type Cast } from './prune-model.ts';
import { PROTOCOL, type Rules } from './rules.ts';

/** `BACKUP_PLAN_MODEL_LARGE=1` explores casts of tens of millions of states as well. */
const isLarge = process.env['BACKUP_PLAN_MODEL_LARGE'] !== undefined;
/** `BACKUP_PLAN_MODEL_TRACE=1` prints how each counter-example comes about. */
const printsTraces = process.env['BACKUP_PLAN_MODEL_TRACE'] !== undefined;
const LARGE_TIMEOUT_MS = 3_600_000;
/** About what 5 GB hold. */
const MOST_STATES = 30_000_000;

function exploreWith(cast: Cast, changes: Partial<Rules> = {}): Exploration {
  const result = explore(pruneModel(cast, { ...PROTOCOL, ...changes }), MOST_STATES);
  if (printsTraces || isLarge) tell(cast, changes, result);
  return result;
}

function tell(cast: Cast, changes: Partial<Rules>, result: Exploration): void {
  const { states, steps, complete, violation } = result;
  const what = `${JSON.stringify(cast)} without ${JSON.stringify(changes)}`;
  const holds = complete ? 'holds' : 'holds as far as it was looked at';
  const lines = violation === undefined ? [holds] : [violation.message, ...violation.trace];
  process.stdout.write(
    `${what}: ${String(states)} states, ${String(steps)} steps\n  ${lines.join('\n  ')}\n`,
  );
}

describe('the protocol of deletion, in every interleaving', () => {
  it.each<[string, Cast, number]>([
    ['two writers and two prunes', { writers: 2, pruners: 2 }, 600_000],
    ['two writers with an old catalog and a prune', { writers: 2, pruners: 1, stale: true }, 10_000],
    ['a writer and two prunes that condemn first', { writers: 1, pruners: 2, condemns: true }, 45_000],
    ['an undelete, a writer and two prunes', { writers: 1, pruners: 2, undeleters: 1 }, 100_000],
    [
      'an undelete and two prunes that condemn first, of a chain of two',
      { writers: 0, pruners: 2, undeleters: 1, child: true, condemns: true },
      50_000,
    ],
    [
      'an undelete, a writer with an old catalog and a prune that crashes or is paused beyond its lease',
      { writers: 1, pruners: 1, undeleters: 1, child: true, stale: true, leases: 'short pauses' },
      150_000,
    ],
    ['a reader, a writer and a prune', { writers: 1, pruners: 1, readers: 1 }, 8_000],
    ['a reader and two prunes', { writers: 0, pruners: 2, readers: 1, child: true, condemns: true }, 60_000],
  ])('loses nothing: %s', (_name, cast, atLeast) => {
    const { violation, states, complete } = exploreWith(cast);
    expect(violation).toBeUndefined();
    expect(complete).toBe(true);
    expect(states).toBeGreaterThan(atLeast);
  });
});

if (isLarge)
  describe('the protocol of deletion, at length', () => {
    it.each<[string, Cast]>([
      ['three writers and two prunes', { writers: 3, pruners: 2 }],
      ['two writers and two prunes that condemn first', { writers: 2, pruners: 2, condemns: true }],
      [
        'an undelete, a writer and two prunes with leases',
        { writers: 1, pruners: 2, undeleters: 1, leases: 'short pauses' },
      ],
      ['a reader, a writer and two prunes', { writers: 1, pruners: 2, readers: 1, condemns: true }],
    ])(
      'loses nothing: %s',
      (_name, cast) => {
        const { violation, states } = exploreWith(cast);
        expect(violation).toBeUndefined();
        expect(states).toBeGreaterThan(1_000_000);
      },
      LARGE_TIMEOUT_MS,
    );
  });

const LOST = 'reported good and lost';
const NOT_RESTORABLE = 'held restorable and is not';
const HALF = 'half deleted and not marked';
const UNDONE = 'deleted after it was back';

const ONE_EACH: Cast = { writers: 1, pruners: 1 };
const TWO_PRUNERS: Cast = { writers: 1, pruners: 2 };
const UNDELETE: Cast = { writers: 0, pruners: 1, undeleters: 1 };
const LEASES: Cast = { ...UNDELETE, child: true, leases: 'short pauses' };
const READER: Cast = { writers: 0, pruners: 1, readers: 1 };

describe('each part of the protocol is needed:', () => {
  it.each<[string, Partial<Rules>, Cast, string | readonly string[]]>([
    ['the marks', { marks: false }, ONE_EACH, [LOST, NOT_RESTORABLE]],
    ['a mark of its own for each run', { ownMarks: false }, TWO_PRUNERS, [LOST, NOT_RESTORABLE]],
    ['marks before the listing', { markThenList: false }, ONE_EACH, LOST],
    ['taking away only own marks', { removeOnlyOwnMarks: false }, TWO_PRUNERS, [LOST, NOT_RESTORABLE, HALF]],
    ['marks until the end', { marksLast: false }, ONE_EACH, [LOST, NOT_RESTORABLE, HALF]],
    [
      'gone before the record goes',
      { deletion: ['data', 'record', 'gone'] },
      ONE_EACH,
      'a gap that nothing explains',
    ],
    ['data before gone', { deletion: ['gone', 'data', 'record'] }, ONE_EACH, 'gone, and its data is there'],
    ['a look after the commit', { postCommit: [] }, ONE_EACH, LOST],
    ['a look at the marks after the commit', { postCommit: ['records'] }, ONE_EACH, LOST],
    ['a look at the records after the commit', { postCommit: ['marks'] }, ONE_EACH, LOST],
    ['that look in this order', { postCommit: ['records', 'marks'] }, ONE_EACH, LOST],
    ['a look at all ancestors', { lineage: 'parent' }, { writers: 2, pruners: 1, stale: true }, LOST],
    ['the closure rule', { closure: false }, ONE_EACH, NOT_RESTORABLE],
    [
      'children of demoted snapshots as protection',
      { descendantsProtect: false },
      { writers: 2, pruners: 1 },
      LOST,
    ],
    ['pins', { heedPins: 'none' }, UNDELETE, UNDONE],
    ['pins of the whole chain', { heedPins: 'members' }, { writers: 1, pruners: 1, undeleters: 1 }, UNDONE],
    ['the pin before the look', { pinThenLook: false }, UNDELETE, UNDONE],
    ['a look for sweep marks by undelete', { undeleteLooks: false }, UNDELETE, UNDONE],
    ['a look at the data by undelete', { undeleteChecksData: false }, UNDELETE, UNDONE],
    [
      'sweep marks that cannot be cancelled while they live',
      { cancelOnlyDead: false },
      UNDELETE,
      [UNDONE, NOT_RESTORABLE],
    ],
    [
      'no cancelled marks on what is half deleted',
      { cancelOnlyWhole: false },
      LEASES,
      [NOT_RESTORABLE, HALF],
    ],
    ['a lease', { leaseCheck: 'never' }, LEASES, [UNDONE, NOT_RESTORABLE, HALF]],
    [
      'a lease that is asked for each member',
      { leaseCheck: 'first member' },
      LEASES,
      [UNDONE, NOT_RESTORABLE],
    ],
    [
      'marks before events in a reading',
      { reading: ['records', 'data', 'events', 'marks'] },
      READER,
      'a reader sees damage',
    ],
    [
      'data before marks in a reading',
      { reading: ['records', 'marks', 'data', 'events'] },
      READER,
      'a reader sees damage',
    ],
    [
      'records before events in a reading',
      { reading: ['events', 'records', 'data', 'marks'] },
      READER,
      'a reader sees a gap',
    ],
    [
      'records before data in a reading',
      { reading: ['data', 'records', 'marks', 'events'] },
      { ...READER, writers: 1 },
      'a reader sees damage',
    ],
  ])('%s', (_name, changes, cast, messages) => {
    const { violation } = exploreWith(cast, changes);
    expect(violation?.trace.length).toBeGreaterThan(3);
    expect([messages].flat()).toContain(violation?.message.replace(/: \d$/, ''));
  });

  it('an assumption: no run is paused for half its lease between the look at the clock and a deletion', () => {
    const { violation } = exploreWith({ ...UNDELETE, leases: 'any pause' });
    expect(violation?.trace).toContain('pruner 1 outlives its lease');
  });
});

describe('exploring', () => {
  it('stops, and says so, when there are more states than it is to visit', () => {
    const { complete, states } = explore(pruneModel(TWO_PRUNERS, PROTOCOL), 1000);
    expect(complete).toBe(false);
    expect(states).toBeLessThan(1100);
  });

  it('visits each state once, and finds the shortest way to a violation', () => {
    const result = explore({
      initial: new Uint8Array([0]),
      moves: (state, move) => {
        for (const add of [1, 3]) {
          move('counter', `adds ${String(add)}`, (draft) => (draft[0] = (state[0]! + add) % 256));
        }
      },
      violation: (state) => (state[0] === 7 ? 'seven' : undefined),
    });
    expect(result.violation?.message).toBe('seven');
    expect(result.violation?.trace).toHaveLength(3);
  });

  it('keeps more states than it first has room for', () => {
    const { states } = explore({
      initial: new Uint8Array(4),
      moves: (state, move) => {
        const next = Buffer.from(state).readUInt32LE() + 1;
        if (next < 200_000)
          move('counter', 'counts', (draft) => Buffer.from(draft.buffer).writeUInt32LE(next));
      },
      violation: () => undefined,
    });
    expect(states).toBe(200_000);
  });
});
