import { parseDuration } from '../../domain/quantity.ts';
import { at, entriesAt, textOf, type Path } from '../source/tree.ts';
import { onEdges, find, holders, scheduleUses, type CheckContext } from './context.ts';

const COUNTS = ['last', 'hourly', 'daily', 'weekly', 'monthly', 'yearly'];

/** No schedule and no disk lasts for so many snapshots. */
const ENDLESS_COUNT = 100_000;
const ENDLESS_MS = 50 * 365 * 86_400_000;

/** A policy must keep something, and let something go. */
export function checkRetention(context: CheckContext): void {
  for (const [name] of entriesAt(context.tree, ['retention'])) checkPolicy(context, ['retention', name]);
  for (const path of holders(context)) {
    checkPolicy(context, [...path, 'retention']);
    const schedule = find(context.tree, [...path, 'schedule']);
    for (const use of schedule === undefined ? [] : scheduleUses(schedule))
      checkPolicy(context, [...use.path, 'retention']);
    for (const policy of onEdges(context.tree, path, 'retention')) checkPolicy(context, policy);
  }
}

function checkPolicy(context: CheckContext, policy: Path): void {
  checkKeep(context, policy);
  checkGuard(context, [...policy, 'maxDelete']);
}

/** Both ends of the scale say something else than they seem to. */
function checkGuard({ tree, report }: CheckContext, path: Path): void {
  const found = find(tree, path);
  const share = textOf(found?.tree);
  if (found === undefined || (share !== '0%' && share !== '100%')) return;
  const message =
    share === '100%'
      ? 'maxDelete 100% turns the delete guard off'
      : 'maxDelete 0% lets a prune release one chain of snapshots at a time';
  const help =
    share === '100%'
      ? 'A policy with a mistake could then delete a whole history in one prune.'
      : 'To keep everything, give `keep` larger counts. A share such as 30% lets daily work go on.';
  report.warning('BP2011', message, found.tree.place, { path, help });
}

function checkKeep({ tree, report }: CheckContext, policy: Path): void {
  const path = [...policy, 'keep'];
  const keep = at(tree, path);
  if (keep?.kind !== 'map' || entriesAt(keep, []).length === 0) return;
  const counts = COUNTS.map((key) => numberAt(tree, [...path, key]));
  if (counts.includes(undefined)) return;
  const within = parseDuration(textOf(at(tree, [...path, 'within'])) ?? '0s');
  if (counts.every((count) => count === 0) && within === 0) {
    const what = keep.entries.has('labels') ? 'nothing but labelled snapshots' : 'nothing';
    report.error('BP1305', `this policy keeps ${what}`, keep.place, {
      path,
      help: 'Give at least one of last, daily, weekly, monthly, yearly or within.',
    });
  }
  if (counts.some((count) => (count ?? 0) >= ENDLESS_COUNT) || (within ?? 0) >= ENDLESS_MS) {
    const help =
      'Every target fills up one day. Give counts that you can store; `monthly` and `yearly` reach far.';
    report.error('BP1306', 'this policy keeps everything for ever', keep.place, { path, help });
  }
}

/** 0 where the key is absent, undefined where it is no number. */
function numberAt(tree: CheckContext['tree'], path: Path): number | undefined {
  const found = at(tree, path);
  if (found === undefined) return 0;
  return found.kind === 'scalar' && typeof found.value === 'number' ? found.value : undefined;
}
