import { describe, expect, it } from 'vitest';
import { rewrapDocument, rewrappedLines, rewrapSummary } from '../../src/views/keys/rewrap.ts';
import { eventLogLines, logEntryLines, logLines } from '../../src/views/log/human.ts';
import { eventLogDocument, logDocument, logEntryDocument } from '../../src/views/log/json.ts';
import { protectionLines } from '../../src/views/protection/human.ts';
import { protectionDocument } from '../../src/views/protection/json.ts';
import { pruneLines } from '../../src/views/prune/human.ts';
import { pruneDocument } from '../../src/views/prune/json.ts';
import type { Style } from '../../src/views/style.ts';
import { ascii, colour, EVIL, plain } from '../views-plan/reports.ts';
import { dryRun, eventLog, log, logEntry, nothing, pinned, ran, rewrapped, undeleted } from './reports.ts';

type View = (style: Style) => readonly string[];

const VIEWS: Readonly<Record<string, View>> = {
  'prune-dry-run': (style) => pruneLines(dryRun, style),
  prune: (style) => pruneLines(ran, style),
  'prune-nothing': (style) => pruneLines(nothing, style),
  pin: (style) => protectionLines(pinned, style),
  undelete: (style) => protectionLines(undeleted, style),
  log: (style) => logLines(log, style),
  'log-show': (style) => logEntryLines(logEntry, style),
  'log-runs': (style) => eventLogLines(eventLog, style),
  'key-rewrap': (style) => [
    ...rewrapped.copies.flatMap((copy) => rewrappedLines(copy, false, style)),
    ...rewrapSummary(rewrapped, style),
  ],
};

const DOCUMENTS = {
  prune: pruneDocument(ran),
  pin: protectionDocument(pinned),
  log: logDocument(log),
  'log-show': logEntryDocument(logEntry),
  'log-runs': eventLogDocument(eventLog),
  'key-rewrap': rewrapDocument(rewrapped),
};

describe.each(Object.entries(VIEWS))('the %s view', (name, view) => {
  it('looks as it did', async () => {
    await expect(`${view(plain).join('\n')}\n`).toMatchFileSnapshot(`golden/${name}.txt`);
  });

  it('says the same without colour', () => {
    // eslint-disable-next-line no-control-regex -- colours are what is removed
    const bare = view(colour).map((line) => line.replace(/\u001b\[\d+m/g, ''));
    expect(bare).toEqual(view(plain));
  });

  it('is ASCII where the terminal is', () => {
    // eslint-disable-next-line no-control-regex -- the range is what is tested
    expect(view(ascii).join('\n')).toMatch(/^[\x00-\x7f]*$/);
  });
});

describe.each(Object.entries(DOCUMENTS))('the %s document', (name, document) => {
  it('has the shape that programs know', async () => {
    await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot(`golden/${name}.json`);
  });
});

describe('names that would drive the terminal are shown', () => {
  it.each([
    [
      'reason',
      pruneLines({ ...ran, outcomes: [{ ...ran.outcomes[0]!, state: 'kept', reason: EVIL }] }, plain),
    ],
    ['writer', eventLogLines({ ...eventLog, events: [{ ...eventLog.events[0]!, writer: EVIL }] }, plain)],
    ['holder', logLines({ ...log, entries: [{ ...log.entries[0]!, holder: EVIL }] }, plain)],
    ['note', pruneLines({ ...dryRun, notes: [EVIL] }, plain)],
  ])('%s', (_, lines) => {
    // eslint-disable-next-line no-control-regex -- the range is what is tested
    expect(lines.join('\n')).not.toMatch(/[\x00-\x09\x0b-\x1f\u202e]/);
  });
});
