import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  constants,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import * as fc from 'fast-check';

export type TreeChange = readonly [kind: string, from: string, to: string];

/** One character per byte: some are no UTF-8, and some sort otherwise once a slash follows. */
const NAMES = ['a', 'b', 'a-', 'a.b', 'd/a', 'd/b', 'd/e/a', 'd-/x', 'd/e', 'd', 'd/\xff', '\xe9/a', '\xe9'];
const KINDS = ['write', 'write', 'remove', 'directory', 'symlink', 'link', 'rename', 'mode', 'time', 'fifo'];

export const treeChange: fc.Arbitrary<TreeChange> = fc.tuple(
  fc.constantFrom(...KINDS),
  fc.constantFrom(...NAMES),
  fc.constantFrom(...NAMES),
);

/** Does what can be done; what the state of the tree does not allow is left alone. */
export function changeTree(root: string, [kind, from, to]: TreeChange, step: number): void {
  const path = (name: string) => Buffer.from(`${root}/${name}`, 'latin1');
  const [a, b] = [path(from), path(to)];
  const actions: Readonly<Record<string, () => void>> = {
    write: () => {
      mkdirSync(path(dirname(from)), { recursive: true });
      // Without waiting for the reader of a fifo.
      const { O_CREAT, O_NONBLOCK, O_TRUNC, O_WRONLY } = constants;
      const flag = O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK;
      writeFileSync(a, `content ${String(step)}`, { flag } as never);
    },
    remove: () => {
      rmSync(a, { recursive: true });
    },
    directory: () => {
      mkdirSync(a, { recursive: true });
    },
    symlink: () => {
      symlinkSync(Buffer.from(to, 'latin1'), a);
    },
    link: () => {
      linkSync(a, b);
    },
    rename: () => {
      renameSync(a, b);
    },
    mode: () => {
      chmodSync(a, 0o700 + (step % 0o100));
    },
    time: () => {
      utimesSync(a, 1000 + step, 1000 + step);
    },
    fifo: () => {
      execFileSync('mkfifo', [`${root}/${from}`], { stdio: 'ignore' });
    },
  };
  try {
    actions[kind]?.();
  } catch {
    // The tree is as it was.
  }
}
