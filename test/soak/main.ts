import { parseArgs } from 'node:util';
import { createWorkspace } from '../e2e/support/workspace.ts';
import { seededRandom } from '../sim/random.ts';
import { lastingReader } from './lasting-reader.ts';
import { startPlaces } from './places.ts';
import { soakRound, type Soak } from './soak.ts';
import { hasGrown, usageOf, type Usage } from './usage.ts';

/** npm run soak -- --minutes N [--seed S]: plans, faults and kills at random, until one of I1 to I7 breaks. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const MINUTE_MS = 60_000;
const MEMORY = { factor: 1.25, allowance: 20_000 };
const DESCRIPTORS = { factor: 1, allowance: 8 };

const tell = (line: string): void => void process.stdout.write(`${line}\n`);
const places = await startPlaces();
const workspace = await createWorkspace();
const reader = lastingReader(places);
const own: Usage[] = [];
const soak: Soak = {
  ...{ workspace, places, tell, usages: [], reported: new Map(), problems: [] },
  random: seededRandom(Number(values.seed)),
};
tell(`seed ${values.seed}; filesystem, ${places.map(({ type }) => type).join(', ')}; ${workspace.folder}`);

const endMs = performance.now() + Number(values.minutes) * MINUTE_MS;
let rounds = 0;
do {
  rounds += 1;
  tell(`round ${String(rounds)}`);
  await soakRound(soak);
  await reader.read();
  own.push(usageOf(process.pid));
} while (performance.now() < endMs && soak.problems.length === 0);

for (const [whose, usages] of [
  ['backups', soak.usages],
  ['the lasting reader', own],
] as const) {
  const [memory, descriptors] = [usages.map(({ rssKiB }) => rssKiB), usages.map((one) => one.descriptors)];
  tell(
    `${whose}: up to ${String(Math.max(0, ...memory))} KiB and ${String(Math.max(0, ...descriptors))} descriptors`,
  );
  if (hasGrown(memory, MEMORY.factor, MEMORY.allowance))
    soak.problems.push(`memory of ${whose} grows: ${memory.join(' ')}`);
  if (hasGrown(descriptors, DESCRIPTORS.factor, DESCRIPTORS.allowance))
    soak.problems.push(`descriptors of ${whose} grow: ${descriptors.join(' ')}`);
}
await reader.close();
await Promise.all(places.map((place) => place.stop()));
tell(`${String(rounds)} rounds, ${String(soak.reported.size)} snapshots called good, seed ${values.seed}`);
if (soak.problems.length > 0) {
  tell(`BROKEN; what there is lies in ${workspace.folder}\n${soak.problems.join('\n')}`);
  process.exitCode = 1;
} else await workspace[Symbol.asyncDispose]();
