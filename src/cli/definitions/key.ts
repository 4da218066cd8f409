import { Command, Option } from 'commander';
import { lazily, type Io } from '../action.ts';
import {
  withKeys,
  withOutput,
  withPlan,
  type KeyOptions,
  type OutputOptions,
  type PlanOptions,
} from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface KeyGenerateOptions extends OutputOptions {
  readonly kind: 'recipient' | 'signer';
  readonly private: string;
  readonly public: string;
  readonly expires?: string;
  readonly passphraseFile?: string;
}

export type KeyListOptions = PlanOptions & OutputOptions;

export type KeyCheckOptions = PlanOptions & OutputOptions & KeyOptions;

export interface KeyRewrapOptions extends PlanOptions, OutputOptions, KeyOptions {
  readonly dryRun?: boolean;
}

export function keyDefinition(io: Io): Command {
  return new Command('key')
    .helpCommand(false)
    .description('make, list, check and add keys')
    .addCommand(generateDefinition(io))
    .addCommand(listDefinition(io))
    .addCommand(checkDefinition(io))
    .addCommand(rewrapDefinition(io));
}

function generateDefinition(io: Io): Command {
  const command = new Command('generate')
    .description('make an OpenPGP key pair; overwrites nothing')
    .argument('<name>', 'user id of the key, such as "shop escrow"')
    .addOption(
      new Option('--kind <kind>', 'what it is for').choices(['recipient', 'signer']).default('recipient'),
    )
    .requiredOption('--private <file>', 'where the private key goes (0600), outside the repository')
    .requiredOption('--public <file>', 'where the public key goes')
    .option('--expires <duration>', 'when it expires, such as 730d (default: never)')
    .option('--passphrase-file <file>', 'protect the private key with the passphrase in this file');
  withHelp(withOutput(command), {
    examples: [
      'backup-plan key generate "shop escrow" --private /media/usb/escrow.key --public keys/escrow.asc',
    ],
    exits: [0, 8, 64],
  });
  return lazily<KeyGenerateOptions>(command, io, () => import('../actions/key-generate.ts'));
}

function listDefinition(io: Io): Command {
  const command = new Command('list').description('list the keys of the plan: fingerprints, roles, expiry');
  withHelp(withPlan(withOutput(command)), { examples: ['backup-plan key list'], exits: [0, 9, 10, 64] });
  return lazily<KeyListOptions>(command, io, () => import('../actions/key-list.ts'));
}

function checkDefinition(io: Io): Command {
  const command = new Command('check').description(
    'prove that a private key opens what was written, and what is written now',
  );
  withHelp(withKeys(withPlan(withOutput(command))), {
    examples: ['backup-plan key check --key /media/usb/escrow.key'],
    exits: [0, 5, 9, 10, 64],
  });
  return lazily<KeyCheckOptions>(command, io, () => import('../actions/key-check.ts'));
}

function rewrapDefinition(io: Io): Command {
  const command = new Command('rewrap')
    .description(
      'let the recipients that the plan names now open old snapshots too; nothing is encrypted anew',
    )
    .argument('[snapshots...]', 'RESOURCE or RESOURCE@SNAPSHOT; everything where none is given')
    .option('--dry-run', 'say which objects some recipient cannot open yet, and do nothing');
  withHelp(withKeys(withPlan(withOutput(command))), {
    examples: [
      'backup-plan key rewrap --dry-run --key operations.key',
      'backup-plan key rewrap --key operations.key',
    ],
    exits: [0, 5, 9, 10, 64, 130, 143],
  });
  return lazily<KeyRewrapOptions>(command, io, () => import('../actions/key-rewrap.ts'));
}
