import { writeFile, chmod } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import type { Random } from '../sim/random.ts';
import { dumpResource, type Workspace } from '../e2e/support/workspace.ts';
import type { SoakPlace } from './places.ts';

/** Stands in every content, and must stand in nothing that a store holds. */
export const CANARY = 'soak-plaintext-canary';

/** A plan of a round: other places, other retention. The local target is always among them and holds the log. */
export async function writePlan(
  workspace: Workspace,
  random: Random,
  places: readonly SoakPlace[],
): Promise<readonly string[]> {
  const used = places.filter(() => random.chance(0.8)).map(({ name }) => name);
  const remote = places.map(({ name, type, options }) => [name, { type, ...options }] as const);
  await workspace.write({
    state: 'disk',
    encryption: { default: { recipients: ['keys/operations.asc'] } },
    targets: { disk: { type: 'filesystem', path: '../backups' }, ...Object.fromEntries(remote) },
    retention: { standard: { keep: { last: random.between(2, 4) }, minimum: 1, maxDelete: '100%' } },
    defaults: {
      ...{ schedule: 'nightly', retention: 'standard', encryption: 'default' },
      targets: ['disk', ...used],
    },
    resources: { export: dumpResource({ dump: ['../dump.sh'] }) },
  });
  return ['disk', ...used];
}

/** What the next backups find; it does not compress. */
export async function writeContent(workspace: Workspace, random: Random): Promise<Buffer> {
  const bytes = random.pick([0, 1000, 100_000, 3_000_000]);
  const content = Buffer.concat([Buffer.from(CANARY), randomBytes(bytes), Buffer.from('END')]);
  await writeFile(workspace.path('content'), content);
  await writeFile(workspace.path('dump.sh'), '#!/bin/sh\nexec cat ../content\n');
  await chmod(workspace.path('dump.sh'), 0o755);
  return content;
}
