import type { Target } from '../domain/target.ts';
import { createBandwidth } from './bandwidth.ts';
import { paced } from './paced.ts';
import { reliable } from './reliable.ts';
import type { ReliableSettings } from './settings.ts';

export interface TransferRules extends ReliableSettings {
  /** Reached over a network. */
  readonly remote: boolean;
  /** Bytes per second that all transfers with this target share. */
  readonly bandwidth?: number;
}

/** A target as commands and steps should have it. */
export function steady(target: Target, rules: TransferRules): Target {
  const reached = rules.remote ? reliable(target, rules) : target;
  return rules.bandwidth === undefined ? reached : paced(reached, createBandwidth(rules.bandwidth, rules));
}
