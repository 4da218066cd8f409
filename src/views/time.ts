import { humanDuration } from './quantity.ts';

/** `2026-11-21 02:00Z`. */
export function minuteText(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')}Z`;
}

/** `2h 30m ago`, `in 40m`, `now`. */
export function relativeText(atMs: number, nowMs: number): string {
  const distanceMs = Math.abs(atMs - nowMs);
  if (distanceMs < 1_000) return 'now';
  return atMs < nowMs ? `${humanDuration(distanceMs)} ago` : `in ${humanDuration(distanceMs)}`;
}

/** ISO 8601 UTC, for documents. */
export function isoText(atMs: number): string {
  return new Date(atMs).toISOString();
}
