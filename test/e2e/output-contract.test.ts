import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lacks } from '../support/requires.ts';
import { lastJson, type CliResult } from './support/cli.ts';
import { createWorkspace, type Workspace } from './support/workspace.ts';

const FOLDER = 'schemas/output';
const NAMES = readdirSync(FOLDER).map((file) => file.replace('.schema.json', ''));
const FIRST = ['--now', '2026-03-02T03:00Z'];
const SECOND = ['--now', '2026-03-03T03:00Z'];

const schemas = new Map<string, Schema>(
  NAMES.map((name) => [name, JSON.parse(readFileSync(`${FOLDER}/${name}.schema.json`, 'utf8')) as Schema]),
);
const validators = new Map<string, ValidateFunction>();
const seen = new Set<string>();

interface Schema {
  readonly [key: string]: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
}

beforeAll(() => {
  const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  for (const [name, schema] of schemas) validators.set(name, ajv.compile(schema));
});

describe.each(NAMES)('the schema of %s', (name) => {
  it('describes every property and lets no other in', () => {
    const faults: string[] = [];
    walk(schemas.get(name) ?? {}, name, (schema, path) => {
      if (schema.properties === undefined) return;
      if (schema['additionalProperties'] !== false) faults.push(`${path} is open`);
      for (const [key, property] of Object.entries(schema.properties)) {
        if (property['description'] === undefined && property['$ref'] === undefined)
          faults.push(`${path}.${key}`);
      }
    });
    expect(faults).toEqual([]);
  });
});

/** Visits every object schema in a schema. */
function walk(schema: Schema, path: string, visit: (schema: Schema, path: string) => void): void {
  visit(schema, path);
  const children = Object.entries({ ...schema.properties, ...(schema['definitions'] as object | undefined) });
  for (const [key, child] of children) walk(child, `${path}.${key}`, visit);
  if (schema['items'] !== undefined) walk(schema['items'] as Schema, `${path}[]`, visit);
  for (const branch of (schema['oneOf'] ?? []) as Schema[]) walk(branch, path, visit);
}

/** Every line of stdout is a document of the format that it names; returns the names. */
function checked({ stdout }: CliResult): readonly string[] {
  const names: string[] = [];
  for (const line of stdout.trimEnd().split('\n')) {
    const document = JSON.parse(line) as { readonly format: string };
    const name = /^backup-plan\/([a-z-]+)@1\.0$/.exec(document.format)?.[1] ?? '';
    const validate = validators.get(name);
    if (validate === undefined) throw new Error(`${document.format} has no schema`);
    expect(validate(document), `${JSON.stringify(validate.errors)} in ${line}`).toBe(true);
    names.push(name);
    seen.add(name);
  }
  return names;
}

