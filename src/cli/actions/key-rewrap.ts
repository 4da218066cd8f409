import { rewrapKeys } from '../../commands/key-rewrap.ts';
import { readingKeys } from '../../commands/read-keys.ts';
import { rewrapDocument, rewrappedLines, rewrapSummary } from '../../views/keys/rewrap.ts';
import type { Action, Io } from '../action.ts';
import type { KeyRewrapOptions } from '../definitions/key.ts';
import { namesOf } from '../each-plan.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading, type Reading } from '../reading.ts';
import { withSignals } from '../with-signals.ts';

export const run: Action<KeyRewrapOptions> = (args, options, io) =>
  eachReading(
    io,
    options,
    async (reading) => {
      const references = namesOf(reading, args);
      if (references === undefined) return 0;
      return withSignals(io, (signal) => rewrapPlan(io, options, { reading, references, signal }));
    },
    args,
  );

interface OnePlan {
  readonly reading: Reading;
  readonly references: readonly string[];
  readonly signal: AbortSignal;
}

async function rewrapPlan(
  io: Io,
  options: KeyRewrapOptions,
  { reading, references, signal }: OnePlan,
): Promise<number> {
  const { ports, workspace, plan } = reading;
  const { key: keyFiles = [], passphraseFile } = options;
  const passphrase = passphraseFile === undefined ? {} : { passphraseFile };
  const keys = await readingKeys(ports, plan, { keyFiles, ...passphrase });
  const rewrapper = await ports.cryptography.rewrapper(keys);
  if (!rewrapper.ok) return printFailure(io, rewrapper.failure, options);
  const style = styleFor(io.stdout, io, options);
  const dryRun = options.dryRun === true;
  const report = await rewrapKeys(ports, workspace, {
    references,
    dryRun,
    rewrapper: rewrapper.value,
    signal,
    onCopy: (copy) => {
      if (options.json !== true) printLines(io.stdout, rewrappedLines(copy, dryRun, style));
    },
  });
  if (!report.ok) return printFailure(io, report.failure, options);
  if (options.json === true) printJson(io, rewrapDocument(report.value));
  else printLines(io.stdout, rewrapSummary(report.value, style));
  return report.value.exitCode;
}
