import { createHash } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import type { StagedFile } from '../src/domain/target.ts';
import { startFaultProxy } from '../test/support/fault-proxy.ts';
import { startSshd, type Sshd } from '../test/support/sshd.ts';
import type { Bench } from './bench.ts';
import { best, measure, shell, type Contender, type Measurement } from './measure.ts';
import { fasterBy, type Row } from './report.ts';

const GIBIBYTE = 1024 ** 3;
/** In each direction, so that an answer takes twice as long. */
const DELAY_MS = 25;
/** A delayed line is slow for everybody; less is sent through it. */
const DELAYED_PART = 1 / 4;

/** One large file to OpenSSH on this machine, into memory, so that a disk does not hide who sends. */
export const sftpUpload: Bench = async ({ rounds, scale }) => {
  const memory = mkdtempSync('/dev/shm/backup-plan-bench-');
  const sshd = await startSshd({ parent: memory });
  try {
    const program = await buildProgram(memory);
    const whole = await makeFile(memory, 4 * scale * GIBIBYTE);
    const direct = await compare({ sshd, program, port: sshd.port, rounds, file: whole });
    rmSync(whole.path);
    const proxy = await startFaultProxy({ port: sshd.port });
    proxy.inject({ up: { delayMs: DELAY_MS }, down: { delayMs: DELAY_MS } });
    const part = await makeFile(memory, 4 * scale * DELAYED_PART * GIBIBYTE);
    const delayed = await compare({
      sshd,
      program,
      port: proxy.port,
      rounds: Math.min(rounds, 2),
      file: part,
    });
    await proxy.close();
    return [
      row(1.2, direct, `SFTP upload of ${size(whole)}, faster than \`sftp put\``),
      row(
        2,
        delayed,
        `SFTP upload of ${size(part)} with ${2 * DELAY_MS} ms of delay, faster than \`sftp put\``,
      ),
    ];
  } finally {
    await sshd.stop();
    rmSync(memory, { recursive: true, force: true });
  }
};

interface Contest {
  readonly sshd: Sshd;
  readonly program: string;
  readonly port: number;
  readonly rounds: number;
  readonly file: StagedFile;
}

async function compare(contest: Contest): Promise<ReadonlyMap<string, Measurement>> {
  return best([ours(contest), openSsh(contest)]);
}

function ours({ sshd, program, port, rounds, file }: Contest): Contender {
  const options = sshd.options('place', { port });
  return {
    name: 'backup-plan',
    rounds,
    before: () => clear(sshd, 'place'),
    timed: () => ({
      argv: ['node', program, JSON.stringify(options), JSON.stringify(file), 'bench/data/large.gpg'],
    }),
    after: () => requireSize(join(sshd.folder, 'place/bench/data/large.gpg'), file),
  };
}

/** With fsync at the end, as ours. */
function openSsh({ sshd, port, rounds, file }: Contest): Contender {
  const known = join(sshd.scratch, 'known_hosts');
  const copy = join(sshd.folder, 'copy');
  const login = `-q -b - -P ${port} -i ${sshd.identityFile} -o UserKnownHostsFile=${known} ${sshd.user}@127.0.0.1`;
  return {
    name: 'sftp put',
    rounds,
    before: async () => {
      writeFileSync(known, `[127.0.0.1]:${port} ${sshd.hostKey}\n`);
      await clear(sshd, 'copy');
    },
    timed: () => shell(`echo 'put -f ${file.path} ${copy}' | sftp ${login}`),
    after: () => requireSize(copy, file),
  };
}

function clear({ folder }: Sshd, name: string): Promise<void> {
  rmSync(join(folder, name), { recursive: true, force: true });
  return Promise.resolve();
}

function requireSize(path: string, { bytes }: StagedFile): void {
  if (statSync(path).size !== bytes) throw new Error(`${path} does not hold what was sent`);
}

/** Beside a link to the packages that stay outside. */
async function buildProgram(folder: string): Promise<string> {
  const outfile = join(folder, 'program.mjs');
  const entryPoints = ['bench/sftp-upload-program.ts'];
  await build({ entryPoints, outfile, bundle: true, platform: 'node', format: 'esm', external: ['ssh2'] });
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  return outfile;
}

async function makeFile(folder: string, bytes: number): Promise<StagedFile> {
  const path = join(folder, 'staged');
  await measure(shell(`head -c ${Math.round(bytes)} /dev/urandom > ${path}`));
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 ** 2 }))
    hash.update(chunk as Buffer);
  return { path, bytes: Math.round(bytes), sha256: hash.digest('hex') };
}

function row(limit: number, results: ReadonlyMap<string, Measurement>, measured: string): Row {
  const seconds = (name: string): number => results.get(name)?.seconds ?? NaN;
  return fasterBy(limit, [seconds('backup-plan'), seconds('sftp put')], measured);
}

function size({ bytes }: StagedFile): string {
  return `${(bytes / GIBIBYTE).toFixed(1)} GiB`;
}
