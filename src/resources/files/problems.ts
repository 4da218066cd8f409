import { displayBytes } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';

export type ProblemKind = 'changed' | 'vanished' | 'unreadable' | 'socket';

/** What went wrong with single files. Names go into the encrypted index, counts into the record. */
export interface Problems {
  add(kind: ProblemKind, path: BytePath): void;
  count(kind: ProblemKind): number;
  /** A few names for a message. */
  some(kind: ProblemKind): string;
  /** `changed srv/app.log`, one line per file. */
  log(): string[];
  /** More than can be listed: the snapshot would hide what it lacks. */
  overflowed(): boolean;
}

const MOST_LISTED = 10_000;
const SHOWN = 3;

export function createProblems(): Problems {
  const listed = new Map<ProblemKind, Set<string>>();
  let lost = false;
  const names = (kind: ProblemKind) => listed.get(kind) ?? new Set<string>();
  return {
    add(kind, path) {
      const known = names(kind);
      if (known.size >= MOST_LISTED) lost = true;
      else listed.set(kind, known.add(displayBytes(path.replace(/\/$/, ''))));
    },
    count: (kind) => names(kind).size,
    some(kind) {
      const all = [...names(kind)];
      const more = all.length > SHOWN ? ` and ${String(all.length - SHOWN)} more` : '';
      return all.slice(0, SHOWN).join(', ') + more;
    },
    log: () => [...listed].flatMap(([kind, paths]) => [...paths].map((path) => `${kind} ${path}`)),
    overflowed: () => lost,
  };
}
