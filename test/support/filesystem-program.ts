import { createInterface } from 'node:readline';
import { createFilesystemTarget } from '../../src/targets/filesystem/filesystem-target.ts';
import { realFiles } from '../../src/targets/filesystem/file-layer.ts';
import { faultyFiles, withoutLinks } from './faulty-files.ts';

/** Runs in processes of its own: `stage RUN` and `create KEY CONTENT`, one answer a line. */
const [path = '', mode] = process.argv.slice(2);
const target = createFilesystemTarget(
  mode === 'without-links' ? faultyFiles(withoutLinks) : realFiles,
  'local',
  { path, mustBeMount: false },
);

const opened = await target.open();
process.stdout.write(`${opened.ok ? 'ready' : opened.failure.code}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const [command, first = '', second = ''] = line.split(' ');
  const done =
    command === 'stage'
      ? await target.stagingDirectory(first)
      : await target.create(first, Buffer.from(second));
  process.stdout.write(`${done.ok ? String(done.value) : done.failure.code}\n`);
}
await target.close();
