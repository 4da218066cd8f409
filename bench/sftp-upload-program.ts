import type { JsonObject } from '../src/domain/json.ts';
import type { StagedFile } from '../src/domain/target.ts';
import { sftp } from '../src/targets/sftp/index.ts';
import { targetContext } from '../test/support/target-context.ts';

/** Uploads one file, as a process of its own: `OPTIONS STAGED-FILE KEY`, the first two as JSON. */
const [options = '{}', staged = '{}', key = ''] = process.argv.slice(2);
const target = sftp.create(targetContext(JSON.parse(options) as JsonObject));
const prepared = await target.prepare();
const uploaded = prepared.ok ? await target.upload(key, JSON.parse(staged) as StagedFile) : prepared;
if (!uploaded.ok || uploaded.value !== 'created') throw new Error(JSON.stringify(uploaded));
await target.close();
