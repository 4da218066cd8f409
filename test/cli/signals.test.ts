import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';

import { listenForSignals } from '../../src/cli/signals.ts';

test('the first signal is graceful, the second forceful, the third has its default action', () => {
  const source = new EventEmitter();
  const { graceful, forceful } = listenForSignals(source);
  expect([graceful.aborted, forceful.aborted]).toEqual([false, false]);
  source.emit('SIGTERM', 'SIGTERM');
  expect([graceful.reason, forceful.aborted]).toEqual(['SIGTERM', false]);
  source.emit('SIGINT', 'SIGINT');
  expect([graceful.reason, forceful.reason]).toEqual(['SIGTERM', 'SIGINT']);
  expect(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM')).toBe(0);
});

test('after the end signals request nothing', () => {
  const source = new EventEmitter();
  const requests = listenForSignals(source);
  requests.release();
  expect(source.emit('SIGINT', 'SIGINT')).toBe(false);
  expect(requests.graceful.aborted).toBe(false);
});
