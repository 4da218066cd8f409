import { describe, expect, it } from 'vitest';
import { namesOf, strayName, type PlanSession } from '../../src/cli/each-plan.ts';

describe('names on the command line when several plans are given', () => {
  it.each([['db'], ['web/db', 'db'], ['webb/db'], ['web']])(
    'refuses names that no plan owns: %s',
    (...names) => {
      expect(strayName(['web', 'shop'], names)?.code).toBe('USAGE');
    },
  );

  it('accepts names that say their plan, and any name of a single plan', () => {
    expect(strayName(['web', 'shop'], ['web/db', 'shop/db'])).toBeUndefined();
    expect(strayName(['web', 'shop'], [])).toBeUndefined();
    expect(strayName(['web'], ['db'])).toBeUndefined();
  });

  it('gives each plan its own half', () => {
    const session = { plan: { name: 'web' }, several: true } as PlanSession;
    expect(namesOf(session, ['web/db', 'shop/files'])).toEqual(['db']);
    expect(namesOf(session, ['shop/files'])).toBeUndefined();
  });
});
