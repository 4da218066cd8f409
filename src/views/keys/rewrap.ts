import type { RewrappedCopy, RewrapReport } from '../../domain/rewrap-report.ts';
import { failureLines } from '../failure/human.ts';
import { failureDocument } from '../failure/json.ts';
import { counted } from '../quantity.ts';
import type { Style } from '../style.ts';

/** One object, unless nothing was to be done with it. */
export function rewrappedLines(copy: RewrappedCopy, dryRun: boolean, style: Style): readonly string[] {
  const { resource, snapshotId, target, artifact, state, added, failure } = copy;
  const place = style.text(`${resource}@${snapshotId} ${artifact} on ${target}`);
  if (state === 'unchanged') return [];
  if (failure !== undefined)
    return [
      `${style.bad(style.symbols.failed)} ${place}`,
      ...failureLines(failure, style).map((line) => `    ${line}`),
    ];
  const opens = dryRun ? 'would open' : 'opens';
  return [`${style.good(style.symbols.succeeded)} ${place} ${opens} with ${added.join(', ')} too`];
}

export function rewrapSummary({ dryRun, copies, problems }: RewrapReport, style: Style): readonly string[] {
  const count = (state: RewrappedCopy['state']): number => copies.filter((one) => one.state === state).length;
  const did = dryRun ? 'to rewrap' : 'rewrapped';
  const bad = count('failed') === 0 ? '' : `, ${counted(count('failed'), 'failure')}`;
  return [
    ...problems.map(({ target, code, message }) => {
      return `${style.bad(style.symbols.failed)} ${code}: ${style.text(`${target}: ${message}`)}`;
    }),
    `${counted(count('rewrapped'), 'object')} ${did}, ${count('unchanged')} open for every recipient already${bad}.`,
  ];
}

/** `key rewrap --json`. */
export function rewrapDocument({ dryRun, copies, problems, exitCode }: RewrapReport): object {
  return {
    format: 'backup-plan/key-rewrap@1.0',
    dryRun,
    exitCode,
    objects: copies.map(({ failure, ...copy }) =>
      failure === undefined ? copy : { ...copy, failure: failureDocument(failure) },
    ),
    problems,
  };
}
