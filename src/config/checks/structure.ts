import { at, entriesAt, keyPlaceAt, textOf, type Path } from '../source/tree.ts';
import { find, itemsOf, type CheckContext, type ResourceView } from './context.ts';

/** What a plan must have so that a resource can be backed up at all. */
export function checkStructure(context: CheckContext): void {
  checkState(context);
  checkLogKeeper(context);
  checkGroups(context);
  checkCase(context, ['secrets']);
  for (const resource of context.resources) checkNeeds(context, resource);
}

function checkState({ tree, report }: CheckContext): void {
  const targets = entriesAt(tree, ['targets']);
  if (targets.length < 2 || find(tree, ['state']) !== undefined) return;
  const names = targets.map(([name]) => name).join(', ');
  report.error(
    'BP1209',
    'a plan with several targets must say which one holds its log',
    keyPlaceAt(tree, ['targets']),
    {
      path: ['targets'],
      help: `Add \`state: NAME\` with one of: ${names}.`,
    },
  );
}

/** Of two runs that commit a plan at the same moment, such a store lets both win. */
function checkLogKeeper({ tree, registries, report }: CheckContext): void {
  const [first, second] = entriesAt(tree, ['targets']);
  const named = textOf(at(tree, ['state']));
  const name = named ?? (second === undefined ? first?.[0] : undefined);
  if (name === undefined) return;
  const type = textOf(at(tree, ['targets', name, 'type']));
  const isFit = registries.targets.find((one) => one.type === type)?.createOnly !== false;
  const exclusive = at(tree, ['targets', name, 'exclusive']);
  if (isFit || (exclusive?.kind === 'scalar' && exclusive.value === true)) return;
  const path = named === undefined ? ['targets', name] : ['state'];
  const help =
    'Let `state` name another target, or, where no two runs write there at the same time, add `exclusive: true` to it.';
  const place = named === undefined ? keyPlaceAt(tree, path) : at(tree, path)?.place;
  report.error('BP1323', `the log cannot lie on "${name}": its store cannot keep two writers apart`, place, {
    path,
    help,
  });
}

function checkGroups({ tree, report }: CheckContext): void {
  const groupOf = new Map<string, string>();
  for (const [group] of entriesAt(tree, ['groups'])) {
    const members = find(tree, ['groups', group, 'members']);
    for (const { tree: item, path } of members === undefined ? [] : itemsOf(members)) {
      const name = textOf(item);
      const other = name === undefined ? undefined : groupOf.get(name);
      if (name !== undefined && other === undefined) groupOf.set(name, group);
      if (other === undefined || other === group) continue;
      const help = 'A resource is captured behind one barrier; join the groups or leave it out of one.';
      report.error('BP1211', `resource "${name ?? ''}" is a member of "${other}" already`, item.place, {
        path,
        help,
      });
    }
  }
}

/** Names that look the same to a hurried reader. */
function checkCase({ tree, report }: CheckContext, section: Path): void {
  const seen = new Map<string, string>();
  for (const [name, { keyPlace }] of entriesAt(tree, section)) {
    const other = seen.get(name.toLowerCase());
    if (other === undefined) seen.set(name.toLowerCase(), name);
    else
      report.error('BP1213', `"${name}" and "${other}" differ only in upper and lower case`, keyPlace, {
        path: [...section, name],
      });
  }
}

function checkNeeds({ tree, report }: CheckContext, { name, path, effective }: ResourceView): void {
  const place = keyPlaceAt(tree, path);
  const say = { path };
  if (effective('encryption') === undefined) {
    const help =
      'Name a profile under `encryption`, here or in `defaults`. Nothing is ever stored in plaintext.';
    report.error('BP1308', `resource "${name}" has no encryption profile`, place, { ...say, help });
  }
  if (effective('targets') === undefined) {
    report.error('BP1309', `resource "${name}" has no target`, place, {
      ...say,
      help: 'Name targets, here or in `defaults`.',
    });
  }
  if (effective('retention') === undefined) {
    const help = 'Name a policy under `retention`, here or in `defaults`.';
    report.error(
      'BP1310',
      `resource "${name}" has no retention policy, so its snapshots would stay for ever`,
      place,
      { ...say, help },
    );
  }
  if (effective('schedule') === undefined) {
    const help = 'Give it a schedule, here or in `defaults`.';
    report.warning(
      'BP2005',
      `resource "${name}" has no schedule: \`apply\` never takes a snapshot of it`,
      place,
      { ...say, help },
    );
  }
}
