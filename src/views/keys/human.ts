import type { KeyFacts } from '../../domain/cryptography.ts';
import { humanDuration } from '../quantity.ts';
import type { Style } from '../style.ts';

interface ListedKey {
  readonly facts: KeyFacts;
  readonly uses: readonly string[];
}

export function keyListLines(keys: readonly ListedKey[], nowMs: number, style: Style): readonly string[] {
  return keys.flatMap(({ facts, uses }) => [
    `${style.strong(facts.fingerprint)}  ${style.text(facts.algorithm)}  ${expiry(facts, nowMs, style)}`,
    `  ${style.text(uses.join('; '))}`,
    `  ${style.text(facts.userIds.join(', '))}  ${style.faint(style.text(facts.file))}`,
    ...(facts.defect === undefined
      ? []
      : [`  ${style.bad('unusable as recipient:')} ${style.text(facts.defect)}`]),
  ]);
}

const WARN_MS = 60 * 86_400_000;

function expiry({ expiresMs, revoked }: KeyFacts, nowMs: number, style: Style): string {
  if (revoked) return style.bad('revoked');
  if (expiresMs === undefined) return style.faint('never expires');
  const date = new Date(expiresMs).toISOString().slice(0, 10);
  if (expiresMs <= nowMs) return style.bad(`expired ${date}`);
  const text = `expires ${date}, in ${humanDuration(expiresMs - nowMs)}`;
  return expiresMs - nowMs < WARN_MS ? style.caution(text) : style.faint(text);
}
