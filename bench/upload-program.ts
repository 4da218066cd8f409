import type { JsonObject } from '../src/domain/json.ts';
import type { StagedFile } from '../src/domain/target.ts';
import { targetTypes } from '../src/targets/index.ts';
import { targetContext } from '../test/support/target-context.ts';

/** Uploads one file, as a process of its own: `TYPE OPTIONS STAGED-FILE KEY`, the two in the middle as JSON. */
const [name = '', options = '{}', staged = '{}', key = ''] = process.argv.slice(2);
const type = targetTypes.find((one) => one.type === name);
if (type === undefined) throw new Error(`no target type ${name}`);
const target = type.create(targetContext(JSON.parse(options) as JsonObject));
const prepared = await target.prepare();
const uploaded = prepared.ok ? await target.upload(key, JSON.parse(staged) as StagedFile) : prepared;
if (!uploaded.ok || uploaded.value !== 'created') throw new Error(JSON.stringify(uploaded));
await target.close();
