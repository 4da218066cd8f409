import { basename } from 'node:path';
import type { CaptureContext, CaptureSession } from '../../domain/resource-type.ts';
import { ok, type Result } from '../../domain/result.ts';
import { countTables, indexEntries } from './contents.ts';
import { readOptions } from './options.ts';
import { readParentPages } from './parent-pages.ts';
import { examineSource } from './source-file.ts';
import { takeCopy, takeSchema, type Capture, type Taken } from './take.ts';
import { hasWalDefect, sqliteVersion } from './tool.ts';

export async function openCapture(context: CaptureContext): Promise<Result<CaptureSession>> {
  const parent =
    context.parent === undefined ? undefined : await readParentPages(context.parent, context.scratch);
  const options = readOptions(context.options);
  const source = await examineSource(options.path, context.planDirectory);
  if (!source.ok) return source;
  const version = await sqliteVersion(context.tools, context.signal);
  if (!version.ok) return version;
  const capture: Capture = {
    source: source.value,
    options,
    version: version.value,
    ...(parent === undefined ? {} : { parent }),
  };
  // Everything that was committed before this moment is in the snapshot.
  const consistentAtMs = context.clock.nowMs();
  const take = context.mode === 'schema' ? takeSchema : takeCopy;
  const taken = await take(context, capture);
  return taken.ok ? ok(session(capture, taken.value, consistentAtMs)) : taken;
}

function session(capture: Capture, taken: Taken, consistentAtMs: number): CaptureSession {
  const { source, version } = capture;
  const { contents } = taken;
  return {
    artifacts: taken.artifacts,
    facts: {
      path: { configured: source.configured, resolved: source.resolved },
      fileName: basename(source.configured),
      journalMode: source.walMode ? 'wal' : 'rollback',
      sqlite: version,
      tables: countTables(contents),
      ...contents.pragmas,
      ...taken.facts,
    },
    async *entries() {
      yield* indexEntries(contents);
      if (taken.digestLines !== undefined) yield* taken.digestLines();
    },
    finish: () => Promise.resolve(ok({ consistentAtMs, warnings: warningsFor(capture), log: [] })),
    close: () => Promise.resolve(),
  };
}

function warningsFor({ source, version, parent }: Capture): readonly string[] {
  const warnings: string[] = [];
  // Once in a chain is enough: the full has said it.
  if (source.walMode && hasWalDefect(version) && parent?.facts.sqlite !== version) {
    warnings.push(
      `sqlite ${version} can corrupt databases in WAL mode when a checkpoint races with a commit; 3.51.3 mends it`,
    );
  }
  if (parent !== undefined && parent.facts.copy === undefined) {
    warnings.push('the parent snapshot lists no pages to compare with, so all of them are stored');
  }
  return warnings;
}
