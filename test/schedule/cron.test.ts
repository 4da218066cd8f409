import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { syntaxMistake } from '../../src/schedule/cron-syntax.ts';
import { cronPattern, validateCron } from '../../src/schedule/cron.ts';
import { validateTimeZone } from '../../src/schedule/zone.ts';

describe('validateCron accepts', () => {
  it.each([
    '0 2 * * *',
    '*/15 * * * *',
    '0 0 * * 7',
    '0 0 29 2 *',
    '1,31 0-5/2 1-7 JAN-mar Mon',
    '59 23 31 12 6',
  ])('%s', (cron) => {
    expect(validateCron(cron, 'Europe/Berlin')).toBeUndefined();
  });
});

describe('validateCron refuses', () => {
  it.each([
    ['', 'expected five fields (minute, hour, day of month, month, day of week), found 0'],
    ['0 2 * *', 'expected five fields (minute, hour, day of month, month, day of week), found 4'],
    ['0 0 2 * * *', 'expected five fields (minute, hour, day of month, month, day of week), found 6'],
    ['@daily', 'nicknames such as "@daily" are not supported, write five fields'],
    ['60 * * * *', 'minute 60 is not between 0 and 59'],
    ['0 24 * * *', 'hour 24 is not between 0 and 23'],
    ['0 0 0 * *', 'day of month 0 is not between 1 and 31'],
    ['0 0 * 13 *', 'month 13 is not between 1 and 12'],
    ['0 0 * * 8', 'day of week 8 is not between 0 and 7'],
    ['0 0 1-32 * *', 'day of month 32 is not between 1 and 31'],
    ['*/0 * * * *', 'step 0 of minute is not between 1 and 59'],
    ['0 */90 * * *', 'step 90 of hour is not between 1 and 23'],
    ['0/15 * * * *', 'a step of minute needs "*" or a range before it'],
    ['5-1 * * * *', 'range "5-1" of minute runs backwards'],
    ['0 0 * * sat-sun', 'range "sat-sun" of day of week runs backwards'],
    ['1,,2 * * * *', '"" is not understood as minute'],
    ['1- * * * *', '"1-" is not understood as minute'],
    ['-1 * * * *', '"-1" is not understood as minute'],
    ['1.5 * * * *', '"1.5" is not understood as minute'],
    ['0x1 * * * *', '"0x1" is not understood as minute'],
    ['MON * * * *', '"MON" is not understood as minute'],
    ['٣ * * * *', '"٣" is not understood as minute'],
    ['0 0 L * *', '"L" is not understood as day of month'],
    ['0 0 1W * *', '"1W" is not understood as day of month'],
    ['0 0 ? * *', '"?" is not understood as day of month'],
    ['0 0 * FOO *', '"FOO" is not understood as month'],
    ['0 0 * * MON#2', '"MON#2" is not understood as day of week'],
    ['0 0 30 2 *', 'no date ever matches'],
  ])('%j', (cron, message) => {
    expect(validateCron(cron, 'UTC')).toBe(message);
  });

  it('a time zone that nobody keeps', () => {
    expect(validateCron('0 2 * * *', 'Europe/Berln')).toBe('unknown time zone "Europe/Berln"');
  });
});

describe('validateTimeZone', () => {
  it.each(['UTC', 'Europe/Berlin', 'Australia/Lord_Howe', 'Etc/GMT+5'])('accepts %s', (zone) => {
    expect(validateTimeZone(zone)).toBeUndefined();
  });

  it.each(['', '+02:00', 'Mars/Olympus', 'Europe/Berlin '])('refuses %j', (zone) => {
    expect(validateTimeZone(zone)).toBe(`unknown time zone ${JSON.stringify(zone)}`);
  });
});

describe('the two readers of the grammar', () => {
  const number = fc.nat({ max: 70 }).map(String);
  const name = fc.constantFrom('*', 'MON', 'sun', 'JAN', 'dec', 'L', '?', '');
  const atom = fc.oneof(
    number,
    name,
    fc.tuple(number, number).map((pair) => pair.join('-')),
  );
  const part = fc.oneof(
    atom,
    fc.tuple(atom, number).map((pair) => pair.join('/')),
  );
  const field = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(','));

  it('what passes is a pattern that can be matched', () => {
    fc.assert(
      fc.property(field, fc.nat({ max: 4 }), (text, position) => {
        const cron = ['*', '*', '*', '*', '*'].with(position, text).join(' ');
        if (syntaxMistake(cron) === undefined) cronPattern(cron).after(0);
      }),
      { numRuns: 20_000 },
    );
  });
});
