/** Each layer of `src` may import the ones below it. A rule says what is forbidden, and why. */

const folders = (...names) => `^src/(${names.join('|')})/`;
const packages = (...names) => `(^|/)node_modules/(${names.join('|')})/`;

const ADAPTERS = ['resources', 'targets', 'notifications', 'views', 'platform'];
const MECHANISMS = ['catalog', 'bundle', 'retention', 'schedule', 'graph', 'swap', 'transfer', 'transport'];
const ENGINE = ['config', 'planner', 'executor', 'steps'];
const PURE = ['planner', 'retention', 'schedule', 'graph', 'domain'];

const layers = [
  {
    name: 'domain-imports-nothing',
    comment: 'the words and contracts are what everything else stands on',
    from: { path: folders('domain') },
    to: { pathNot: folders('domain') },
  },
  {
    name: 'adapters-import-only-domain',
    comment: 'an adapter implements a contract; what it needs beside its own package is handed to it',
    from: { path: folders(...ADAPTERS) },
    to: { path: '^src/', pathNot: [folders('domain'), folders(...ADAPTERS)] },
  },
  {
    name: 'adapters-never-import-each-other',
    comment: 'a new adapter is one new folder; none may depend on how another is built',
    from: { path: '^src/(resources|targets|notifications)/([^/]+)/' },
    to: { path: folders(...ADAPTERS), pathNot: '^src/$1/$2/' },
  },
  {
    name: 'adapter-index-names-only-its-own',
    comment: 'the index beside the adapters lists them, nothing more',
    from: { path: '^src/(resources|targets|notifications)/[^/]+$' },
    to: { path: folders(...ADAPTERS), pathNot: '^src/$1/' },
  },
  {
    name: 'views-and-platform-stand-alone',
    comment: 'rendering and running tools know neither each other nor what uses them',
    from: { path: '^src/(views|platform)/' },
    to: { path: folders(...ADAPTERS), pathNot: '^src/$1/' },
  },
  {
    name: 'mechanisms-import-only-domain',
    comment:
      'catalog, bundle, retention, schedule, graph, swap, transfer and transport are usable without the engine above them',
    from: { path: folders(...MECHANISMS) },
    to: { path: '^src/', pathNot: [folders('domain'), folders(...MECHANISMS)] },
  },
  {
    name: 'mechanisms-stay-apart',
    comment: 'each is understood and tested alone; the planner joins what they say',
    from: { path: '^src/(bundle|retention|schedule|graph|swap|transfer|transport)/' },
    to: { path: folders(...MECHANISMS), pathNot: '^src/$1/' },
  },
  {
    name: 'catalog-needs-only-bundle',
    comment: 'the catalog canonicalises, signs and encrypts what it writes, and nothing else',
    from: { path: folders('catalog') },
    to: { path: folders('retention', 'schedule', 'graph', 'swap', 'transfer', 'transport') },
  },
  {
    name: 'engine-never-imports-upwards',
    comment: 'config, planner, executor and steps serve the commands; adapters reach them as contracts',
    from: { path: folders(...ENGINE) },
    to: { path: '^src/', pathNot: [folders('domain'), folders(...MECHANISMS), folders(...ENGINE)] },
  },
  {
    name: 'config-planner-and-executor-stay-apart',
    comment: 'a plan is a value, a run graph is a value; the executor knows no step kinds',
    from: { path: '^src/(config|planner|executor)/' },
    to: { path: folders(...ENGINE), pathNot: '^src/$1/' },
  },
  {
    name: 'steps-read-no-plan-files',
    comment: 'steps fill the handlers that the executor calls with what the planner decided',
    from: { path: folders('steps') },
    to: { path: folders('config') },
  },
  {
    name: 'commands-see-only-contracts',
    comment: 'a use case prints nothing, parses nothing and names no adapter',
    from: { path: folders('commands') },
    to: { path: ['^src/bin', folders('cli', 'app', ...ADAPTERS)] },
  },
  {
    name: 'only-app-names-adapters',
    comment: 'app is the composition root; the command line picks a view and nothing else',
    from: { path: ['^src/bin', folders('cli')] },
    to: { path: folders('resources', 'targets', 'notifications', 'platform') },
  },
  {
    name: 'app-knows-no-command-line',
    comment: 'the composition root is as usable from a test as from the command line',
    from: { path: folders('app') },
    to: { path: ['^src/bin', folders('cli')] },
  },
];

const purity = [
  {
    name: 'pure-layers-touch-no-system',
    comment: 'planning, retention, schedules and graphs are functions of their arguments',
    from: { path: folders(...PURE) },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'only-platform-spawns',
    comment: 'children are joined, masked and killed in one place',
    from: { path: '^src/', pathNot: folders('platform') },
    to: { path: '^(node:)?child_process$' },
  },
];

const owners = [
  [['yaml', 'ajv', 'ajv-formats'], ['config']],
  [['p-queue', 'p-retry'], ['executor']],
  [['openpgp'], ['bundle']],
  [['canonicalize'], ['bundle', 'config']],
  [['listr2'], ['views']],
  [
    ['croner', 'temporal-polyfill'],
    ['schedule', 'retention'],
  ],
  [['ignore'], ['resources/files']],
  [['ipaddr\\.js'], ['notifications']],
  [['commander'], ['cli']],
  [['ssh2'], ['targets/sftp']],
  [['@aws-sdk/[^/]+', '@smithy/node-http-handler'], ['targets/s3']],
].map(([names, owning]) => ({
  name: `${names[0].replaceAll(/[^a-z0-9.-]/g, '')}-belongs-to-${owning[0].replace('/', '-')}`,
  comment: `${names.join(', ')} can be replaced by changing ${owning.join(' and ')} alone`,
  from: { path: '^src/', pathNot: folders(...owning) },
  to: { path: packages(...names) },
}));

const hygiene = [
  {
    name: 'no-cycles',
    comment: 'a cycle has no layers; one that types alone close is gone when the program runs',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  { name: 'no-unresolved', comment: 'it would fail at run time', from: {}, to: { couldNotResolve: true } },
  {
    name: 'source-uses-only-dependencies',
    comment: 'what the released program needs is listed under dependencies',
    from: { path: '^src/' },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'source-imports-only-source',
    comment: 'tests, benches and configuration stand above the source',
    from: { path: '^src/' },
    to: { path: '^(test|bench|\\.config|dist)/' },
  },
];

module.exports = {
  forbidden: [...layers, ...purity, ...owners, ...hygiene].map((rule) => ({ severity: 'error', ...rule })),
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['node', 'import', 'types', 'default'],
      extensions: ['.ts', '.js', '.json', '.mjs', '.cjs', '.d.ts'],
    },
  },
};
