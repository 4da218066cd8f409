import {
  argv,
  choice,
  closed,
  eitherOf,
  listOf,
  mapOf,
  ref,
  SECRET_NAME_PATTERN,
  text,
  type Schema,
} from './shape.ts';

/** Secrets, encryption and signing: who may read and who may write. */
export const trustProperties: Schema = {
  secrets: mapOf(
    ref('secretReference'),
    {
      description:
        'Named references to secrets. A value is read only when a step needs it and never stands in the plan.',
      examples: [{ pg: { env: 'PGPASSWORD' }, token: { file: '/run/secrets/token' } }],
    },
    SECRET_NAME_PATTERN,
  ),
  encryption: mapOf(ref('encryptionProfile'), {
    description: 'Encryption profiles: to whom bundles are encrypted.',
    examples: [{ ops: { recipients: ['keys/ops.asc', 'keys/escrow.asc'] } }],
  }),
  signing: ref('signing'),
};

export const trustDefinitions: Schema = {
  secretReference: secretReference(),
  encryptionProfile: encryptionProfile(),
  signing: signing(),
  signer: signer(),
};

function secretReference(): Schema {
  return {
    ...closed({
      env: text({
        description: 'Environment variable that holds the secret.',
        examples: ['PGPASSWORD'],
      }),
      file: text({
        description:
          'File that holds the secret. Only its owner may have access; its last line end is cut off.',
        examples: ['/run/secrets/pg'],
      }),
      command: argv({
        description: 'Program and arguments whose standard output is the secret. No shell is involved.',
        examples: [['pass', 'show', 'pg']],
      }),
    }),
    ...eitherOf('env', 'file', 'command'),
    description: 'Where a secret comes from: exactly one of an environment variable, a file or a command.',
    examples: [{ env: 'PGPASSWORD' }, { file: '/run/secrets/pg' }, { command: ['pass', 'show', 'pg'] }],
  };
}

function encryptionProfile(): Schema {
  const properties = {
    recipients: listOf(
      { type: 'string', minLength: 1 },
      {
        description:
          'Public key files, committed beside the plan. Use at least two: one for operations, one kept offline.',
        examples: [['keys/ops.asc', 'keys/escrow.asc']],
      },
    ),
    privateKey: ref('secretReference'),
    engine: choice(['auto', 'gpg', 'openpgp'], {
      description:
        'Program that encrypts: `gpg` where it is installed and fits (auto), always gpg, or always openpgp.js. The format is the same.',
      examples: ['auto'],
    }),
  };
  return {
    ...closed(properties, ['recipients']),
    description: 'An encryption profile: recipients, and optionally where a private key for reading lies.',
    examples: [
      { recipients: ['keys/ops.asc', 'keys/escrow.asc'], privateKey: { file: '/media/escrow/ops.key' } },
    ],
  };
}

function signing(): Schema {
  const properties = {
    keys: {
      ...mapOf(ref('signer'), {
        description:
          'Keys whose records are trusted, and for what. Public keys live in git and are never read from a target.',
        examples: [{ ci: { key: 'keys/ci.asc', may: ['write', 'apply'] } }],
      }),
      minProperties: 1,
    },
    use: ref('secretReference'),
  };
  return {
    ...closed(properties, ['keys', 'use']),
    description: 'Who may write what, and where the private signing key of this machine comes from (`use`).',
    examples: [
      {
        keys: { ci: { key: 'keys/ci.asc', may: ['write', 'apply'] } },
        use: { env: 'BACKUP_PLAN_SIGNING_KEY' },
      },
    ],
  };
}

function signer(): Schema {
  const properties = {
    key: text({ description: 'Public key file of the signer.', examples: ['keys/ci.asc'] }),
    may: listOf(
      { enum: ['write', 'apply', 'prune'] },
      {
        description:
          'What records of this key are trusted for: writing snapshots, committing plans, deleting what retention releases.',
        examples: [['write', 'apply']],
      },
    ),
    until: {
      type: 'string',
      format: 'date',
      description: 'Day from which records of this key are no longer accepted (UTC).',
      examples: ['2027-01-01'],
    },
  };
  return {
    ...closed(properties, ['key', 'may']),
    description: 'A trusted signer.',
    examples: [{ key: 'keys/ci.asc', may: ['write', 'apply'] }],
  };
}
