import { describe, expect, it } from 'vitest';
import { listLines } from '../../src/views/list/human.ts';
import { planLines } from '../../src/views/plan/human.ts';
import { showLines } from '../../src/views/show/human.ts';
import { statusLines } from '../../src/views/status/human.ts';
import { tableLines } from '../../src/views/table.ts';
import { relativeText } from '../../src/views/time.ts';
import {
  ascii,
  colour,
  EVIL,
  GIB,
  healthy,
  listed,
  listReport,
  NOW_MS,
  plain,
  planReport,
  showReport,
  statusReport,
} from './reports.ts';

const text = (lines: readonly string[]) => `${lines.join('\n')}\n`;
const views = [
  ['plan', planLines(planReport, plain), planLines(planReport, ascii), planLines(planReport, colour)],
  ['list', listLines(listReport, plain), listLines(listReport, ascii), listLines(listReport, colour)],
  ['show', showLines(showReport, plain), showLines(showReport, ascii), showLines(showReport, colour)],
  [
    'status',
    statusLines(statusReport, plain),
    statusLines(statusReport, ascii),
    statusLines(statusReport, colour),
  ],
] as const;

describe.each(views)('the %s view', (name, lines, asciiLines, colourLines) => {
  it('looks as it did', async () => {
    await expect(text(lines)).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  it('says the same without colour', () => {
    // eslint-disable-next-line no-control-regex -- colours are what is removed
    expect(colourLines.map((line) => line.replace(/\u001b\[\d+m/g, ''))).toEqual(lines);
    expect(colourLines).not.toEqual(lines);
  });

  it('is ASCII where the terminal is', () => {
    // eslint-disable-next-line no-control-regex -- the range is what is tested
    expect(text(asciiLines)).toMatch(/^[\x00-\x7f]*$/);
  });

  it('has no trailing blanks', () => {
    expect(lines.filter((line) => /\s$/.test(line))).toEqual([]);
  });
});

describe('names that would drive the terminal are shown', () => {
  const [due] = planReport.due;
  const [resource] = statusReport.resources;
  const [finding] = statusReport.findings;
  it.each([
    [
      'plan',
      planLines(
        { ...planReport, due: [{ ...due!, resource: EVIL, targets: [EVIL], fallback: EVIL }] },
        plain,
      ),
    ],
    [
      'list',
      listLines(
        {
          ...listReport,
          snapshots: [
            { ...listed, resource: EVIL, label: EVIL, targets: [{ name: EVIL, state: 'present' }] },
          ],
        },
        plain,
      ),
    ],
    [
      'show',
      showLines(
        { ...showReport, warnings: [EVIL], snapshot: { ...listed, label: EVIL, defect: EVIL, good: false } },
        plain,
      ),
    ],
    [
      'status',
      statusLines(
        {
          ...statusReport,
          resources: [{ ...resource!, resource: EVIL }],
          findings: [{ ...finding!, message: EVIL }],
        },
        plain,
      ),
    ],
  ])('in %s', (_, lines) => {
    expect(text(lines)).not.toContain('\u001b');
    expect(text(lines)).toContain('a\\e[2Jb');
  });
});

describe('plan', () => {
  const quiet = {
    ...planReport,
    changed: false,
    due: [],
    idle: [],
    missing: [],
    released: [],
    held: [],
    condemned: [],
    policies: [],
    problems: [],
    unread: [],
  };

  it('is one line when there is nothing to do', () => {
    expect(planLines(quiet, plain)).toEqual([
      'acme · applied #42 · nothing to do: 211 snapshots, every resource within its schedule.',
    ]);
  });

  it('mentions a copy that is missing, though there is nothing to do', () => {
    const idle = planReport.idle.filter(({ missing }) => missing !== undefined);
    expect(planLines({ ...quiet, idle }, plain)).toEqual([
      '! the newest restore point of etc is not whole on offsite',
      'acme · applied #42 · nothing to do: 211 snapshots, every resource within its schedule.',
    ]);
  });

  it.each(['held', 'condemned', 'policies'] as const)('is not quiet about what is %s', (key) => {
    expect(planLines({ ...quiet, [key]: planReport[key] }, plain).length).toBeGreaterThan(1);
  });

  it('names separate targets only where something goes from them', () => {
    const apart = text(planLines(planReport, plain));
    expect(apart).toContain('On offsite only `backup-plan prune` deletes.');
    expect(text(planLines({ ...planReport, released: [] }, plain))).not.toContain('deletes.');
  });

  it('does not claim what it could not read', () => {
    expect(planLines({ ...quiet, unread: ['offsite'] }, plain)[0]).toContain('offsite');
  });

  it('tells of a first apply', () => {
    const { base: _base, ...first } = planReport;
    expect(text(planLines(first, plain))).toContain('The plan has not been applied yet; apply commits it.');
  });
});

describe('list', () => {
  it('says that there is nothing', () => {
    expect(listLines({ atMs: NOW_MS, snapshots: [], hidden: 0, held: [], problems: [] }, plain)).toEqual([
      'no snapshots',
    ]);
    expect(listLines({ atMs: NOW_MS, snapshots: [], hidden: 3, held: [], problems: [] }, plain)).toEqual([
      'no snapshots; 3 not good, shown by --all',
    ]);
  });

  it('leaves columns out that nothing fills', () => {
    const { retention: _retention, ...bare } = listed;
    const [head] = listLines({ atMs: NOW_MS, snapshots: [bare], hidden: 0, held: [], problems: [] }, plain);
    expect(head).not.toContain('RETENTION');
    expect(head).not.toContain('REMARKS');
  });
});

it('status praises what is whole', () => {
  expect(statusLines(healthy, plain).at(-1)).toBe('✔ everything as the plan asks');
});

describe('tableLines', () => {
  it('aligns to both sides and pads outside the paint', () => {
    const paint = (word: string) => `<${word}>`;
    expect(
      tableLines([
        [
          { text: 'a', paint },
          { text: '1', right: true },
        ],
        [{ text: 'bbb' }, { text: '100', right: true }],
        [{ text: '' }],
      ]),
    ).toEqual(['<a>      1', 'bbb  100', '']);
  });
});

it.each([
  [0, 'now'],
  [-2.5 * 3_600_000, '2h 30m ago'],
  [40 * 60_000, 'in 40m'],
  [-12.2 * 86_400_000, '12d 4h ago'],
])('%d ms away is %s', (distanceMs, expected) => {
  expect(relativeText(NOW_MS + distanceMs, NOW_MS)).toBe(expected);
  expect(GIB).toBe(1_073_741_824);
});

describe('the list on a narrow terminal', () => {
  const widest = Math.max(...listLines(listReport, plain).map((line) => line.length));

  it('is one table where that fits', () => {
    expect(listLines(listReport, plain, widest)).toEqual(listLines(listReport, plain));
  });

  it('is grouped by resource where it does not', async () => {
    const lines = listLines(listReport, plain, widest - 1);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('golden/list-narrow.txt');
    const ids = lines.filter((line) => listReport.snapshots.some(({ id }) => line.includes(id)));
    expect(ids).toHaveLength(listReport.snapshots.length);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(widest);
  });
});
