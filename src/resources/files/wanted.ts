import { readDisplayed, toBytePath } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';

/** Which entries a restore is about. */
export interface Wanted {
  readonly everything: boolean;
  /** `way`: a directory above what was asked for. */
  verdict(path: BytePath): 'asked' | 'way' | 'no';
  /** The paths asked for, in every spelling that may be meant; no trailing slash, none inside another. */
  readonly prefixes: readonly BytePath[];
}

/** `only` holds paths as people type them: with or without a leading slash, escaped as shown or literal. */
export function readWanted(only: readonly string[]): Wanted {
  const prefixes = outermost(only.flatMap(spellings));
  return wantedBelow(prefixes, only.length === 0 || prefixes.includes(''));
}

/** The same, and these paths. */
export function alsoWanting({ prefixes, everything }: Wanted, paths: Iterable<BytePath>): Wanted {
  return wantedBelow(outermost([...prefixes, ...paths]), everything);
}

function wantedBelow(prefixes: readonly BytePath[], everything: boolean): Wanted {
  return {
    everything,
    prefixes,
    verdict(path) {
      if (everything) return 'asked';
      if (prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`))) return 'asked';
      const above = path.endsWith('/') && prefixes.some((prefix) => prefix.startsWith(path));
      return above ? 'way' : 'no';
    },
  };
}

/** Tar gives an entry to the first name that covers it, and then fails because of the second one. */
function outermost(paths: readonly BytePath[]): BytePath[] {
  const distinct = [...new Set(paths)];
  return distinct.filter((path) => !distinct.some((other) => path.startsWith(`${other}/`)));
}

function spellings(text: string): BytePath[] {
  const literal = toBytePath(text);
  const displayed = readDisplayed(text);
  return [literal, ...(displayed === undefined ? [] : [displayed])].map(trim);
}

function trim(path: BytePath): BytePath {
  return path.replace(/^(\.?\/+)+/, '').replace(/\/+$/, '');
}
