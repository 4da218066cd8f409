import type { Action } from '../action.ts';
import { completionScript, type Shell } from '../completion/script.ts';
import { createProgram } from '../program.ts';
import type { CompletionOptions } from '../definitions/completion.ts';

export const run: Action<CompletionOptions> = ([shell = 'bash'], _options, io) => {
  io.stdout.write(completionScript(createProgram(io), shell as Shell));
  return Promise.resolve(0);
};
