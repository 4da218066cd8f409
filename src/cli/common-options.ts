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

export function withPlan(command: Command): Command {
  return command
    .option('-p, --plan <file>', 'plan file or folder (default ./backup-plan.yaml, then ./plans/*.yaml)', collect)
    .addOption(new Option('--host <name>', 'act as this host').env('BACKUP_PLAN_HOST'))
    .addOption(new Option('--now <time>', 'pretend that it is this time (ISO 8601)').argParser(parseTime));
}

export function withOutput(command: Command): Command {
  return command
    .option('--json', 'machine-readable output on stdout')
    .option('--no-color', 'no colour (NO_COLOR is honoured too)');
}

export function withKeys(command: Command): Command {
  return command
    .option('--key <file>', 'private key file for reading bundles', collect)
    .option('--passphrase-file <file>', 'file that holds the passphrase of the key');
}

export function withPlanless(command: Command): Command {
  return command
    .option('--target <name|path>', 'only this target; without a plan, the folder of one')
    .option('--signer <file>', 'without a plan: public key file whose records are believed', collect);
}

export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}

function parseTime(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new InvalidArgumentError('not an ISO 8601 time such as 2026-11-21T02:00:00Z');
  return ms;
}

export function parseShare(text: string): number {
  const match = /^(\d{1,3})%$/.exec(text);
  const share = match === null ? Number.NaN : Number(match[1]) / 100;
  if (!(share > 0 && share <= 1)) throw new InvalidArgumentError('not a percentage such as 10%');
  return share;
}
