import { steady } from '../../src/transfer/steady.ts';
import { manualTime } from '../support/manual-time.ts';
import { createMemoryStore, createMemoryTarget } from '../support/memory-target.ts';
import { describeTarget } from '../targets/conformance.ts';

describeTarget('a target over a network that does not fail', () => {
  const store = createMemoryStore();
  store.exists = false;
  const connect = () =>
    steady(createMemoryTarget(store, { pageSize: 3 }), {
      ...manualTime(),
      random: () => 0,
      idleTimeoutMs: 60_000,
      remote: true,
      bandwidth: 1e12,
    });
  return Promise.resolve({ connect, remove: () => Promise.resolve() });
});
