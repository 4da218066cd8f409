import type { TargetAccess, TargetLifecycle } from '../../domain/doctor-report.ts';
import type { Style } from '../style.ts';

/** `doctor --iam`: documents to copy, each below what it is for. */
export function accessLines(targets: readonly TargetAccess[], style: Style): readonly string[] {
  return joined(
    targets.map(({ target, type, policies }) => {
      const title = titleLine(target, type, style);
      if (policies.length === 0)
        return [title, style.text('Rights are given on the place itself; there is no policy to print.')];
      return [
        title,
        ...policies.flatMap(({ role, summary, document }) => [
          '',
          `${style.strong(role)}  ${style.text(summary)}`,
          ...documentLines(document, style),
        ]),
      ];
    }),
  );
}

/** `doctor --lifecycle`. */
export function lifecycleLines(targets: readonly TargetLifecycle[], style: Style): readonly string[] {
  return joined(
    targets.map(({ target, type, document }) => [
      titleLine(target, type, style),
      ...(document === undefined
        ? [style.text('Nothing there has a lifecycle of its own.')]
        : ['', ...documentLines(document, style)]),
    ]),
  );
}

export function accessDocument(plan: string, targets: readonly TargetAccess[]): object {
  return { format: 'backup-plan/doctor-iam@1.0', plan, targets };
}

export function lifecycleDocument(plan: string, targets: readonly TargetLifecycle[]): object {
  return { format: 'backup-plan/doctor-lifecycle@1.0', plan, targets };
}

function titleLine(target: string, type: string, style: Style): string {
  return `${style.strong(style.text(target))} (${style.text(type)})`;
}

function documentLines(document: string, style: Style): readonly string[] {
  return document.trimEnd().split('\n').map(style.text);
}

function joined(parts: readonly (readonly string[])[]): readonly string[] {
  return parts.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));
}
