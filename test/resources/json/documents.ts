import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../../../src/domain/json.ts';
import type { IndexEntry } from '../../../src/domain/record.ts';
import type { CaptureContext, PlaceContext } from '../../../src/domain/resource-type.ts';
import type { Result } from '../../../src/domain/result.ts';
import { jsonType } from '../../../src/resources/json/index.ts';
import { capture, captureContext, type PlainSnapshot } from '../../support/plain-snapshot.ts';
import { valueOf } from '../../support/results.ts';

export type Texts = Readonly<Record<string, string | Buffer>>;

/** A folder of a plan with these documents in it. */
export async function withDocuments(texts: Texts, options: JsonObject = {}): Promise<CaptureContext> {
  const context = await captureContext({ paths: Object.keys(texts), ...options });
  await putDocuments(context, texts);
  return context;
}

export async function putDocuments(context: CaptureContext, texts: Texts): Promise<void> {
  for (const [name, text] of Object.entries(texts)) {
    const path = join(context.planDirectory, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

export function take(context: CaptureContext): Promise<Result<PlainSnapshot>> {
  return capture(jsonType, context);
}

/** A second capture of the same place. */
export async function again(context: CaptureContext): Promise<CaptureContext> {
  const { scratch } = await captureContext({});
  return { ...context, scratch };
}

export async function snapshotOf(
  texts: Texts,
): Promise<{ context: CaptureContext; snapshot: PlainSnapshot }> {
  const context = await withDocuments(texts);
  return { context, snapshot: valueOf(await take(context)) };
}

export function entriesOf({ index }: PlainSnapshot): readonly IndexEntry[] {
  return index.slice(1, -1).map((line) => JSON.parse(line.toString()) as IndexEntry);
}

export function factsOf({ index }: PlainSnapshot): PlaceContext['facts'] {
  const header = JSON.parse((index[0] ?? Buffer.alloc(0)).toString()) as {
    readonly facts: PlaceContext['facts'];
  };
  return header.facts;
}

/** Where a document of the plan is restored below a folder. */
export function below(folder: string, context: CaptureContext, name: string): string {
  return join(folder, context.planDirectory, name);
}
