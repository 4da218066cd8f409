import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

import { tolerateClosedPipe } from '../../src/cli/output.ts';

const SOURCE = fileURLToPath(new URL('../../src/cli/output.ts', import.meta.url));

/** Writes more than a pipe holds, twice, and ends as a command would. */
const PROGRAM = `
  import { tolerateClosedPipe } from ${JSON.stringify(SOURCE)};
  tolerateClosedPipe(process.stdout, (error) => { throw error; });
  const lines = 'a line\\n'.repeat(100_000);
  process.stdout.write(lines, () => process.stdout.write(lines, () => { process.exitCode = 0; }));
`;

test('a reader that stops reading causes neither an error nor a stack trace', async () => {
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', PROGRAM], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stderr = text(child.stderr);
  await once(child.stdout, 'data');
  child.stdout.destroy();
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await stderr).toBe('');
});

test('any other failure to write is passed on', () => {
  const stream = new PassThrough();
  const seen: Error[] = [];
  tolerateClosedPipe(stream, (error) => seen.push(error));
  const full = Object.assign(new Error('no space'), { code: 'ENOSPC' });
  stream.emit('error', Object.assign(new Error('closed'), { code: 'EPIPE' }));
  stream.emit('error', full);
  expect(seen).toEqual([full]);
});
