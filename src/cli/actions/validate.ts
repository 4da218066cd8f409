import { writeFile } from 'node:fs/promises';
import { findPlanFiles, loadPlanFile } from '../../app/plan-files.ts';
import type { Diagnostic, SourceText } from '../../domain/diagnostic.ts';
import { exitCodeOf } from '../../domain/failure.ts';
import { conciseDiagnostics } from '../../views/diagnostics/concise.ts';
import { humanDiagnostics } from '../../views/diagnostics/human.ts';
import { validateDocument } from '../../views/diagnostics/json.ts';
import type { Action, Io } from '../action.ts';
import type { ValidateOptions } from '../definitions/validate.ts';
import { EXIT_USAGE } from '../exit-codes.ts';
import { printFailure, printLines, styleFor } from '../print.ts';

export const run: Action<ValidateOptions> = async (args, options, io) => {
  const reporters = parseReporters(options);
  if (typeof reporters === 'string') {
    printLines(io.stderr, [reporters]);
    return EXIT_USAGE;
  }
  const files = await findPlanFiles(args.length > 0 ? args : (options.plan ?? []), io.cwd);
  if (!files.ok) return printFailure(io, files.failure, options);
  const startedAt = performance.now();
  const diagnostics: Diagnostic[] = [];
  const sources: SourceText[] = [];
  for (const file of files.value) {
    const nowMs = options.now ?? Date.now();
    const loaded = await loadPlanFile({ file, env: io.env, unset: 'note', nowMs });
    diagnostics.push(...loaded.diagnostics);
    sources.push(...loaded.sources);
  }
  const durationMs = performance.now() - startedAt;
  for (const reporter of reporters) await report(io, options, reporter, { diagnostics, sources, durationMs });
  return diagnostics.some((one) => one.severity === 'error') ? exitCodeOf('PLAN_INVALID') : 0;
};

interface Reporter {
  readonly name: 'human' | 'concise' | 'json';
  readonly file?: string;
}

interface Findings {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
  readonly durationMs: number;
}

function parseReporters(options: ValidateOptions): readonly Reporter[] | string {
  if (options.json === true) return [{ name: 'json' }];
  const reporters: Reporter[] = [];
  for (const text of options.reporter ?? ['human']) {
    const [name, ...file] = text.split('=');
    if (name !== 'human' && name !== 'concise' && name !== 'json') {
      return `unknown reporter "${name ?? ''}": human, concise and json exist`;
    }
    reporters.push(file.length === 0 ? { name } : { name, file: file.join('=') });
  }
  return reporters;
}

async function report(
  io: Io,
  options: ValidateOptions,
  reporter: Reporter,
  findings: Findings,
): Promise<void> {
  const text = render(io, options, reporter, findings);
  if (reporter.file === undefined) io.stdout.write(text);
  else await writeFile(reporter.file, text);
}

function render(io: Io, options: ValidateOptions, { name, file }: Reporter, findings: Findings): string {
  const { diagnostics, sources, durationMs } = findings;
  if (name === 'json') return `${JSON.stringify(validateDocument(diagnostics))}\n`;
  if (name === 'concise') return conciseDiagnostics(diagnostics);
  const style = styleFor(io.stdout, io, { ...options, color: options.color && file === undefined });
  return humanDiagnostics(diagnostics, sources, style, durationMs);
}
