import { dirname } from 'node:path';
import type { Diagnostic, SourceText } from '../domain/diagnostic.ts';
import type { Plan } from '../domain/plan.ts';
import { checkInterpolation } from './checks/check-interpolation.ts';
import { checkPlan } from './checks/check-plan.ts';
import { reportBreaches, type Breach } from './checks/policies.ts';
import { loadFiles } from './includes.ts';
import type { Environment } from './interpolation.ts';
import { normalisePlan } from './normalise/plan.ts';
import type { Registries } from './registries.ts';
import { createReport, type Report } from './report.ts';
import { retypeDocument } from './retype-document.ts';
import { planSchema } from './schema/plan-schema.ts';
import { checkSchema } from './schema-errors/check-schema.ts';
import type { Source } from './source/source.ts';
import type { MapTree } from './source/tree.ts';

/** Clock changes come back every year, so any year tells what gaps a schedule has. */
const DEFAULT_NOW_MS = Date.UTC(2026, 0, 1);

/** Shorter ones would tear holes into unrelated words. */
const SHORTEST_SECRET = 4;

export interface LoadOptions {
  /** Path of the root plan file, as typed. */
  readonly file: string;
  /** The `document` of a plan as JSON, as a log keeps it; read in the place of the file. */
  readonly content?: string;
  readonly env: Environment;
  readonly registries: Registries;
  /** What an environment variable that is not set means. Default: an error. */
  readonly unset?: 'note' | 'error';
  /** Says where a plan that is valid otherwise falls short of its policies. Not asked about half a plan. */
  readonly judge?: (plan: Plan, nowMs: number) => readonly Breach[];
  /** From when on schedules are looked at for their gaps. Default: the start of 2026. */
  readonly nowMs?: number;
}

export interface LoadedPlan {
  /** Absent where a diagnostic is an error, and where a value is unknown because a variable is not set. */
  readonly plan?: Plan;
  /** Sorted by place. */
  readonly diagnostics: readonly Diagnostic[];
  /** The files, with what may be a secret blotted out. */
  readonly sources: readonly SourceText[];
  /** The joined files; for `effectivePlan` and `explainOrigin`. */
  readonly tree?: MapTree;
}

/** Parses, interpolates, checks and normalises a plan. Reads files only; runs nothing. */
export async function loadPlan(options: LoadOptions): Promise<LoadedPlan> {
  const report = createReport();
  const { tree: written, sources, file, complete } = await loadFiles(options, report);
  const isKept = options.content !== undefined;
  const tree = written && isKept ? retypeDocument(written, planSchema(options.registries)) : written;
  // Checks of half a plan would blame what is only missing from it.
  const isUnknown = tree !== undefined && complete && (await examine(tree, file, { options, report }));
  const plan =
    tree === undefined || isUnknown || report.hasErrors
      ? undefined
      : judged(normalisePlan(tree, file, options.registries), tree, { options, report });
  return {
    ...(plan === undefined ? {} : { plan }),
    ...(tree === undefined ? {} : { tree }),
    diagnostics: sorted(report, sources),
    sources: sources.map((source) => sourceText(source, report)),
  };
}

interface Context {
  readonly options: LoadOptions;
  readonly report: Report;
}

/** True where some value is unknown because a variable is not set. */
async function examine(tree: MapTree, file: string, { options, report }: Context): Promise<boolean> {
  const unknown = checkInterpolation(tree, options.unset ?? 'error', report);
  const { registries, nowMs = DEFAULT_NOW_MS } = options;
  checkSchema(tree, { registries, report, unknown });
  await checkPlan(tree, { registries, report, unknown, directory: dirname(file), nowMs });
  return unknown.size > 0;
}

function judged(plan: Plan, tree: MapTree, { options, report }: Context): Plan | undefined {
  reportBreaches(tree, options.judge?.(plan, options.nowMs ?? DEFAULT_NOW_MS) ?? [], report);
  return report.hasErrors ? undefined : plan;
}

/** Each once, in the order of the files, and without anything that may be a secret. */
function sorted({ diagnostics, redacted }: Report, sources: readonly Source[]): readonly Diagnostic[] {
  const order = new Map(sources.map((source, index) => [source.file, index]));
  const placeOf = ({ range }: Diagnostic): readonly number[] =>
    range === undefined ? [-1, 0, 0] : [order.get(range.file) ?? sources.length, range.line, range.column];
  const compare = (a: Diagnostic, b: Diagnostic): number => {
    const other = placeOf(b);
    return (
      placeOf(a)
        .map((part, index) => part - (other[index] ?? 0))
        .find((difference) => difference !== 0) ?? 0
    );
  };
  const once = new Map(diagnostics.map((one) => [JSON.stringify([one.code, one.range, one.message]), one]));
  const secrets = redacted.map(({ value }) => value).filter((value) => value.length >= SHORTEST_SECRET);
  return [...once.values()].sort(compare).map((one) => withoutSecrets(one, secrets));
}

function withoutSecrets(diagnostic: Diagnostic, secrets: readonly string[]): Diagnostic {
  const { message, label, help } = diagnostic;
  const clean = (text: string): string =>
    secrets.reduce(
      (rest, secret) => rest.replaceAll(secret, '***').replaceAll(JSON.stringify(secret).slice(1, -1), '***'),
      text,
    );
  return {
    ...diagnostic,
    message: clean(message),
    ...(label === undefined ? {} : { label: clean(label) }),
    ...(help === undefined ? {} : { help: clean(help) }),
  };
}

function sourceText({ file, text }: Source, { redacted }: Report): SourceText {
  let clean = text;
  for (const {
    place: { source, start, end },
  } of redacted) {
    if (source.file !== file) continue;
    clean = clean.slice(0, start) + clean.slice(start, end).replace(/[^\s]/g, '*') + clean.slice(end);
  }
  return { file, text: clean };
}
