import { closeSync, constants, openSync, readSync } from 'node:fs';
import ignore from 'ignore';
import type { Ignore } from 'ignore';
import { bytesOf, toBytePath } from '../../domain/index-entry.ts';
import type { BytePath } from '../../domain/index-entry.ts';
import { errnoOf } from '../../domain/errno.ts';
import { isSafetyFolder } from '../../domain/safety-folder.ts';
import { readMountPoints } from './mounts.ts';
import type { FilesOptions } from './options.ts';
import { systemPath } from './walk.ts';
import type { Found, Selection } from './walk.ts';

/** What of a tree is captured, by the options of the plan. Undefined options cost nothing per entry. */
export function createSelection(options: FilesOptions): Selection {
  const excluded = matcher(options.exclude);
  const included = matcher(options.include);
  const markers = new Set(options.excludeIfPresent.map(toBytePath));
  const mounts = options.oneFileSystem ? readMountPoints() : undefined;
  return {
    narrow(directory, names) {
      const marker = names.find((name) => markers.has(name)) ?? cacheTag(options, directory, names);
      return marker === undefined ? names : [marker];
    },
    touches: (path) => mounts?.has(path) !== true,
    keeps(found) {
      if (options.oneFileSystem && found.stats.dev !== found.root.device) return false;
      if (found.type === 'directory' && isSafetyFolder(nameOf(found.path))) return false;
      if (excluded === undefined && included === undefined) return true;
      const text = textOf(found);
      if (excluded?.(text) === true) return false;
      return included === undefined || found.type === 'directory' || included(text);
    },
  };
}

/** How many verdicts the matcher may remember before it is made anew. */
const CACHED_VERDICTS = 20_000;

/** The package remembers every path that it has judged, so its memory would grow with the tree. */
function matcher(patterns: readonly string[]): ((path: string) => boolean) | undefined {
  if (patterns.length === 0) return undefined;
  const rules = ignore({ ignorecase: false }).add(patterns);
  let fresh: Ignore = rules;
  let verdicts = 0;
  return (path) => {
    verdicts += 1;
    if (verdicts % CACHED_VERDICTS === 0) fresh = ignore({ ignorecase: false }).add(rules);
    return fresh.ignores(path);
  };
}

/** The path of a directory ends with a slash. */
function nameOf(path: BytePath): string {
  return path.slice(path.lastIndexOf('/', path.length - 2) + 1, -1);
}

/** Patterns start at the root; a directory keeps its trailing slash. */
function textOf({ path, root }: Found): string {
  const below = root.path === '' ? path : path.slice(root.path.length + 1);
  return bytesOf(below).toString();
}

const CACHE_TAG = 'CACHEDIR.TAG';
const CACHE_SIGNATURE = Buffer.from('Signature: 8a477f597d28d172789f06886806bc55');

function cacheTag({ excludeCaches }: FilesOptions, { path }: Found, names: string[]): string | undefined {
  if (!excludeCaches || !names.includes(CACHE_TAG)) return undefined;
  const head = readHead(`${path}${CACHE_TAG}`);
  return head?.equals(CACHE_SIGNATURE) === true ? CACHE_TAG : undefined;
}

/** Neither follows a link nor waits for the writer of a fifo. */
function readHead(path: BytePath): Buffer | undefined {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    const fd = openSync(systemPath('', path), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const head = Buffer.alloc(CACHE_SIGNATURE.length);
      return head.subarray(0, readSync(fd, head));
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
