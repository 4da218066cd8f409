import { createInterface } from 'node:readline';
import { createRecordCache } from '../../src/platform/record-cache/index.ts';

/** Runs in processes of its own: `add KEY…` and `load`, one answer a line. */
const [home = '', scope = ''] = process.argv.slice(2);
const cache = createRecordCache({ XDG_CACHE_HOME: home });
process.stdout.write('ready\n');

for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...keys] = line.split(' ');
  if (command === 'add')
    await cache.add(
      scope,
      keys.map((key) => ({ key, size: 1, modifiedMs: 1, sha256: '', value: { key }, head: [key] })),
    );
  const loaded = await cache.load(scope);
  const intact = loaded.filter(({ key, value }) => (value as { key: string }).key === key);
  process.stdout.write(`${intact.map(({ key }) => key).join(' ')}\n`);
}
