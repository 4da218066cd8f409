import type { ResourceSpec } from '../../domain/plan.ts';
import type { PlanDocument, TargetChoice } from '../generated/plan-document.ts';
import { mapValues, normaliseRetention } from './retention.ts';

export function targetNames(choice: TargetChoice = []): readonly string[] {
  return Array.isArray(choice) ? choice : Object.keys(choice);
}

export function edgesOf(choice: TargetChoice | undefined, document: PlanDocument): ResourceSpec['edges'] {
  if (choice === undefined || Array.isArray(choice)) return {};
  return mapValues(choice, ({ retention }) =>
    retention === undefined ? {} : { retention: normaliseRetention(retention, document) },
  );
}
