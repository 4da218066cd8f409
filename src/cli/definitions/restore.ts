import { Command, InvalidArgumentError, Option } from 'commander';
import { THAW_TIERS, type ThawTier } from '../../domain/target.ts';
import { lazily, type Io } from '../action.ts';
import {
  collect,
  withKeys,
  withOutput,
  withPlan,
  withPlanless,
  type KeyOptions,
  type OutputOptions,
  type PlanlessOptions,
  type PlanOptions,
} from '../common-options.ts';
import { withHelp } from '../help.ts';

export interface RestoreOptions extends PlanOptions, OutputOptions, PlanlessOptions, KeyOptions {
  readonly to?: string;
  readonly inPlace?: boolean;
  readonly all?: boolean;
  readonly group?: string;
  readonly force?: boolean;
  readonly backupExisting: boolean;
  readonly allowVersionMismatch?: boolean;
  readonly only?: readonly string[];
  readonly map?: readonly Mapping[];
  readonly owner?: string;
  readonly numericOwner?: boolean;
  readonly from?: string;
  readonly thaw?: ThawTier;
  readonly wait?: boolean;
  readonly dryRun?: boolean;
  readonly diff?: boolean;
}

interface Mapping {
  readonly from: string;
  readonly to: string;
}

export function restoreDefinition(io: Io): Command {
  const command = new Command('restore')
    .description('bring a snapshot back, into a new place or over the live resource')
    .argument(
      '[snapshot]',
      'RESOURCE for its newest good snapshot, or RESOURCE@ and an id, label:NAME or a time, which means the newest one until then; with --all and --group only @TIME',
    );
  withPlaces(command);
  withHelp(withKeys(withPlanless(withPlan(withOutput(command)))), {
    examples: [
      'backup-plan restore uploads --to /srv/restored --key operations.key',
      'backup-plan restore uploads@2026-11-20T12:00Z --only srv/uploads/a.png --to ./a --key operations.key',
      'backup-plan restore uploads --to ./out --target /mnt/disk/backups --signer writer.asc --key escrow.key',
      'backup-plan restore uploads --in-place --dry-run --diff --key operations.key',
      'backup-plan restore uploads --in-place --force --key operations.key',
      'backup-plan restore uploads --to ./out --from glacier --thaw bulk --key operations.key',
      'backup-plan restore --group app @2026-11-20T12:00Z --in-place --force --key operations.key',
    ],
    exits: [0, 3, 4, 5, 7, 8, 9, 10, 64, 130, 143],
  });
  return lazily<RestoreOptions>(command, io, () => import('../actions/restore.ts'));
}

function withPlaces(command: Command): void {
  command
    .addOption(new Option('--to <folder>', 'new or empty folder to restore into').conflicts('inPlace'))
    .option(
      '--in-place',
      'replace the live resource; what was there before is kept, and `undo` brings it back',
    )
    .addOption(new Option('--all', 'every resource of the plan, as they were at one time').conflicts('group'))
    .option('--group <name>', 'the members of a group, from one moment at which all were captured together')
    .option('--force', 'with --in-place: replace what is there without asking, also while it is in use')
    .option('--no-backup-existing', 'with --in-place: keep nothing of what was there before')
    .option('--allow-version-mismatch', 'with --in-place: also from another major version of the application')
    .option(
      '--only <path>',
      'only this file or folder, as `show --files` spells it, this key of a JSON document or this table; repeatable',
      collect,
    )
    .option(
      '--map <old=new>',
      'restore what lay below OLD below NEW, absolute paths; or a database under a new name; repeatable',
      mapping,
    )
    .option(
      '--owner <user:group>',
      'everything restored belongs to them (default: as the plan or the snapshot says)',
    )
    .option('--numeric-owner', 'owners by number, whatever their names mean here')
    .option('--from <target|file>', 'try the copy on this target first, or read a file that `export` wrote')
    .addOption(
      new Option(
        '--thaw <tier>',
        'ask the store for what is archived, with all that it needs; ends with 4 until it can be read',
      ).choices(THAW_TIERS),
    )
    .option('--wait', 'with --thaw: wait until it can be read, and go on')
    .option('--dry-run', 'say what would be restored, from where and how much room it needs')
    .option('--diff', 'with --dry-run: compare each path with what is there');
}

function mapping(text: string, earlier: readonly Mapping[] = []): readonly Mapping[] {
  const [from = '', to = '', ...rest] = text.split('=');
  const areAlike = from !== '' && to !== '' && from.startsWith('/') === to.startsWith('/');
  if (!areAlike || rest.length > 0)
    throw new InvalidArgumentError('neither two absolute paths such as /srv/old=/srv/new nor two names');
  return [...earlier, { from, to }];
}
