import type { JsonObject } from '../../domain/json.ts';
import { asObject } from '../schema/navigate.ts';
import type { Path } from '../source/tree.ts';

const TYPED: Readonly<Record<string, string>> = {
  targets: 'target',
  resources: 'resource',
  notifications: 'notification',
};

const NAMED: Readonly<Record<string, string>> = {
  secrets: 'a secret',
  encryption: 'an encryption profile',
  schedules: 'a schedule',
  retention: 'a retention policy',
  groups: 'a group',
};

/** What stands at a path, in words: `a filesystem target`, `a schedule`, `"limits"`. */
export function nounOf(path: Path, document: JsonObject): string {
  const [section, name, ...below] = path;
  if (section === undefined) return 'a plan';
  if (name !== undefined && below.length === 0) {
    const typed = TYPED[String(section)];
    if (typed !== undefined) return withArticle(typed, asObject(asObject(document[section])[name])['type']);
    const named = NAMED[String(section)];
    if (named !== undefined) return named;
  }
  const key = [...path].reverse().find((step) => typeof step === 'string');
  return `"${String(key)}"`;
}

function withArticle(noun: string, type: unknown): string {
  const words = typeof type === 'string' ? `${type} ${noun}` : noun;
  return `${/^[aeiou]|^s3/.test(words) ? 'an' : 'a'} ${words}`;
}
