import { createInterface } from 'node:readline';
import { sftp } from '../../src/targets/sftp/index.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { targetContext } from './target-context.ts';

/** Runs in processes of its own: `create KEY CONTENT RACERS` lets that many racers of this process go at once. */
const options = JSON.parse(process.argv[2] ?? '{}') as JsonObject;
const target = sftp.create(targetContext(options));
const opened = await target.open();
process.stdout.write(`${opened.ok ? 'ready' : opened.failure.code}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const [, key = '', content = '', racers = '1'] = line.split(' ');
  const outcomes = await Promise.all(
    Array.from({ length: Number(racers) }, (_, index) =>
      target.create(key, Buffer.from(`${content}-${String(index)}`)),
    ),
  );
  process.stdout.write(`${outcomes.map((one) => (one.ok ? one.value : one.failure.code)).join(' ')}\n`);
}
await target.close();
