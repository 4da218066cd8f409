import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/domain/diagnostic.ts';
import { conciseDiagnostics } from '../../src/views/diagnostics/concise.ts';
import { humanDiagnostics } from '../../src/views/diagnostics/human.ts';
import { validateDocument } from '../../src/views/diagnostics/json.ts';
import { createStyle } from '../../src/views/style.ts';

const plan = `version: 1
targets:
  offsite:
    type: s3
    bukcet: acme-backups
`;

const job = `${'#\n'.repeat(11)}    schedule: "0 3 * * *"\n`;

const unknownKey: Diagnostic = {
  code: 'BP1103',
  severity: 'error',
  message: 'unknown key "bukcet" for an s3 target',
  address: 'targets.offsite.bukcet',
  range: { file: 'backup-plan.yaml', line: 5, column: 5, endLine: 5, endColumn: 11 },
  label: 'did you mean "bucket"? (it is required)',
};

const gap: Diagnostic = {
  code: 'BP2001',
  severity: 'warning',
  message: 'schedule "0 3 * * *" (Europe/Berlin) leaves gaps of up to 25h, rpo is 12h',
  address: 'resources.pg-main.schedule',
  range: { file: 'jobs/pg.yaml', line: 12, column: 15, endLine: 12, endColumn: 26 },
  label: '25h on 2026-10-25 (clock change)',
  help: '"0 */6 * * *" gives at most 7h.',
};

const sources = [
  { file: 'backup-plan.yaml', text: plan },
  { file: 'jobs/pg.yaml', text: job },
];

const plain = createStyle({ colour: false, unicode: true });

describe('the human view', () => {
  it('shows each place as it stands in the file', () => {
    expect(humanDiagnostics([unknownKey, gap], sources, plain, 41))
      .toBe(`error[BP1103]: unknown key "bukcet" for an s3 target
  --> backup-plan.yaml:5:5   targets.offsite.bukcet
   |
 4 |     type: s3
 5 |     bukcet: acme-backups
   |     ^^^^^^ did you mean "bucket"? (it is required)

warning[BP2001]: schedule "0 3 * * *" (Europe/Berlin) leaves gaps of up to 25h, rpo is 12h
  --> jobs/pg.yaml:12:15   resources.pg-main.schedule
   |
12 |     schedule: "0 3 * * *"
   |               ^^^^^^^^^^^ 25h on 2026-10-25 (clock change)
   = help: "0 */6 * * *" gives at most 7h.

1 error, 1 warning in 2 files (41 ms). Run \`backup-plan explain BP1103\` for details.
`);
  });

  it('says so when there is nothing to say', () => {
    expect(humanDiagnostics([], sources, plain)).toBe('nothing to complain about in 2 files.\n');
  });

  it('does without a place, and without the file', () => {
    const { range: _range, ...nowhere } = unknownKey;
    expect(humanDiagnostics([nowhere], [], plain)).toContain(
      'error[BP1103]: unknown key "bukcet" for an s3 target\n\n1 error in 0 files.',
    );
    expect(humanDiagnostics([unknownKey], [], plain)).not.toContain('^');
  });

  it('paints only what the words say already', () => {
    const painted = humanDiagnostics(
      [unknownKey, gap],
      sources,
      createStyle({ colour: true, unicode: true }),
    );
    expect(painted).toContain('\u001b[31merror[BP1103]');
    // eslint-disable-next-line no-control-regex -- takes the colours out again
    expect(painted.replace(/\u001b\[\d+m/g, '')).toBe(humanDiagnostics([unknownKey, gap], sources, plain));
  });

  it('lets nothing of the plan reach the terminal as a command', () => {
    const text = 'a: \u001b[2J\u202e\t\u0007evil\n';
    const range = { file: 'p', line: 1, column: 4, endLine: 1, endColumn: 20 };
    const output = humanDiagnostics(
      [{ ...gap, message: 'bad \u001b[2J', address: 'a\u202e', range }],
      [{ file: 'p', text }],
      plain,
    );
    // eslint-disable-next-line no-control-regex -- looks for control characters
    expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  it('keeps to ASCII where the terminal knows no more', () => {
    const cycle = { ...gap, message: 'a → b → a' };
    expect(humanDiagnostics([cycle], sources, createStyle({ colour: false, unicode: false }))).toContain(
      'a -> b -> a',
    );
  });

  it('cuts long lines around the place', () => {
    const text = `key: ${'x'.repeat(300)}MARK${'y'.repeat(5000)}`;
    const range = { file: 'p', line: 1, column: 306, endLine: 1, endColumn: 310 };
    const lines = humanDiagnostics([{ ...gap, range }], [{ file: 'p', text }], plain).split('\n');
    const [source = '', marks = ''] = lines.slice(3, 5);
    expect(source.length).toBeLessThan(130);
    expect(source.slice(marks.indexOf('^'), marks.lastIndexOf('^') - '(clock change)'.length)).toMatch(
      /^MARK|^$/,
    );
    expect(source.slice(marks.indexOf('^'), marks.indexOf('^') + 4)).toBe('MARK');
  });

  it('marks the first line of what goes over several', () => {
    const range = { file: 'backup-plan.yaml', line: 3, column: 3, endLine: 5, endColumn: 9 };
    expect(humanDiagnostics([{ ...gap, range }], sources, plain)).toContain(
      ' 3 |   offsite:\n   |   ^^^^^^^^ 25h',
    );
  });
});

describe('the concise view', () => {
  it('has one line for each', () => {
    expect(conciseDiagnostics([unknownKey, gap])).toBe(
      'backup-plan.yaml:5:5: error[BP1103]: unknown key "bukcet" for an s3 target (did you mean "bucket"? (it is required))\n' +
        'jobs/pg.yaml:12:15: warning[BP2001]: schedule "0 3 * * *" (Europe/Berlin) leaves gaps of up to 25h, rpo is 12h (25h on 2026-10-25 (clock change))\n',
    );
    expect(conciseDiagnostics([{ ...gap, message: 'a\nb' }])).toContain('a\\nb');
    expect(conciseDiagnostics([])).toBe('');
  });
});

describe('the JSON document', () => {
  const schema = JSON.parse(
    readFileSync(new URL('../../schemas/output/validate.schema.json', import.meta.url), 'utf8'),
  ) as object;
  const validate = new Ajv().compile(schema);

  it.each([
    [[], true, 0, 0],
    [[gap], true, 0, 1],
    [[unknownKey, gap, { ...gap, severity: 'note' as const }], false, 1, 1],
  ])('%# fits its schema', (diagnostics, valid, errorCount, warningCount) => {
    const document = validateDocument(diagnostics);
    expect(document).toMatchObject({
      format: 'backup-plan/validate@1.0',
      valid,
      errorCount,
      warningCount,
      diagnostics,
    });
    expect([validate(JSON.parse(JSON.stringify(document))), validate.errors]).toEqual([true, null]);
  });
});
