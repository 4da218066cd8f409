import { checkKeys, type KeyCheck } from '../../commands/key-check.ts';
import { readingKeys } from '../../commands/read-keys.ts';
import { exitCodeOf, type Failure } from '../../domain/failure.ts';
import { failureLines } from '../../views/failure/human.ts';
import { keyCheckDocument } from '../../views/keys/json.ts';
import type { Style } from '../../views/style.ts';
import type { Action } from '../action.ts';
import type { KeyCheckOptions } from '../definitions/key.ts';
import { printFailure, printJson, printLines, styleFor } from '../print.ts';
import { eachReading } from '../reading.ts';
import { withSignals } from '../with-signals.ts';

export const run: Action<KeyCheckOptions> = (_args, options, io) =>
  eachReading(io, options, async ({ plan, ports, workspace }) => {
    const keys = await readingKeys(ports, plan, {
      keyFiles: options.key ?? [],
      ...(options.passphraseFile === undefined ? {} : { passphraseFile: options.passphraseFile }),
    });
    const opener = await ports.cryptography.opener(keys);
    if (!opener.ok) return printFailure(io, opener.failure, options);
    const bundle = opener.value;
    return withSignals(io, async (signal) => {
      const checks = await checkKeys({ workspace, keys, opener: bundle, signal });
      const style = styleFor(io.stdout, io, options);
      if (options.json === true) printJson(io, keyCheckDocument(plan.name, checks));
      else
        printLines(
          io.stdout,
          checks.flatMap((check) => checkLines(check, style)),
        );
      return Math.max(0, ...checks.flatMap(failuresOf).map((one) => exitCodeOf(one.code)));
    });
  });

function failuresOf({ canary, stored }: KeyCheck): readonly Failure[] {
  return [canary, stored?.result].filter((one) => typeof one === 'object');
}

function checkLines({ profile, canary, stored }: KeyCheck, style: Style): readonly string[] {
  const fresh = resultLines(`${profile}: what is written now`, canary, style);
  const old =
    stored === undefined
      ? [`${style.symbols.waiting} ${profile}: nothing is stored yet`]
      : resultLines(`${profile}: what was written (${stored.snapshotId})`, stored.result, style);
  return [...fresh, ...old];
}

function resultLines(what: string, result: 'opened' | Failure, style: Style): readonly string[] {
  if (result === 'opened') return [`${style.good(style.symbols.succeeded)} ${style.text(what)} opens`];
  return [
    `${style.bad(style.symbols.failed)} ${style.text(what)} does not open`,
    ...failureLines(result, style).map((line) => `    ${line}`),
  ];
}
