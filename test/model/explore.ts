/** A system as a set of states of equal length and the steps between them. */
export interface Model {
  readonly initial: Uint8Array;
  /** Calls `move` once for every step that could be the next one. */
  moves(state: Uint8Array, move: Move): void;
  /** Why the state may not be, or undefined where it is fine. */
  violation(state: Uint8Array): string | undefined;
}

/** `change` gets a copy of the state and turns it into the next one. */
export type Move = (who: string, what: string, change: (draft: Uint8Array) => void) => void;

export interface Exploration {
  readonly states: number;
  readonly steps: number;
  /** False where there are more states than were to be visited. */
  readonly complete: boolean;
  readonly violation?: CounterExample;
}

export interface CounterExample {
  readonly message: string;
  /** The shortest way there. */
  readonly trace: readonly string[];
}

/**
 * Visits every state that any interleaving of the steps leads to, nearest first, up to the first
 * violation or about `most` states.
 */
export function explore(model: Model, most = Infinity): Exploration {
  const seen = createStateSet(model.initial.length);
  const draft = new Uint8Array(model.initial.length);
  let steps = 0;
  let from = -1;
  let found: CounterExample | undefined;
  const visit = (): void => {
    const index = seen.add(draft, from);
    if (index === undefined || found !== undefined) return;
    const message = model.violation(draft);
    if (message !== undefined) found = { message, trace: traceTo(model, seen, index) };
  };
  draft.set(model.initial);
  visit();
  for (from = 0; from < seen.size() && seen.size() < most && found === undefined; from += 1) {
    const state = seen.at(from).slice();
    model.moves(state, (_who, _what, change) => {
      steps += 1;
      draft.set(state);
      change(draft);
      visit();
    });
  }
  const complete = from === seen.size();
  return { states: seen.size(), steps, complete, ...(found === undefined ? {} : { violation: found }) };
}

/** Names the steps by taking those of each predecessor once more. */
function traceTo(model: Model, seen: StateSet, index: number): string[] {
  const path: number[] = [];
  for (let at = index; at >= 0; at = seen.cameFrom(at)) path.unshift(at);
  return path.slice(1).map((to, position) => {
    const before = seen.at(path[position]!).slice();
    const after = seen.at(to);
    const labels: string[] = [];
    model.moves(before, (who, what, change) => {
      const draft = before.slice();
      change(draft);
      if (Buffer.compare(draft, after) === 0) labels.push(`${who} ${what}`);
    });
    return labels[0] ?? 'unknown';
  });
}

interface StateSet {
  size(): number;
  at(index: number): Uint8Array;
  cameFrom(index: number): number;
  /** The index of a state that is new, undefined for a known one. */
  add(state: Uint8Array, from: number): number | undefined;
}

const FIRST_CAPACITY = 1 << 16;

/** States in one block of memory with a hash table beside it: millions of them, exactly compared. */
function createStateSet(length: number): StateSet {
  let capacity = FIRST_CAPACITY;
  let states = new Uint8Array(capacity * length);
  let origins = new Int32Array(capacity);
  let slots = new Int32Array(capacity * 2).fill(-1);
  let count = 0;
  const at = (index: number): Uint8Array => states.subarray(index * length, (index + 1) * length);
  const isAt = (state: Uint8Array, index: number): boolean => {
    const start = index * length;
    for (let cell = 0; cell < length; cell += 1) if (states[start + cell] !== state[cell]) return false;
    return true;
  };
  /** The slot that holds the state, or the free one where it belongs. */
  const slotOf = (state: Uint8Array): number => {
    const mask = slots.length - 1;
    let slot = hash(state) & mask;
    while (slots[slot] !== -1 && !isAt(state, slots[slot]!)) slot = (slot + 1) & mask;
    return slot;
  };
  const grow = (): void => {
    capacity *= 2;
    const more = new Uint8Array(capacity * length);
    more.set(states);
    states = more;
    const moreOrigins = new Int32Array(capacity);
    moreOrigins.set(origins);
    origins = moreOrigins;
    slots = new Int32Array(capacity * 2).fill(-1);
    for (let index = 0; index < count; index += 1) slots[slotOf(at(index))] = index;
  };
  return {
    size: () => count,
    at,
    cameFrom: (index) => origins[index]!,
    add: (state, from) => {
      const slot = slotOf(state);
      if (slots[slot] !== -1) return undefined;
      slots[slot] = count;
      states.set(state, count * length);
      origins[count] = from;
      count += 1;
      if (count === capacity) grow();
      return count - 1;
    },
  };
}

/** FNV-1a with a final mix: neighbours differ in single bits. */
function hash(state: Uint8Array): number {
  let value = 0x811c9dc5;
  for (let cell = 0; cell < state.length; cell += 1) value = Math.imul(value ^ state[cell]!, 0x01000193);
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}
