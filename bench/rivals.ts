import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { measure, shell, type Contender, type Timed } from './measure.ts';
import { createCommand } from '../src/resources/files/tar-create.ts';
import { bundles, type Workspace } from './workspace.ts';

/** What tells tar which names to pack; a shell user names the folder instead. */
const LIST = /^--(no-recursion|no-unquote|quoting-style=.*|null|verbatim-files-from|files-from=-)$/;

/** tar as the `files` resource calls it, so that both sides store the same facts about every file. */
const TAR = createCommand(noNames())
  .argv.filter((word) => !LIST.test(word))
  .map((word) => `'${word}'`)
  .join(' ');

async function* noNames(): AsyncGenerator<Uint8Array> {}

/** gpg with the recipients of the plan. */
export const gpgEncrypt = ({ recipients }: Workspace): string =>
  [
    'gpg --batch --no-options --trust-model always',
    ...recipients.map((file) => `--recipient-file ${file}`),
  ].join(' ');

/** The tools themselves, joined by a shell: the least that a full backup of this form can take. */
export function pipeline(workspace: Workspace): Timed {
  const output = join(workspace.folder, 'pipeline.tar.zst.gpg');
  const encrypt = `${gpgEncrypt(workspace)} -z 0 --cipher-algo AES256 -e`;
  const line = `${TAR} ${workspace.data.slice(1)} | zstd -q -3 -T0 | ${encrypt} > ${output} && sync ${output}`;
  return { ...shell(line), env: workspace.gpg };
}

/** What many backup scripts do. */
export function gzipScript(workspace: Workspace): Timed {
  const output = join(workspace.folder, 'script.tar.gz.gpg');
  const line = `tar -cz -C / ${workspace.data.slice(1)} | ${gpgEncrypt(workspace)} -e > ${output} && sync ${output}`;
  return { ...shell(line), env: workspace.gpg };
}

export function pipelineBack(workspace: Workspace, destination: string): Timed {
  const [bundle = ''] = bundles(workspace).slice(-1);
  const line = `gpg --batch -q -d ${bundle} | zstd -q -d | tar -x --xattrs --acls --numeric-owner -C ${destination}`;
  return { ...shell(line), env: workspace.gpg };
}

/** A backup tool with a repository of its own. */
export interface Rival {
  readonly name: string;
  /** Makes an empty repository in place of any earlier one. */
  reset(): Promise<void>;
  backup(name: string): Timed;
}

export function restic({ folder, data }: Workspace): Rival {
  const home = join(folder, 'restic');
  const env = {
    RESTIC_PASSWORD: 'bench',
    RESTIC_REPOSITORY: join(home, 'repo'),
    RESTIC_CACHE_DIR: join(home, 'cache'),
  };
  return {
    name: 'restic',
    reset: async () => {
      empty(home);
      await measure({ argv: ['restic', 'init', '--repository-version', '2'], env });
    },
    backup: () => ({ argv: ['restic', 'backup', '--compression', 'auto', data], env }),
  };
}

export function borg({ folder, data }: Workspace): Rival {
  const home = join(folder, 'borg');
  const repository = join(home, 'repo');
  const env = { BORG_PASSPHRASE: 'bench', BORG_BASE_DIR: home };
  return {
    name: 'borg',
    reset: async () => {
      empty(home);
      await measure({ argv: ['borg', 'init', '-e', 'repokey-blake2', repository], env });
    },
    backup: (name) => ({ argv: ['borg', 'create', '-C', 'zstd,3', `${repository}::${name}`, data], env }),
  };
}

export function duplicity({ folder, data, gpg }: Workspace): Rival {
  const home = join(folder, 'duplicity');
  const flags = ['--archive-dir', join(home, 'archive'), '--encrypt-key', 'ops@bench.invalid'];
  return {
    name: 'duplicity',
    reset: async () => {
      empty(home);
      await Promise.resolve();
    },
    backup: () => ({
      argv: [
        'duplicity',
        'full',
        ...flags,
        '--gpg-options=--trust-model always',
        data,
        `file://${home}/repo`,
      ],
      env: { ...gpg, PASSPHRASE: '' },
    }),
  };
}

/** A full backup into an empty repository. */
export const first = (rival: Rival, rounds: number): Contender => ({
  name: rival.name,
  rounds,
  before: () => rival.reset(),
  timed: () => rival.backup('first'),
});

function empty(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}
