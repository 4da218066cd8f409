import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { systemTimers } from '../../src/platform/timers.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

const DAY_MS = 86_400_000;

test('an action runs once, after its delay', () => {
  const action = vi.fn();
  systemTimers.after(1_000, action);
  vi.advanceTimersByTime(999);
  expect(action).not.toHaveBeenCalled();
  vi.advanceTimersByTime(10_000);
  expect(action).toHaveBeenCalledOnce();
});

test('a delay beyond 24.8 days does not fire at once', () => {
  const action = vi.fn();
  systemTimers.after(60 * DAY_MS, action);
  vi.advanceTimersByTime(60 * DAY_MS - 1);
  expect(action).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(action).toHaveBeenCalledOnce();
});

test('a cancelled action never runs, also when its delay is long', () => {
  const action = vi.fn();
  const cancel = systemTimers.after(60 * DAY_MS, action);
  vi.advanceTimersByTime(30 * DAY_MS);
  cancel();
  vi.advanceTimersByTime(60 * DAY_MS);
  expect(action).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
