import type { Report } from '../report.ts';
import { at, keyPlaceAt, type MapTree, type Path } from '../source/tree.ts';

/** Something in the plan that falls short of its policies. */
export interface Breach {
  readonly path: Path;
  readonly message: string;
}

/** Schedules only warn: a clock change may make one gap of the year too long. */
export function reportBreaches(tree: MapTree, breaches: readonly Breach[], report: Report): void {
  for (const breach of breaches) {
    const path = whereWritten(tree, breach.path);
    const value = at(tree, path);
    const place = value?.kind === 'map' ? keyPlaceAt(tree, path) : (value?.place ?? keyPlaceAt(tree, path));
    const key = String(path[0] === 'policies' ? path[1] : path.at(-1));
    const help = Object.hasOwn(HELP, key) ? HELP[key] : undefined;
    const extra = { path, ...(help === undefined ? {} : { help }) };
    if (key === 'schedule') report.warning('BP2014', breach.message, place, extra);
    else report.error('BP1501', breach.message, place, extra);
  }
}

/** What a resource does not say itself stands in `defaults`; several resources then have one mistake. */
function whereWritten(tree: MapTree, path: Path): Path {
  const [section, , ...rest] = path;
  const fallback = ['defaults', ...rest];
  const isDefaulted = section === 'resources' && at(tree, path) === undefined;
  return isDefaulted && at(tree, fallback) !== undefined ? fallback : path;
}

/** By the key that falls short. */
const HELP: Readonly<Record<string, string>> = {
  targets: 'Name more of the targets, or ask for less under `policies`.',
  encryption: 'Add public keys to the profile, and keep one of the private ones offline.',
  schedule: 'Schedule it more often, or allow longer gaps with `policies.maxRpo`.',
  copies: 'Add targets, or ask for fewer copies; with `countSource: true` the live data is one of them.',
  media: 'Add a target on another medium and say which with `media`, or ask for fewer.',
  offsite: 'Add a target that a disaster at the source leaves alone, and mark it `offsite: true`.',
  sites: 'Add a target at another place and say which with `site`, or ask for fewer.',
  separate: 'Send one of them to other targets, or encrypt it to other keys.',
};
