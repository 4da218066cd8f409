import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StagedFile } from '../src/domain/target.ts';
import { startFaultProxy } from '../test/support/fault-proxy.ts';
import { startSshd, type Sshd } from '../test/support/sshd.ts';
import type { Bench } from './bench.ts';
import { best, shell, type Contender, type Measurement } from './measure.ts';
import { fasterBy, type Row } from './report.ts';
import { buildUploadProgram, GIBIBYTE, makeStagedFile, sizeText } from './staged-file.ts';

/** In each direction, so that an answer takes twice as long. */
const DELAY_MS = 25;
/** A delayed line is slow for everybody; less is sent through it. */
const DELAYED_PART = 1 / 4;

/** One large file to OpenSSH on this machine, into memory, so that a disk does not hide who sends. */
export const sftpUpload: Bench = async ({ rounds, scale }) => {
  const memory = mkdtempSync('/dev/shm/backup-plan-bench-');
  const sshd = await startSshd({ parent: memory });
  try {
    const program = await buildUploadProgram(memory);
    const whole = await makeStagedFile(memory, 4 * scale * GIBIBYTE);
    const direct = await compare({ sshd, program, port: sshd.port, rounds, file: whole });
    rmSync(whole.path);
    const proxy = await startFaultProxy({ port: sshd.port });
    proxy.inject({ up: { delayMs: DELAY_MS }, down: { delayMs: DELAY_MS } });
    const part = await makeStagedFile(memory, 4 * scale * DELAYED_PART * GIBIBYTE);
    const delayed = await compare({
      sshd,
      program,
      port: proxy.port,
      rounds: Math.min(rounds, 2),
      file: part,
    });
    await proxy.close();
    return [
      row(1.2, direct, `SFTP upload of ${sizeText(whole)}, faster than \`sftp put\``),
      row(
        2,
        delayed,
        `SFTP upload of ${sizeText(part)} with ${2 * DELAY_MS} ms of delay, faster than \`sftp put\``,
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
      argv: ['node', program, 'sftp', JSON.stringify(options), JSON.stringify(file), 'bench/data/large.gpg'],
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

function row(limit: number, results: ReadonlyMap<string, Measurement>, measured: string): Row {
  const seconds = (name: string): number => results.get(name)?.seconds ?? NaN;
  return fasterBy(limit, [seconds('backup-plan'), seconds('sftp put')], measured);
}
