import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { cruise, type ICruiseResult, type IConfiguration } from 'dependency-cruiser';
import extractTsConfig from 'dependency-cruiser/config-utl/extract-ts-config';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const { forbidden, options } = require('../../.config/dependency-cruiser.cjs') as Required<IConfiguration>;

describe('the layers of src', () => {
  it('hold in every module', async () => {
    const { summary } = await cruiseSource(process.cwd());
    expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
    // A parser that understands nothing finds no violations either.
    expect(summary.totalCruised).toBeGreaterThan(50);
    expect(summary.totalDependenciesCruised).toBeGreaterThan(100);
  }, 60_000);
});

/** One import that each rule must refuse: [rule, importing module, imported module]. */
const PLANTED: readonly (readonly [string, string, string])[] = [
  ['domain-imports-nothing', 'domain/a.ts', 'graph/b.ts'],
  ['adapters-import-only-domain', 'targets/disk/a.ts', 'catalog/b.ts'],
  ['adapters-never-import-each-other', 'targets/disk/a.ts', 'targets/tape/b.ts'],
  ['adapters-never-import-each-other', 'resources/files/a.ts', 'platform/b.ts'],
  ['adapter-index-names-only-its-own', 'targets/index.ts', 'resources/files/b.ts'],
  ['views-and-platform-stand-alone', 'views/a.ts', 'platform/b.ts'],
  ['mechanisms-import-only-domain', 'bundle/a.ts', 'platform/b.ts'],
  ['mechanisms-stay-apart', 'retention/a.ts', 'schedule/b.ts'],
  ['catalog-needs-only-bundle', 'catalog/a.ts', 'schedule/b.ts'],
  ['engine-never-imports-upwards', 'steps/a.ts', 'targets/disk/b.ts'],
  ['engine-never-imports-upwards', 'config/a.ts', 'commands/b.ts'],
  ['config-planner-and-executor-stay-apart', 'executor/a.ts', 'steps/b.ts'],
  ['steps-read-no-plan-files', 'steps/a.ts', 'config/b.ts'],
  ['commands-see-only-contracts', 'commands/a.ts', 'platform/b.ts'],
  ['only-app-names-adapters', 'cli/a.ts', 'targets/disk/b.ts'],
  ['app-knows-no-command-line', 'app/a.ts', 'cli/b.ts'],
  ['pure-layers-touch-no-system', 'planner/a.ts', 'node:fs'],
  ['only-platform-spawns', 'resources/files/a.ts', 'node:child_process'],
  ['yaml-belongs-to-config', 'views/a.ts', 'yaml'],
  ['openpgp-belongs-to-bundle', 'catalog/a.ts', 'openpgp'],
  ['commander-belongs-to-cli', 'app/a.ts', 'commander'],
  ['p-queue-belongs-to-executor', 'steps/a.ts', 'p-queue'],
  ['canonicalize-belongs-to-bundle', 'catalog/a.ts', 'canonicalize'],
  ['listr2-belongs-to-views', 'cli/a.ts', 'listr2'],
  ['croner-belongs-to-schedule', 'planner/a.ts', 'croner'],
  ['ignore-belongs-to-resources-files', 'resources/sqlite/a.ts', 'ignore'],
  ['ipaddr.js-belongs-to-notifications', 'targets/disk/a.ts', 'ipaddr.js'],
  ['ssh2-belongs-to-targets-sftp', 'targets/disk/a.ts', 'ssh2'],
  ['aws-sdk-belongs-to-targets-s3', 'targets/disk/a.ts', '@aws-sdk/client-s3'],
  ['no-cycles', 'graph/a.ts', 'graph/back.ts'],
  ['no-unresolved', 'app/a.ts', 'graph/absent.ts'],
  ['source-imports-only-source', 'app/a.ts', '../test/b.ts'],
  ['source-uses-only-dependencies', 'app/a.ts', 'vitest'],
];

describe('a forbidden import is refused', () => {
  let project: string;
  let result: ICruiseResult;
  beforeAll(async () => {
    project = await mkdtemp(join(tmpdir(), 'layers-'));
    await plantAll(project);
    result = await cruiseSource(project);
  }, 60_000);
  afterAll(() => rm(project, { recursive: true }));

  it.each(PLANTED.map((planted, index) => [...planted, importerOf(index, planted[1])] as const))(
    '%s: %s → %s',
    (rule, _from, _to, importer) => {
      const violated = result.summary.violations.filter((violation) => violation.from === importer);
      expect(violated.map((violation) => violation.rule.name)).toContain(rule);
    },
  );

  it('by every rule that there is', () => {
    const planted = new Set(PLANTED.map(([rule]) => rule));
    const unproven = forbidden.map(({ name }) => name).filter((name) => !planted.has(name ?? ''));
    expect(unproven).toEqual([]);
  });
});

const importerOf = (index: number, from: string): string => `src/${from.replace('.ts', `-${index}.ts`)}`;

async function plantAll(project: string): Promise<void> {
  await cp('package.json', join(project, 'package.json'));
  await cp('tsconfig.json', join(project, 'tsconfig.json'));
  await symlink(join(process.cwd(), 'node_modules'), join(project, 'node_modules'));
  for (const [index, [, from, to]] of PLANTED.entries()) {
    const importer = importerOf(index, from);
    const specifier = to.endsWith('.ts') ? `./${relative(dirname(importer), join('src', to))}` : to;
    await write(join(project, importer), `import '${specifier}';\n`);
    if (to.endsWith('/b.ts')) await write(join(project, 'src', to), 'export {};\n');
    if (to.endsWith('/back.ts')) {
      await write(join(project, 'src', to), `import './${relative(dirname(to), importer.slice(4))}';\n`);
    }
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function cruiseSource(baseDir: string): Promise<ICruiseResult> {
  const { tsConfig, ...rest } = options;
  const { output } = await cruise(
    ['src'],
    { ...rest, baseDir, validate: true, ruleSet: { forbidden } },
    undefined,
    { tsConfig: extractTsConfig(tsConfig?.fileName ?? 'tsconfig.json') },
  );
  return output as ICruiseResult;
}
