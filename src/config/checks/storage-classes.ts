import { at, entriesAt, textOf } from '../source/tree.ts';
import { find, holders, type CheckContext } from './context.ts';

/** A class of storage is something that some stores have. */
export function checkStorageClasses(context: CheckContext): void {
  const { tree, registries, report } = context;
  for (const holder of holders(context)) {
    for (const [target] of entriesAt(tree, [...holder, 'targets'])) {
      const written = find(tree, [...holder, 'targets', target, 'storageClass']);
      const type = textOf(at(tree, ['targets', target, 'type']));
      const known = registries.targets.find((one) => one.type === type);
      if (written === undefined || known === undefined || known.storageClasses === true) continue;
      const message = `a ${known.type} target has no storage classes`;
      report.error('BP1324', message, written.tree.place, { path: written.path });
    }
  }
}