describe.skipIf(lacks('gpg', 'sqlite3', 'tar', 'zstd'))('a document of the program', () => {
  let workspace: Workspace;
  let key: readonly string[];
  beforeAll(async () => {
    workspace = await createWorkspace({
      schedules: { weekly: { cron: '0 1 * * 1' }, nightly: { cron: '0 2 * * *' } },
      groups: { all: { members: ['data', 'settings'] } },
      resources: {
        data: {
          type: 'files',
          paths: ['../data'],
          schedule: { full: 'weekly', incremental: 'nightly' },
          objectives: { rpo: '26h' },
        },
        settings: {
          type: 'command',
          dump: ['echo', '{}'],
          proof: { json: true },
          retention: { keep: { last: 1 }, grace: '1h', maxDelete: '100%' },
        },
        away: { type: 'command', host: 'elsewhere', dump: ['true'], proof: { minSize: 1 } },
        off: { type: 'command', enabled: false, dump: ['true'], proof: { minSize: 1 } },
      },
    });
    key = ['--key', workspace.operationsKey];
    await mkdir(workspace.path('data'));
    await writeFile(workspace.path('data', 'same'), 'same');
    await writeFile(workspace.path('data', 'gone'), 'gone');
  });
  afterAll(() => workspace[Symbol.asyncDispose]());

  const run = (...args: string[]): Promise<CliResult> => workspace.run([...args, '--json']);

  it('before the first apply', async () => {
    expect(checked(await run('validate'))).toEqual(['validate']);
    expect(checked(await run('plan'))).toEqual(['plan']);
    expect(checked(await run('graph'))).toEqual(['graph']);
    expect(checked(await run('config', 'show'))).toEqual(['config']);
    expect(checked(await run('config', 'show', '--explain', 'resources.data.retention'))).toEqual([
      'config-origin',
    ]);
    expect(checked(await run('explain', 'BP1103'))).toEqual(['explain']);
    expect(checked(await run('schedule', 'render', '--as', 'cron'))).toEqual(['schedule']);
    expect(checked(await run('key', 'list'))).toEqual(['key-list']);
    expect(checked(await run('key', 'check', ...key))).toEqual(['key-check']);
    expect(checked(await run('apply'))).toEqual(['failure']);
  });

  it('of runs: events, then how the run ended', async () => {
    const first = checked(await run('apply', '--yes', ...FIRST));
    expect(first.at(-1)).toBe('run');
    expect(new Set(first.slice(0, -1))).toEqual(new Set(['events']));
    expect(checked(await run('apply', ...FIRST))).toEqual(['run']);
    expect(checked(await run('plan', ...SECOND))).toEqual(['plan']);
    expect(checked(await run('apply', '--dry-run', ...SECOND))).toEqual(['run']);
    await rm(workspace.path('data', 'gone'));
    await writeFile(workspace.path('data', 'new'), 'new');
    expect(checked(await run('backup', 'data', '--label', 'deploy', ...SECOND)).at(-1)).toBe('run');
  });

  it('of what exists', async () => {
    expect(checked(await run('list', '--all', ...SECOND))).toEqual(['list']);
    expect(checked(await run('show', 'data', ...SECOND))).toEqual(['show']);
    expect(new Set(checked(await run('show', 'data', '--files', ...key)))).toEqual(new Set(['files']));
    expect(
      new Set(checked(await run('show', 'data', '--against', 'data@2026-03-02T12:00Z', ...key))),
    ).toEqual(new Set(['changes']));
    expect(checked(await run('status', ...SECOND))).toEqual(['status']);
    expect(checked(await run('status', '--now', '2026-06-01T00:00Z'))).toEqual(['status']);
    expect(checked(await run('doctor'))).toEqual(['doctor']);
    expect(checked(await run('doctor', '--no-probe'))).toEqual(['doctor']);
    expect(checked(await run('doctor', '--iam'))).toEqual(['doctor-iam']);
    expect(checked(await run('doctor', '--lifecycle'))).toEqual(['doctor-lifecycle']);
    expect(checked(await run('verify', '--level', 'decrypt', ...key))).toEqual(['verify']);
    expect(checked(await run('list', ...SECOND))).toEqual(['list']);
    expect(checked(await run('list', 'nothing'))).toEqual(['failure']);
  });

  it('of an export', async () => {
    expect(checked(await run('export', 'data', '-o', workspace.path('data.tar')))).toEqual(['export']);
  });

  it('of restores', async () => {
    const to = ['--to', workspace.path('restored'), ...key];
    expect(checked(await run('restore', 'data', '--dry-run', ...to))).toEqual(['restore-preview']);
    expect(checked(await run('restore', 'data', ...to))).toEqual(['restore']);
    expect(checked(await run('restore', 'data', ...to))).toEqual(['failure']);
    const all = ['--all', '--to', workspace.path('all'), ...key];
    expect(checked(await run('restore', ...all))).toEqual(['restore-several']);
  });

  it('of restores over live data, and of going back', async () => {
    const place = ['data', '--in-place', '--force', ...key];
    expect(checked(await run('restore', '--dry-run', '--diff', ...place))).toEqual(['restore-preview']);
    const restored = await run('restore', ...place);
    expect(checked(restored)).toEqual(['restore']);
    const { restoreId } = lastJson<{ restoreId: string }>(restored);
    expect(checked(await run('undo'))).toEqual(['undoable']);
    expect(checked(await run('undo', restoreId, ...key))).toEqual(['undo']);
    expect(checked(await run('undo', restoreId, '--discard'))).toEqual(['failure']);
    expect(checked(await run('undo', restoreId, '--discard', '--yes'))).toEqual(['undo-discard']);
  });

  it('of pins, prunes and the log', async () => {
    expect(checked(await run('pin', 'data', '--until', '2099-01-01'))).toEqual(['protection']);
    expect(checked(await run('unpin', 'data'))).toEqual(['protection']);
    expect(checked(await run('backup', 'settings')).at(-1)).toBe('run');
    const planned = await run('prune', '--dry-run');
    expect(checked(planned)).toEqual(['prune']);
    const { targets } = lastJson<{ targets: { mark: { root: string }[] }[] }>(planned);
    expect(checked(await run('prune')).at(-1)).toBe('prune');
    const marked = `settings@${targets[0]?.mark[0]?.root ?? ''}`;
    expect(checked(await run('undelete', marked))).toEqual(['protection']);
    expect(checked(await run('unpin', marked))).toEqual(['protection']);
    expect(checked(await run('apply')).at(-1)).toBe('run');
    expect(checked(await run('log'))).toEqual(['log']);
    expect(checked(await run('log', '--runs'))).toEqual(['log']);
    expect(checked(await run('log', 'show', '2'))).toEqual(['log']);
    expect(checked(await run('key', 'rewrap', '--dry-run', ...key))).toEqual(['key-rewrap']);
  });

  it('of damage, failed tools and plans with errors', async () => {
    await writeFile(
      workspace.planFile,
      (await readFile(workspace.planFile, 'utf8')).replace('"echo"', '"false"'),
    );
    expect(checked(await run('apply', '--yes', '--now', '2026-03-04T03:00Z')).at(-1)).toBe('run');
    const [record = ''] = (await run('list')).stdout.match(/\d{8}t\d{6}z-[0-9a-z]{16}/) ?? [];
    await writeFile(workspace.path('backups', 'shop', 'snapshots', 'data', `${record}.json`), '{}');
    expect(checked(await run('list'))).toEqual(['list']);
    expect(checked(await run('verify'))).toEqual(['verify']);
    expect(checked(await run('status'))).toEqual(['status']);
    await writeFile(workspace.planFile, 'version: 1\nname: shop\ntragets: {}\n');
    expect(checked(await run('validate'))).toEqual(['validate']);
    expect(checked(await run('plan'))).toEqual(['validate']);
  });

  it('of new keys', async () => {
    const files = ['--private', workspace.path('new.key'), '--public', workspace.path('new.asc')];
    expect(checked(await run('key', 'generate', 'new', ...files))).toEqual(['key-generate']);
    expect(checked(await run('init', '--keys', workspace.path('p'), workspace.path('q')))).toEqual(['init']);
  });

  it('was seen for every schema', () => {
    expect([...seen].sort()).toEqual([...NAMES].sort());
  });
});
