import type { Finding } from '../../domain/diagnostic.ts';
import type { JsonObject, JsonValue } from '../../domain/json.ts';
import { parseSize, SIZE_PATTERN } from '../../domain/quantity.ts';

type Argv = readonly [string, ...string[]];

const argvSchema = (description: string, examples: JsonValue): JsonObject => ({
  type: 'array',
  minItems: 1,
  items: { type: 'string' },
  description,
  examples: [examples],
});

const proofSchema: JsonObject = {
  type: 'object',
  minProperties: 1,
  additionalProperties: false,
  description:
    'What shows that an artifact is whole; an exit code of 0 is not enough. Each artifact must pass all of it.',
  examples: [{ minSize: 10, json: true }, { endsWith: '-- Dump completed' }],
  properties: {
    minSize: {
      type: ['integer', 'string'],
      minimum: 1,
      pattern: SIZE_PATTERN,
      description: 'The least size of the output: bytes, or a number with a unit.',
      examples: [10, '1MiB'],
    },
    endsWith: {
      type: 'string',
      pattern: '\\S',
      maxLength: 1024,
      description: 'The text with which the output must end; white space at the very end does not count.',
      examples: ['}', '-- Dump completed'],
    },
    json: {
      type: 'boolean',
      const: true,
      description: 'The output must be one well-formed JSON text in UTF-8.',
      examples: [true],
    },
    check: argvSchema(
      'A program that gets the output on stdin and must exit 0. It needs room for a copy in scratch.',
      ['jq', '-e', '.users | length > 0'],
    ),
  },
};

const envSchema: JsonObject = {
  type: 'object',
  propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
  description:
    'Environment variables of the dump, restore and load commands. Nothing else is handed on but PATH, HOME, LANG and TZ.',
  examples: [{ API_TOKEN: { secret: 'api' }, REGION: { value: 'fra1' } }],
  additionalProperties: {
    type: 'object',
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
    description: 'The value, either a declared secret or plain text.',
    examples: [{ secret: 'api' }, { value: 'fra1' }],
    properties: {
      secret: {
        type: 'string',
        'x-secret': true,
        description: 'Name of a secret under `secrets`.',
        examples: ['api'],
      },
      value: { type: 'string', description: 'Plain text that is no secret.', examples: ['fra1'] },
    },
  },
};

const restoreSchema: JsonObject = {
  type: 'object',
  additionalProperties: false,
  description:
    'What to do with an artifact when it is restored. Without `command` a restore writes every artifact to a file as it was captured; without `load` it never replaces what is running.',
  examples: [{ command: ['tar', '-x'] }, { load: ['psql', '--set', 'ON_ERROR_STOP=1', '--dbname', 'app'] }],
  properties: {
    command: argvSchema(
      'Runs once for each artifact, in an empty directory that is also BACKUP_PLAN_DESTINATION, with the artifact on stdin and its name in BACKUP_PLAN_ARTIFACT. What it leaves in the directory is the restored resource; its stdout is dropped.',
      ['tar', '-x'],
    ),
    load: argvSchema(
      'Makes `restore --in-place` possible: runs once for each artifact, in the folder of the plan, with the artifact on stdin and its name in BACKUP_PLAN_ARTIFACT, and must replace what is running with it. Before that everything has been decrypted and checked, and a snapshot of what is there has been taken, which `undo` loads again. It runs with the variables of `env`; any exit code but 0 fails the restore.',
      ['psql', '--set', 'ON_ERROR_STOP=1', '--dbname', 'app'],
    ),
  },
};

