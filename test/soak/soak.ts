import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { lastJson, type CliResult } from '../e2e/support/cli.ts';
import { processesOf } from '../e2e/support/processes.ts';
import type { RunDocument } from '../e2e/support/snapshots.ts';
import { filesBelow, type Workspace } from '../e2e/support/workspace.ts';
import type { Random } from '../sim/random.ts';
import { disturb } from './faults.ts';
import type { SoakPlace } from './places.ts';
import { CANARY, writeContent, writePlan } from './soak-plan.ts';
import { watchProcess, type Usage } from './usage.ts';

export interface Soak {
  readonly workspace: Workspace;
  readonly random: Random;
  readonly places: readonly SoakPlace[];
  readonly tell: (line: string) => void;
  /** Of the runs that nobody killed. */
  readonly usages: Usage[];
  /** Content by the id of the snapshot that a run called good. */
  readonly reported: Map<string, Buffer>;
  readonly problems: string[];
}

interface Ended {
  readonly args: readonly string[];
  readonly result: CliResult;
  readonly isKilled: boolean;
}

/** A plan, some runs at once with faults and kills, and then a look at what is left. */
export async function soakRound(soak: Soak): Promise<void> {
  const { random, workspace, places, tell } = soak;
  const targets = await writePlan(workspace, random, places);
  const content = await writeContent(workspace, random);
  // Markers of new places are made in peace, as a person would.
  await run(soak, ['apply', '--yes', '--no-prune']);
  const faults = disturb(random, places);
  tell(`targets ${targets.join(', ')}; ${faults.length === 0 ? 'no fault' : faults.join('; ')}`);
  const commands = [['backup', '--json'], ...extraCommands(random)];
  const ended = await Promise.all(commands.map((args) => run(soak, args, mortality(random))));
  for (const { proxy } of places) proxy.heal();
  for (const one of ended) note(soak, one, content);
  await check(soak);
}

function extraCommands(random: Random): readonly (readonly string[])[] {
  const others = [
    ['prune', '--json'],
    ['backup', '--json'],
    ['verify', '--level', 'checksum', '--json'],
  ];
  return others.filter(() => random.chance(0.4));
}

/** After so many milliseconds, for some. */
function mortality(random: Random): number | undefined {
  return random.chance(0.4) ? random.between(300, 4000) : undefined;
}

async function run(soak: Soak, args: readonly string[], killAfterMs?: number): Promise<Ended> {
  const env = Object.assign({}, ...soak.places.map((place) => place.env)) as Record<string, string>;
  const started = soak.workspace.start(args, { env });
  const watch = watchProcess(started.pid);
  const timer = setTimeout(() => started.kill('SIGKILL'), killAfterMs ?? 2 ** 31 - 1);
  const result = await started.result;
  clearTimeout(timer);
  const usage = watch.stop();
  const isKilled = result.signal === 'SIGKILL';
  if (!isKilled && args[0] === 'backup') soak.usages.push(usage);
  soak.tell(`  ${args.join(' ')}: ${isKilled ? 'killed' : `exit ${String(result.exitCode)}`}`);
  if (!isKilled && result.exitCode !== 0)
    soak.tell(result.stderr.trimEnd().split('\n').slice(-12).join('\n'));
  if (/met a bug/u.test(result.stderr)) soak.problems.push(`${args.join(' ')}: ${result.stderr}`);
  return { args, result, isKilled };
}

/** Remembers what a run called good. */
function note(soak: Soak, { args, result, isKilled }: Ended, content: Buffer): void {
  if (isKilled || args[0] !== 'backup' || result.exitCode !== 0) return;
  for (const { state, snapshotId, failure } of lastJson<RunDocument>(result).resources)
    if (failure === undefined && snapshotId !== '' && state !== 'unchanged')
      soak.reported.set(snapshotId, content);
}

interface ListDocument {
  readonly snapshots: readonly { readonly id: string; readonly good: boolean }[];
  readonly problems: readonly unknown[];
}

/** I1 to I6, as far as they can be seen from outside; the next round is the repetition of I7. */
async function check(soak: Soak): Promise<void> {
  const { problems, reported } = soak;
  const listed = await run(soak, ['list', '--json']);
  if (listed.result.exitCode !== 0) {
    problems.push(`list: ${listed.result.stdout}${listed.result.stderr}`);
    return;
  }
  const { snapshots, problems: gaps } = lastJson<ListDocument>(listed.result);
  problems.push(...gaps.map((gap) => `catalog: ${JSON.stringify(gap)}`));
  const newest = [...reported.keys()].at(-1);
  if (newest !== undefined && !snapshots.some(({ id, good }) => id === newest && good))
    problems.push(`${newest} was called good last and is not any more`);
  const verified = await run(soak, ['verify', '--level', 'checksum']);
  if (verified.result.exitCode !== 0)
    problems.push(`verify: ${verified.result.stdout}${verified.result.stderr}`);
  const known = snapshots.filter(({ id, good }) => good && reported.has(id));
  const chosen = known[soak.random.below(Math.max(known.length, 1))];
  if (chosen !== undefined) await checkRestore(soak, chosen.id);
  await checkStores(soak);
  const left = processesOf(soak.workspace);
  if (left.length > 0) problems.push(`still running: ${left.map(({ name }) => name).join(', ')}`);
}

async function checkRestore(soak: Soak, id: string): Promise<void> {
  const { workspace, reported, problems } = soak;
  const to = workspace.path('restored');
  const args = ['restore', `export@${id}`, '--to', to, '--key', workspace.operationsKey];
  const restored = await run(soak, args);
  const found = await readFile(join(to, 'export')).catch(() => undefined);
  await rm(to, { recursive: true, force: true });
  if (restored.result.exitCode !== 0) problems.push(`restore: ${restored.result.stderr}`);
  else if (found === undefined || reported.get(id)?.equals(found) !== true)
    problems.push(`${id} gave other bytes back`);
}

async function checkStores({ workspace, places, problems }: Soak): Promise<void> {
  for (const folder of [workspace.backups, ...places.flatMap((place) => place.folder ?? [])])
    for (const file of await filesBelow(folder)) {
      const bytes = await readFile(join(folder, file)).catch(() => Buffer.alloc(0));
      if (bytes.includes(CANARY)) problems.push(`plaintext in ${file}`);
    }
}
