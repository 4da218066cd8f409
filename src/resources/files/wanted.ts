import { readDisplayed, toBytePath } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';

/** Which entries a restore is about. */
export interface Wanted {
  readonly everything: boolean;
  /** `way`: a directory above what was asked for. */
  verdict(path: BytePath): 'asked' | 'way' | 'no';
  /** The paths asked for, in every spelling that may be meant; none has a trailing slash. */
  readonly prefixes: readonly BytePath[];
}

/** `only` holds paths as people type them: with or without a leading slash, escaped as shown or literal. */
export function readWanted(only: readonly string[]): Wanted {
  const prefixes = [...new Set(only.flatMap(spellings))];
  const everything = only.length === 0 || prefixes.includes('');
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

function spellings(text: string): BytePath[] {
  const literal = toBytePath(text);
  const displayed = readDisplayed(text);
  return [literal, ...(displayed === undefined ? [] : [displayed])].map(trim);
}

function trim(path: BytePath): BytePath {
  return path.replace(/^(\.?\/+)+/, '').replace(/\/+$/, '');
}
