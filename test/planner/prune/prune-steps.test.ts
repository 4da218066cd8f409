import { expect, it } from 'vitest';
import { pruneSteps } from '../../../src/planner/prune/prune-steps.ts';
import { DAY_MS, HOUR_MS, NOW_MS } from '../builders.ts';
import { condemned, keepLast, mark, nightly, prunePlan, target } from './rig.ts';

const [first, second, third, ...newer] = nightly(6, { targets: ['local', 'offsite'] });
const over = mark({ markedMs: NOW_MS - DAY_MS });
const leftovers = [{ kind: 'staging' as const, key: 'tmp/x/y', bytes: 1, modifiedMs: 0 }];
const planned = prunePlan({
  snapshots: [condemned(first!, [over]), second!, { ...condemned(third!), pinned: {} }, ...newer],
  policy: keepLast(3, { graceMs: HOUR_MS }),
  plan: { targets: { local: target('local'), offsite: target('offsite') } },
  catalog: { read: new Set(['local', 'offsite']) },
  input: { targets: { local: { leftovers }, offsite: { leftovers: [] } } },
});
const steps = pruneSteps(planned);
const at = (id: string) => steps.find((step) => step.id === id);

it('makes one step per chain, and one for what is left over', () => {
  expect(steps.map(({ id }) => id)).toEqual([
    `reprieve calls@${third!.id} on local`,
    `condemn calls@${second!.id} on local`,
    `sweep calls@${first!.id} on local`,
    'collect on local',
    `condemn calls@${first!.id} on offsite`,
    `condemn calls@${second!.id} on offsite`,
  ]);
  expect(at('collect on local')?.action).toEqual({ kind: 'collect', target: 'local', leftovers });
});

it('marks before it deletes', () => {
  expect(at(`sweep calls@${first!.id} on local`)?.needs).toEqual([`condemn calls@${second!.id} on local`]);
  expect(steps.filter(({ needs }) => needs.length > 0)).toHaveLength(1);
});

it('holds a place on its target only, is tried again, and is no finalizer', () => {
  for (const { action, lane, retries, after, subject } of steps) {
    expect(lane).toEqual({ kind: 'target', target: 'target' in action ? action.target : '' });
    expect(retries).toBe(2);
    expect(after).toBeUndefined();
    expect(subject).toBe(action.kind === 'collect' ? 'local' : 'calls');
  }
});

it('does nothing for what waits or is refused', () => {
  const waiting = prunePlan({ snapshots: [condemned(first!), ...newer], policy: keepLast(3) });
  expect(waiting.targets[0]?.waiting).toHaveLength(1);
  expect(pruneSteps(waiting)).toEqual([]);
});
