import { explainCode } from '../../config/codes.ts';
import type { Action } from '../action.ts';
import type { ExplainOptions } from '../definitions/explain.ts';
import { EXIT_USAGE } from '../exit-codes.ts';
import { printJson, printLines } from '../print.ts';

export const run: Action<ExplainOptions> = (args, options, io) => {
  const [code = ''] = args;
  const found = explainCode(code);
  if (found === undefined) {
    printLines(io.stderr, [`there is no code "${code}"; codes look like BP1103 or SOURCE_EMPTY`]);
    return Promise.resolve(EXIT_USAGE);
  }
  if (options.json === true) printJson(io, { format: 'backup-plan/explain@1.0', ...found });
  else printLines(io.stdout, [`${found.code}: ${found.title}`, '', ...found.text]);
  return Promise.resolve(0);
};
