import type { Examination } from '../../domain/doctor-report.ts';
import { counted } from '../quantity.ts';
import type { Style } from '../style.ts';

export function doctorLines(examinations: readonly Examination[], style: Style): readonly string[] {
  const failed = examinations.filter((one) => one.state === 'failed').length;
  const warnings = examinations.filter((one) => one.state === 'warning').length;
  const verdict =
    failed === 0
      ? style.good(`Tonight's run can work${warnings === 0 ? '' : `, with ${counted(warnings, 'warning')}`}.`)
      : style.bad(`${counted(failed, 'thing')} would fail tonight.`);
  return [...examinations.flatMap((one) => examinationLines(one, style)), '', verdict];
}

function examinationLines(
  { area, subject, state, detail, hint }: Examination,
  style: Style,
): readonly string[] {
  const { succeeded, failed } = style.symbols;
  const mark = { ok: style.good(succeeded), warning: style.caution('!'), failed: style.bad(failed) }[state];
  const line = `${mark} ${area.padEnd(8)} ${style.strong(style.text(subject))}  ${style.text(detail)}`;
  return hint === undefined || state === 'ok' ? [line] : [line, `             ${style.text(hint)}`];
}
