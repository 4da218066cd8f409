import type { ToolRun, Tools } from '../domain/command.ts';
import { failure } from '../domain/failure.ts';
import type { PipelineSink } from '../domain/pipeline.ts';
import { failed, ok } from '../domain/result.ts';
import { findTool } from './find-tool.ts';
import { createPipelines } from './pipeline.ts';
import type { PipelineSettings } from './pipeline.ts';

const DEFAULT_MAX_OUTPUT_BYTES = 16 * 1_048_576;

/** Short-lived tools: a pipeline of one child whose output is kept in memory. */
export function createTools(settings: PipelineSettings): Tools {
  const pipelines = createPipelines(settings);
  return {
    find: (tool) => findTool(tool),
    async run(command, { signal, timeoutMs, maxOutputBytes = DEFAULT_MAX_OUTPUT_BYTES } = {}) {
      const chunks: Buffer[] = [];
      const ended = await pipelines.run({
        source: { kind: 'command', command },
        stages: [],
        sink: collect(chunks, maxOutputBytes, command.argv[0]),
        signal: signal ?? new AbortController().signal,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
      });
      if (!ended.ok) return ended;
      const outcome = ended.value.source;
      if (outcome === undefined) throw new Error('a command source has an outcome');
      return ok<ToolRun>({ ...outcome, stdout: Buffer.concat(chunks) });
    },
  };
}

function collect(chunks: Buffer[], maxBytes: number, tool: string): PipelineSink {
  return {
    kind: 'bytes',
    async consume(bytes) {
      let length = 0;
      for await (const chunk of bytes) {
        length += chunk.length;
        if (length > maxBytes)
          return failed(failure('TOOL_OUTPUT', `${tool} printed more than ${String(maxBytes)} bytes`));
        chunks.push(chunk);
      }
      return ok();
    },
  };
}
