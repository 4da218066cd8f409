import type { BytePath } from '../../domain/index-entry.ts';
import { readLink } from './entry-line.ts';
import type { LinkFacts } from './entry-line.ts';
import type { Found } from './walk.ts';

export interface LinkTable {
  firstNameOf(found: Found): BytePath | undefined;
}

/**
 * Remembers the first name of every file or link that has several, as tar does, which makes fifos and
 * devices anew under each name. A file is forgotten once all its names were seen, so memory grows only
 * with names that lie outside or further on.
 */
export function createLinkTable(): LinkTable {
  const open = new Map<string, { readonly first: BytePath; seen: bigint }>();
  return {
    firstNameOf({ path, type, stats }) {
      if (stats.nlink < 2n || (type !== 'file' && type !== 'symlink')) return undefined;
      const key = `${String(stats.dev)}:${String(stats.ino)}`;
      const known = open.get(key);
      if (known === undefined) {
        open.set(key, { first: path, seen: 1n });
        return undefined;
      }
      known.seen += 1n;
      if (known.seen >= stats.nlink) open.delete(key);
      return known.first;
    },
  };
}

/** How an index lists the entry: a later name of a file is a hard link to the first one. */
export function linkFactsOf(found: Found, links: LinkTable): LinkFacts {
  const first = links.firstNameOf(found);
  if (first !== undefined) return { type: 'hardlink', link: first };
  const link = found.type === 'symlink' ? readLink(found.path) : undefined;
  return link === undefined ? { type: found.type } : { type: found.type, link };
}
