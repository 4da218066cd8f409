import type { ProbeFacts } from '../catalog/event-facts.ts';

/** Promises that a store does not keep, for people; empty where it keeps them all. */
export function brokenPromises(facts: ProbeFacts): readonly string[] {
  const { createOnly, oneWinner, readAfterWrite, listAfterWrite, wholeListings, modificationTimes } = facts;
  return [
    ...(createOnly ? [] : ['replaces objects that exist']),
    ...(oneWinner ? [] : ['lets several writers create one object']),
    ...(readAfterWrite ? [] : ['gives other bytes back than it was given']),
    ...(listAfterWrite ? [] : ['lists new objects late']),
    ...(wholeListings === false ? ['leaves objects out of long listings'] : []),
    ...(modificationTimes ? [] : ['has no usable modification times']),
  ];
}

export function probeSummary(facts: ProbeFacts): string {
  const broken = brokenPromises(facts);
  return broken.length === 0 ? 'keeps its promises' : broken.join(', ');
}
