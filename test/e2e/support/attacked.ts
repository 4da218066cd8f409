import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { createCryptography } from '../../../src/bundle/cryptography.ts';
import { sealEnvelope } from '../../../src/catalog/envelope.ts';
import { createMasker } from '../../../src/platform/masker.ts';
import { createPipelines } from '../../../src/platform/pipeline.ts';
import { createTools } from '../../../src/platform/tools.ts';
import { valueOf } from '../../support/results.ts';
import { lastJson, type CliResult } from './cli.ts';
import { succeed } from './restoring.ts';
import { createWorkspace, dumpResource, recordsIn, type PlanParts, type Workspace } from './workspace.ts';

/** A plan with the targets `disk` and `spare` and four snapshots on each, for somebody who can write to the disk. */
export interface Attacked extends AsyncDisposable {
  readonly workspace: Workspace;
  /** Oldest first. */
  readonly ids: readonly [string, string, string, string];
  /** Path of an object on the disk. */
  file(key: string): string;
  record(id: string): string;
  payload(key: string): Promise<Record<string, unknown>>;
  /** Puts what the workspace's own writer signed in the place of an object. */
  sign(key: string, payload: unknown, as?: string): Promise<void>;
  /** Puts both targets, the plan and what this machine remembers back as they were. */
  reset(): Promise<void>;
  /** As a machine that has never seen these targets. */
  forget(): Promise<void>;
  verify(...args: readonly string[]): Promise<VerifyOutcome>;
  plan(parts: PlanParts): Promise<void>;
  /** The same plan with this one target. */
  planOfDisk(): Promise<void>;
  /** Digest of the payload of a record: its name for others. */
  digest(key: string): Promise<string>;
}

export interface VerifyOutcome {
  readonly exitCode: number | null;
  readonly codes: readonly string[];
  readonly problems: readonly Problem[];
  readonly checks: readonly {
    readonly snapshotId: string;
    readonly target: string;
    readonly result: string;
  }[];
}

export interface Problem {
  readonly target: string;
  readonly key?: string;
  readonly code: string;
  readonly message: string;
}

export const SCHEDULE_MS = 24 * 3_600_000;

const PARTS: PlanParts = {
  encryption: { default: { recipients: ['keys/operations.asc'], engine: 'openpgp' } },
  state: 'spare',
  targets: {
    disk: { type: 'filesystem', path: '../backups' },
    spare: { type: 'filesystem', path: '../spare' },
  },
  retention: { standard: { keep: { last: 2 }, minimum: 1, maxDelete: '100%' } },
  resources: { export: dumpResource({ dump: ['printf', 'dataEND'], targets: ['disk', 'spare'] }) },
};

const ONLY_DISK: PlanParts = {
  targets: { disk: { type: 'filesystem', path: '../backups' } },
  resources: { export: dumpResource({ dump: ['printf', 'dataEND'], targets: ['disk'] }) },
};

export async function createAttacked(): Promise<Attacked> {
  const workspace = await createWorkspace(PARTS);
  const ids: string[] = [];
  for (const command of [['apply', '--yes', '--no-prune'], ['backup'], ['backup'], ['backup']]) {
    await succeed(workspace, command);
    const taken = (await recordsIn(workspace.backups)).map(idOf).filter((id) => !ids.includes(id));
    ids.push(...taken);
  }
  const places = ['backups', 'spare', 'home', 'plan'];
  const copy = async (from: string, to: string): Promise<void> => {
    await rm(to, { recursive: true, force: true });
    await cp(from, to, { recursive: true, preserveTimestamps: true });
  };
  await Promise.all(places.map((place) => copy(workspace.path(place), workspace.path('template', place))));
  const file = (key: string): string => join(workspace.backups, key);
  return {
    workspace,
    ids: ids as unknown as Attacked['ids'],
    file,
    record: (id) => `shop/snapshots/export/${id}.json`,
    payload: async (key) => payloadOf(await readFile(file(key), 'utf8')),
    sign: async (key, payload, as = workspace.path('private', 'writer.key')) => {
      const sealed = valueOf(await sealEnvelope(await signerOf(workspace, as), payload));
      await mkdir(dirname(file(key)), { recursive: true, mode: 0o700 });
      await writeFile(file(key), sealed, { mode: 0o600 });
    },
    reset: async () => {
      await Promise.all(
        places.map((place) => copy(workspace.path('template', place), workspace.path(place))),
      );
    },
    forget: () => rm(workspace.path('home', '.cache'), { recursive: true, force: true }),
    verify: async (...args) =>
      outcomeOf(await workspace.run(['verify', '--level', 'record', '--json', ...args])),
    plan: (parts) => workspace.write({ ...PARTS, ...parts }),
    planOfDisk: () => workspace.write({ ...PARTS, state: 'disk', ...ONLY_DISK }),
    digest: async (key) => {
      const bytes = Buffer.from(JSON.stringify(payloadOf(await readFile(file(key), 'utf8'))));
      return createHash('sha256').update(bytes).digest('hex');
    },
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}

function idOf(record: string): string {
  return record.slice(record.lastIndexOf('/') + 1, -'.json'.length);
}

function payloadOf(envelope: string): Record<string, unknown> {
  const { payload } = JSON.parse(envelope) as { payload: string };
  return JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as Record<string, unknown>;
}

function outcomeOf(result: CliResult): VerifyOutcome {
  const document = lastJson<Partial<VerifyOutcome>>(result);
  expect(document, result.stdout).toHaveProperty('problems');
  const { problems = [], checks = [] } = document;
  return { exitCode: result.exitCode, problems, checks, codes: problems.map(({ code }) => code) };
}

async function signerOf(
  { scratch }: Workspace,
  keyFile: string,
): Promise<Parameters<typeof sealEnvelope>[0]> {
  const masker = createMasker();
  const cryptography = createCryptography({
    pipelines: createPipelines({ masker }),
    tools: createTools({ masker }),
    scratchDirectory: scratch,
  });
  return valueOf(await cryptography.signer(await readFile(keyFile, 'utf8')));
}
