import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));
/** Starts nothing before a test asks for it. */
const objectStore = fileURLToPath(new URL('../test/support/ceph-broker.ts', import.meta.url));

export default defineConfig({
  root,
  test: {
    reporters: ['default', fileURLToPath(new URL('closing-reporter.ts', import.meta.url))],
    pool: 'forks',
    maxWorkers: 2,
    // The environment that tools see: no colour, no user's locale, no user's time zone.
    env: {
      NO_COLOR: '1',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    },
    coverage: { provider: 'v8', include: ['src/**/*.ts'], exclude: ['src/config/generated/**'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          globalSetup: [objectStore],
          testTimeout: 20_000,
          hookTimeout: 20_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: [fileURLToPath(new URL('fresh-build.ts', import.meta.url)), objectStore],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
