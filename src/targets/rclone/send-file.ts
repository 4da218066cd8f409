import { ok, type Result } from '../../domain/result.ts';
import type { Rclone } from './rclone.ts';

export interface Sending {
  /** Absolute path of a local file. */
  readonly from: string;
  /** `name:path` of the object. */
  readonly to: string;
  readonly bytes: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

const COPY = [
  'copyto',
  // Looks once more, straight before it writes. --immutable does not keep it from replacing.
  '--ignore-existing',
  '--s3-no-check-bucket',
  '--gcs-no-check-bucket',
  '--use-json-log',
  '--log-file=/dev/stdout',
  '--stats=500ms',
  '--stats-log-level=NOTICE',
];

/** Copies a file and believes nothing of its success. */
export function sendFile(
  rclone: Rclone,
  { from, to, bytes, signal, onProgress }: Sending,
): Promise<Result<void>> {
  const complaints: string[] = [];
  let furthest = 0;
  const onLine = (line: string): void => {
    const { message, moved } = readLine(line);
    if (message !== undefined) complaints.push(message);
    // What is sent again is counted again.
    const progress = Math.min(moved ?? 0, bytes);
    if (progress > furthest) onProgress?.((furthest = progress));
    else if (moved !== undefined && furthest > 0) onProgress?.(furthest);
  };
  return rclone.stream('sending', [...COPY, '--', from, to], {
    signal,
    consume: (output) => eachLine(output, onLine),
    complaints: () => complaints.slice(-MOST_COMPLAINTS).join('\n'),
  });
}

const MOST_COMPLAINTS = 10;
const MOST_LINE_CHARACTERS = 64 * 1024;

async function eachLine(
  output: AsyncIterable<Buffer>,
  onLine: (line: string) => void,
): Promise<Result<void>> {
  let rest = '';
  for await (const chunk of output) {
    const lines = (rest + chunk.toString('latin1')).split('\n');
    rest = (lines.pop() ?? '').slice(-MOST_LINE_CHARACTERS);
    for (const line of lines) onLine(line);
  }
  return ok();
}

function readLine(line: string): { readonly message?: string; readonly moved?: number } {
  try {
    const { level, msg, stats } = JSON.parse(line) as Record<string, unknown>;
    const bytes =
      typeof stats === 'object' && stats !== null ? (stats as { bytes?: unknown }).bytes : undefined;
    return {
      ...(level === 'error' && typeof msg === 'string' && { message: msg }),
      ...(typeof bytes === 'number' && { moved: bytes }),
    };
  } catch {
    return {};
  }
}
