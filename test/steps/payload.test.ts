import { describe, expect, it } from 'vitest';
import { payloadOn } from '../../src/steps/payload.ts';
import { plan, resource } from '../planner/builders.ts';

describe('artifacts on a target', () => {
  const calls = resource('calls', { edges: { offsite: { storageClass: 'DEEP_ARCHIVE' }, local: {} } });
  const at = (target: string) => payloadOn(plan([calls]), 'calls', target);

  it('go to the class that the resource names there', () => {
    expect(at('offsite')).toEqual({ storageClass: 'DEEP_ARCHIVE' });
  });

  it('go to the class of the target where the resource names none', () => {
    expect(at('local')).toEqual({});
    expect(at('elsewhere')).toEqual({});
  });
});
