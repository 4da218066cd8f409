import { parseDuration } from '../../domain/quantity.ts';
import type { RetentionKeep, RetentionPolicy } from '../../domain/plan.ts';
import { BUILT_IN } from './built-in.ts';
import type { Keep, PlanDocument, RetentionChoice } from '../generated/plan-document.ts';

type Written = Exclude<RetentionChoice, string>;

/** The policy that a name or an inline policy means; the name must exist. */
export function normaliseRetention(choice: RetentionChoice, document: PlanDocument): RetentionPolicy {
  if (typeof choice !== 'string') return policy(choice);
  const named = document.retention?.[choice];
  return { name: choice, ...policy(named ?? { keep: {} }) };
}

function policy({ keep, minimum, grace, maxDelete }: Written): RetentionPolicy {
  const { retention } = BUILT_IN;
  return {
    keep: normaliseKeep(keep),
    minimum: minimum ?? retention.minimum,
    countOnly: 'good',
    graceMs: durationOf(grace ?? retention.grace),
    maxDelete: percentOf(maxDelete ?? retention.maxDelete),
  };
}

function normaliseKeep({ within, labels, ...counts }: Keep): RetentionKeep {
  return {
    ...counts,
    ...(within === undefined ? {} : { withinMs: durationOf(within) }),
    ...(labels === undefined ? {} : { labels: mapValues(labels, durationOf) }),
  };
}

/** `text` has passed the schema. */
export function durationOf(text: string): number {
  return parseDuration(text) ?? 0;
}

/** `50%` → 0.5. */
export function percentOf(text: string): number {
  return Number.parseInt(text, 10) / 100;
}

export function mapValues<A, B>(
  map: Readonly<Record<string, A>>,
  change: (value: A, key: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value, key)]));
}
