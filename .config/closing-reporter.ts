import type { Reporter, TestModule } from 'vitest/node';

/**
 * Names every skipped test, then closes with one line that machines read: `N passed, N failed, N
 * skipped`. A file that could not be loaded and an error outside of every test count as failed, so
 * the line never says 0 failed when the run did not succeed.
 */
export default class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tally = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    const skipped: string[] = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        tally[state === 'pending' ? 'failed' : state] += 1;
        if (state === 'skipped') skipped.push(`${module.relativeModuleId} > ${test.fullName}`);
      }
      tally.failed += module.errors().length;
    }
    const lines = skipped.map((name) => `skipped: ${name}`);
    lines.push(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
    process.stdout.write(`\n${lines.join('\n')}\n`);
  }
}
