import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startPostgresql, type Postgresql } from '../test/support/postgresql.ts';
import type { Bench } from './bench.ts';
import { best, measure, shell, type Timed } from './measure.ts';
import { atMost } from './report.ts';
import { gpgEncrypt } from './rivals.ts';
import { bundles, createWorkspace, type Workspace } from './workspace.ts';

/** Of pgbench: 15 MB each, 1 GB together. */
const BRANCHES = 68;

const DATABASE = 'bench';

/** A full dump of a pgbench database, against the same tools joined by a shell. */
export const postgresql: Bench = async ({ folder, rounds, scale }) => {
  const server = await startPostgresql();
  try {
    const branches = Math.max(1, Math.round(BRANCHES * scale));
    fill(server, branches);
    const workspace = makeWorkspace(join(folder, 'postgresql'), server);
    await measure(workspace.backupPlan('apply', '--yes'));
    let before = 0;
    const results = await best([
      {
        name: 'backup-plan',
        rounds,
        before: () => {
          before = bundles(workspace, '.dump.zst.gpg').length;
          return Promise.resolve();
        },
        timed: () => workspace.backupPlan('backup', 'data'),
        after: () => {
          if (bundles(workspace, '.dump.zst.gpg').length !== before + 1)
            throw new Error('no snapshot was taken');
        },
      },
      { name: 'pipeline', rounds, timed: () => pipeline(workspace, server) },
    ]);
    const seconds = (name: string): number => results.get(name)?.seconds ?? NaN;
    const size = `${String(branches * 15)} MB`;
    const measured = `PostgreSQL database of ${size}, of \`pg_dump -Fc -Z0 \\| zstd -3 -T0 \\| gpg -z 0\` and fsync`;
    return [atMost(1.1, [seconds('backup-plan'), seconds('pipeline')], measured)];
  } finally {
    await server.stop();
  }
};

function fill(server: Postgresql, branches: number): void {
  const { socket, port, user } = server;
  server.createDatabase(DATABASE);
  const args = ['--initialize', '--quiet', '--scale', String(branches), '-h', socket, '-p', String(port)];
  execFileSync('pgbench', [...args, '-U', user, DATABASE], { stdio: 'ignore' });
}

/** The plan of the other benches, with the database in place of the files. */
function makeWorkspace(folder: string, server: Postgresql): Workspace {
  mkdirSync(folder, { recursive: true });
  const workspace = createWorkspace(folder, folder);
  const file = join(folder, 'backup-plan.yaml');
  const connection = JSON.stringify(server.connection(DATABASE));
  const resource = `resources:\n  data: { type: postgresql, connection: ${connection}, schedule: "0 2 * * *" }\n`;
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^resources:[^]*/m, resource));
  return workspace;
}

function pipeline(workspace: Workspace, { socket, port, user }: Postgresql): Timed {
  const output = join(workspace.folder, 'pipeline.dump.zst.gpg');
  const dump = `pg_dump -Fc -Z0 -h ${socket} -p ${String(port)} -U ${user} ${DATABASE}`;
  const encrypt = `${gpgEncrypt(workspace)} -z 0 --cipher-algo AES256 -e`;
  const line = `${dump} | zstd -q -3 -T0 | ${encrypt} > ${output} && sync ${output}`;
  return { ...shell(line), env: workspace.gpg };
}
