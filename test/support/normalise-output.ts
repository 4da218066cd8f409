interface Places {
  readonly repository: string;
  /** Where the scenario made its own folder, `backup-plan-NAME.XXXXXX`. */
  readonly temporary: string;
}

/** Replaces what differs from run to run: places, ids, times, sizes, and the order of concurrent steps. */
export function normaliseOutput(output: string, { repository, temporary }: Places): string {
  const placed = output
    .replaceAll(new RegExp(`${temporary}/backup-plan-[a-z-]+\\.\\w{6}`, 'g'), 'WORK')
    // Paths in a snapshot start at the root of the file system.
    .replaceAll(new RegExp(`${temporary.slice(1)}/backup-plan-[a-z-]+\\.\\w{6}`, 'g'), 'WORK')
    .replaceAll(repository, 'REPOSITORY');
  const replaced = REPLACEMENTS.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), placed);
  return sortConcurrent(replaced.split('\n').filter((line) => !WAL_WARNING.test(line))).join('\n');
}

/** Whether it is said depends on the version of SQLite. */
const WAL_WARNING = /^warning +capture .*can corrupt databases in WAL mode/;

const REPLACEMENTS: readonly (readonly [RegExp, string])[] = [
  [/\b\d{8}t\d{6}z-[0-9a-z]{16}\b/g, 'SNAPSHOT'],
  [/\b01[0-9a-z]{24}\b/g, 'RUN'],
  [/\bsha256:[0-9a-f]{64}\b/g, 'sha256:DIGEST'],
  [/\b[0-9a-f]{64}\b/g, 'DIGEST'],
  [/\b[0-9A-F]{40}\b/g, 'FINGERPRINT'],
  [/\b[0-9a-f]{16}\b/g, 'KEYID'],
  [/\bSHA256:[A-Za-z0-9+/]{43}/g, 'SHA256:FINGERPRINT'],
  [/(?<=127\.0\.0\.1(?: port |:))\d+/g, 'PORT'],
  [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z/g, 'TIME'],
  [/\b20\d\d-\d\d-\d\d \d\d:\d\dZ/g, 'TIME'],
  [/\b\d+(?:\.\d+)? (?:[KMGT]i)?B\b/g, 'SIZE'],
  [/\b(?:\d+(?:\.\d+)? ?(?:ms|s|m|h|d) ?)+ago\b/g, 'AGE'],
  [/(?<=TIME \(| {2})now(?=\)| {2})/g, 'AGE'],
  [/between byte \d+ and \d+ of \d+/g, 'between byte N and N of N'],
  [/\b(in|took|overdue) (?:\d+(?:\.\d+)? ?(?:ms|s|m|h|d)\b ?)+/g, '$1 DURATION'],
  [/(?<=\b(?:succeeded|failed(?: [A-Z_]+)?|probe) +)(?:\d+(?:\.\d+)? ?(?:ms|s|m|h|d)\b ?)+/g, 'DURATION '],
  [/\((?:\d+(?:\.\d+)? ?(?:ms|s|m|h|d) ?)+\)/g, '(DURATION)'],
  [/; with warnings$| +with warnings$| +REMARKS$/gm, ''],
  // Widths of columns follow their longest cell.
  [/(?<=\S) {2,}/g, '  '],
  [/[ ]+$/gm, ''],
];

const CONCURRENT = /^(?:ok|warning|retry|failed|skipped) | {2}[✔✖] |^✔ /;

/** Lines of steps that ran side by side, in the order of the alphabet. */
function sortConcurrent(lines: readonly string[]): readonly string[] {
  const sorted: string[] = [];
  let block: string[] = [];
  for (const line of lines) {
    if (CONCURRENT.test(line)) {
      block.push(line);
      continue;
    }
    sorted.push(...block.sort(), line);
    block = [];
  }
  return [...sorted, ...block.sort()];
}
