import { InvalidArgumentError, Option, type Command } from 'commander';

export interface PlanOptions {
  readonly plan?: readonly string[];
  readonly now?: number;
  readonly host?: string;
}

export interface OutputOptions {
  readonly json?: boolean;
  readonly color: boolean;
}

export interface KeyOptions {
  readonly key?: readonly string[];
  readonly passphraseFile?: string;
}

/** Names a target directly, for the day the plan is gone. */
export interface PlanlessOptions {
  readonly target?: string;
  readonly signer?: readonly string[];
}

const COMMON = 'Common options:';

export function withPlan(command: Command): Command {
  return command
    .addOption(
      common(
        '-p, --plan <file>',
        'plan file or folder (default: ./backup-plan.yaml, else ./plans/*.yaml)',
      ).argParser(collect),
    )
    .addOption(common('--host <name>', 'act as this host').env('BACKUP_PLAN_HOST'))
    .addOption(common('--now <time>', 'act as if it were this time (ISO 8601)').argParser(parseTime));
}

export function withOutput(command: Command): Command {
  return command
    .addOption(common('--json', 'a versioned document on stdout, for programs'))
    .addOption(common('--no-color', 'no colour; NO_COLOR is honoured too'));
}

export function withKeys(command: Command): Command {
  return command
    .addOption(
      common(
        '--key <file>',
        "private key that opens bundles (default: privateKey of the plan, else gpg's keyring)",
      ).argParser(collect),
    )
    .addOption(common('--passphrase-file <file>', 'file with the passphrase of that key'));
}

export function withPlanless(command: Command): Command {
  return command
    .addOption(
      common(
        '--target <name|path>',
        'only this target, or a file that `export` wrote; with --signer the folder of a target',
      ),
    )
    .addOption(
      common('--signer <file>', 'work without a plan: public key whose records are believed').argParser(
        collect,
      ),
    );
}

function common(flags: string, description: string): Option {
  return new Option(flags, description).helpGroup(COMMON);
}

export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

export function parseTime(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('not an ISO 8601 time such as 2026-11-21T02:00:00Z');
  return ms;
}

export function parseCount(text: string): number {
  if (!/^[0-9]{1,9}$/.test(text)) throw new InvalidArgumentError('not a number such as 20');
  return Number(text);
}

export function parseShare(text: string): number {
  const match = /^(\d{1,3})%$/.exec(text);
  const share = match === null ? Number.NaN : Number(match[1]) / 100;
  if (!(share > 0 && share <= 1)) throw new InvalidArgumentError('not a percentage such as 10%');
  return share;
}