export const optionsSchema: JsonObject = {
  type: 'object',
  required: ['proof'],
  additionalProperties: false,
  properties: {
    dump: argvSchema(
      'The program whose stdout is the artifact, with its arguments; no shell. Give either this or `artifacts`.',
      ['doctl', 'databases', 'list', '--output', 'json'],
    ),
    artifacts: {
      type: 'object',
      minProperties: 1,
      propertyNames: { pattern: '^(?!index$)[a-z0-9][a-z0-9._-]*$', maxLength: 64 },
      additionalProperties: argvSchema('The program whose stdout is this artifact.', ['vault', 'kv', 'list']),
      description: 'Several programs, each with the name of its artifact. They run one after another.',
      examples: [{ users: ['app', 'export', 'users'], settings: ['app', 'export', 'settings'] }],
    },
    env: envSchema,
    proof: proofSchema,
    restore: restoreSchema,
    fileName: {
      type: 'string',
      pattern: '^[A-Za-z0-9_][A-Za-z0-9._-]*$',
      maxLength: 128,
      description:
        'Name of the file that a restore makes of `dump`. Default: the name of the resource. `artifacts` are restored under their own names.',
      examples: ['databases.json'],
    },
  },
};

export interface CommandOptions {
  /** Artifact name → argv, sorted by name. */
  readonly artifacts: readonly { readonly name: string; readonly argv: Argv }[];
  readonly env: Readonly<Record<string, { readonly secret?: string; readonly value?: string }>>;
  readonly proof: Proof;
  readonly restore?: Argv;
  readonly load?: Argv;
  /** True for `artifacts`, false for `dump`. */
  readonly named: boolean;
  readonly fileName?: string;
}

export interface Proof {
  readonly minSizeBytes?: number;
  readonly endsWith?: string;
  readonly json: boolean;
  readonly check?: Argv;
}

/** The only artifact of `dump`. */
const DUMP_NAME = 'output';

/** The shape that the schema lets through. */
interface RawOptions {
  readonly dump?: Argv;
  readonly artifacts?: Readonly<Record<string, Argv>>;
  readonly env?: CommandOptions['env'];
  readonly proof: {
    readonly minSize?: string | number;
    readonly endsWith?: string;
    readonly json?: true;
    readonly check?: Argv;
  };
  readonly restore?: { readonly command?: Argv; readonly load?: Argv };
  readonly fileName?: string;
}

/** `options` are valid against the schema and against `checkOptions`. */
export function readOptions(options: JsonObject): CommandOptions {
  const raw = options as unknown as RawOptions;
  const named = raw.dump === undefined ? (raw.artifacts ?? {}) : { [DUMP_NAME]: raw.dump };
  return {
    artifacts: Object.entries(named)
      .map(([name, argv]) => ({ name, argv }))
      .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))),
    named: raw.dump === undefined,
    env: raw.env ?? {},
    proof: readProof(raw.proof),
    ...(raw.restore?.command === undefined ? {} : { restore: raw.restore.command }),
    ...(raw.restore?.load === undefined ? {} : { load: raw.restore.load }),
    ...(raw.fileName === undefined ? {} : { fileName: raw.fileName }),
  };
}

function readProof(raw: RawOptions['proof']): Proof {
  const minSizeBytes = typeof raw.minSize === 'string' ? parseSize(raw.minSize) : raw.minSize;
  return {
    json: raw.json === true,
    ...(minSizeBytes === undefined ? {} : { minSizeBytes }),
    ...(raw.endsWith === undefined ? {} : { endsWith: raw.endsWith }),
    ...(raw.check === undefined ? {} : { check: raw.check }),
  };
}

export function checkOptions(options: JsonObject): readonly Finding[] {
  const hasDump = options['dump'] !== undefined;
  const hasArtifacts = options['artifacts'] !== undefined;
  if (hasDump === hasArtifacts) {
    const message = hasDump
      ? 'dump and artifacts exclude each other'
      : 'one of dump and artifacts is required';
    return [
      finding(
        message,
        hasDump ? ['artifacts'] : [],
        'Write `dump` for one program, `artifacts` for several.',
      ),
    ];
  }
  if (hasArtifacts && options['fileName'] !== undefined) {
    const help = 'Artifacts are restored under their own names.';
    return [finding('fileName goes with dump, not with artifacts', ['fileName'], help)];
  }
  return [];
}

function finding(message: string, path: readonly string[], help: string): Finding {
  return { code: 'BP1190', severity: 'error', message, path, help };
}
