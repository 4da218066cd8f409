import type { DueBackup } from '../../domain/due.ts';
import { minuteText } from '../time.ts';

/** `disk (offsite from 2026-11-22 03:00Z)` */
export function destinationText({ targets, waiting = [] }: Pick<DueBackup, 'targets' | 'waiting'>): string {
  const later = waiting.map(({ target, tickMs }) => `${target} from ${minuteText(tickMs)}`);
  return `${targets.join(', ')}${later.length === 0 ? '' : ` (${later.join(', ')})`}`;
}
