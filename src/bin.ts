#!/usr/bin/env node
import { VERSION } from './version.ts';

const [first, second] = process.argv.slice(2);

if (second === undefined && (first === '--version' || first === '-V')) {
  process.stdout.write(`${VERSION}\n`);
} else {
  // FIFOs of several captures must not wait for each other in the thread pool.
  process.env['UV_THREADPOOL_SIZE'] ??= '16';
  // Our package says which releases of Node it runs on; what the SDK plans is not for every user to read.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const { main } = await import('./cli/main.ts');
  await main();
}
