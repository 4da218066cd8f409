import { join } from 'node:path';
import { describe } from 'vitest';
import { createRemotes } from '../support/rclone-remotes.ts';
import { lacks } from '../support/requires.ts';
import { describeTarget, type Subject, type SuiteOptions } from './conformance.ts';

/** Each operation starts several programs. */
const FEW: SuiteOptions = { manyKeys: 12, racers: 4, timeoutMs: 60_000 };

describe.skipIf(lacks('rclone'))('over rclone', () => {
  describeTarget(
    'a local folder',
    async (): Promise<Subject> => {
      const remotes = await createRemotes({ disk: { type: 'local' } });
      const path = join(remotes.folder, 'backups');
      return { connect: () => remotes.connect(`disk:${path}`), remove: () => remotes.remove() };
    },
    FEW,
  );
});
