import { expect, test } from 'vitest';

import { terminalFacts } from '../../src/cli/terminal.ts';

const TTY = { isTTY: true, columns: 120, rows: 50 };
const UTF8 = { LANG: 'de_DE.UTF-8', TERM: 'xterm' };

test('a capable terminal', () => {
  expect(terminalFacts(TTY, UTF8, true)).toEqual({
    isTTY: true,
    colour: true,
    unicode: true,
    columns: 120,
    rows: 50,
  });
});

test('a pipe has no cursor, no colour and a usual width', () => {
  expect(terminalFacts({}, UTF8, true)).toEqual({ isTTY: false, colour: false, unicode: true, columns: 80 });
});

test.each([
  ['--no-color', UTF8, false, { isTTY: true, colour: false }],
  ['NO_COLOR', { ...UTF8, NO_COLOR: '1' }, true, { isTTY: true, colour: false }],
  ['an empty NO_COLOR, which means nothing', { ...UTF8, NO_COLOR: '' }, true, { isTTY: true, colour: true }],
  ['TERM=dumb', { ...UTF8, TERM: 'dumb' }, true, { isTTY: false, colour: false }],
])('%s', (_, env, wantsColour, expected) => {
  expect(terminalFacts(TTY, env, wantsColour)).toMatchObject(expected);
});

test.each([
  [{ LANG: 'C.UTF-8' }, true],
  [{ LANG: 'en_US.utf8' }, true],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, false],
  [{ LANG: 'C', LC_CTYPE: 'en_US.UTF-8' }, true],
  [{ LANG: 'en_US.UTF-8', LC_ALL: '' }, true],
  [{ LANG: 'de_DE.ISO-8859-1' }, false],
  [{}, false],
])('locale %j: unicode %s', (env, unicode) => {
  expect(terminalFacts(TTY, env, true).unicode).toBe(unicode);
});
