import { setImmediate } from 'node:timers/promises';
import { failure } from '../../src/domain/failure.ts';
import { failed, type Result } from '../../src/domain/result.ts';
import type { Random } from './random.ts';

/** Somebody who works on the targets. When it dies, what it has begun never goes on. */
export interface Actor {
  readonly name: string;
  /** Operations that took effect or failed. */
  operations: number;
  state: 'running' | 'ended' | 'dead';
  /** Dies at its n-th operation, before or after it takes effect. */
  /** Nothing goes wrong for it. */
  readonly lucky?: boolean;
  readonly death?: { readonly at: number; readonly moment: 'before' | 'after' };
}

export interface Operation {
  readonly what: string;
  readonly key: string;
}

export interface Chances {
  /** That an operation fails before it takes effect. */
  readonly fails: number;
  /** That it takes effect and its reply is lost. */
  readonly loses: number;
  /** That whoever did the last operation does the next one as well. */
  readonly goesOn: number;
  /** That it stands still until the others have done many. */
  readonly stalls: number;
}

export interface Scheduler {
  readonly trace: readonly string[];
  start(actor: Actor, work: () => Promise<void>): void;
  /** Waits until it is the operation's turn. */
  perform<T>(actor: Actor, operation: Operation, effect: () => Promise<Result<T>>): Promise<Result<T>>;
  /** What waits for its turn. */
  waiting(): readonly { readonly actor: Actor; readonly operation: Operation }[];
  /** Lets one operation after another take effect until all have ended or died. */
  run(): Promise<void>;
}

export interface SchedulerOptions {
  readonly random: Random;
  readonly chances: Chances;
  /** Called before each operation. */
  readonly tick: () => void;
  /** Called after each that took effect. */
  readonly observe: (actor: Actor, operation: Operation) => void;
}

/** In operations of others. */
const LONGEST_STALL = 80;

type Fate = 'happens' | 'fails' | 'loses its reply' | 'dies before' | 'dies after';

interface Turn {
  readonly actor: Actor;
  readonly operation: Operation;
  /** Gives the result to whoever waits for it, unless nobody may have it. */
  take(fate: Fate): Promise<void>;
}

export function createScheduler({ random, chances, tick, observe }: SchedulerOptions): Scheduler {
  const actors: Actor[] = [];
  const turns: Turn[] = [];
  const trace: string[] = [];
  const errors: unknown[] = [];
  const asleep = new Map<Actor, number>();
  let last: Actor | undefined;

  function nextTurn(): Turn | undefined {
    const awake = turns.filter(({ actor }) => (asleep.get(actor) ?? 0) <= trace.length);
    const able = awake.length > 0 ? awake : turns;
    const own = able.filter(({ actor }) => actor === last);
    const among = own.length > 0 && random.chance(chances.goesOn) ? own : able;
    const turn = among[random.below(among.length)];
    if (turn !== undefined) turns.splice(turns.indexOf(turn), 1);
    return turn;
  }

  function fateOf({ operations, death, lucky = false }: Actor): Fate {
    if (lucky) return 'happens';
    if (operations === death?.at) return death.moment === 'before' ? 'dies before' : 'dies after';
    if (chances.fails > 0 && random.chance(chances.fails)) return 'fails';
    return chances.loses > 0 && random.chance(chances.loses) ? 'loses its reply' : 'happens';
  }

  async function takeTurn(turn: Turn): Promise<void> {
    const { actor, operation } = turn;
    const fate = fateOf(actor);
    tick();
    trace.push(`${actor.name} ${operation.what} ${operation.key}${fate === 'happens' ? '' : ` (${fate})`}`);
    actor.operations += 1;
    last = actor;
    if (chances.stalls > 0 && random.chance(chances.stalls))
      asleep.set(actor, trace.length + random.below(LONGEST_STALL));
    const dies = fate === 'dies before' || fate === 'dies after';
    if (dies) actor.state = 'dead';
    await turn.take(fate);
    if (fate !== 'fails' && fate !== 'dies before') observe(actor, operation);
    for (const left of dies ? turns.filter((one) => one.actor === actor) : [])
      turns.splice(turns.indexOf(left), 1);
  }

  return {
    trace,
    start: (actor, work) => {
      actors.push(actor);
      work().then(
        () => (actor.state = 'ended'),
        (error: unknown) => errors.push(error),
      );
    },
    perform: (actor, operation, effect) =>
      new Promise((resolve) => {
        if (actor.state === 'dead') return;
        turns.push({ actor, operation, take: (fate) => give(fate, effect, resolve) });
      }),
    waiting: () => turns,
    run: async () => {
      for (;;) {
        // After this every promise that could go on has gone on.
        await setImmediate();
        if (errors.length > 0) throw errors[0];
        const turn = nextTurn();
        if (turn === undefined) break;
        await takeTurn(turn);
      }
      const stuck = actors.find(({ state }) => state === 'running');
      if (stuck !== undefined) throw new Error(`${stuck.name} waits for something that never comes`);
    },
  };
}

async function give<T>(
  fate: Fate,
  effect: () => Promise<Result<T>>,
  resolve: (result: Result<T>) => void,
): Promise<void> {
  const lost = failed(failure('TARGET_UNREACHABLE', 'the line was cut'));
  if (fate === 'dies before') return;
  const result = fate === 'fails' ? lost : await effect();
  if (fate === 'dies after') return;
  resolve(fate === 'loses its reply' ? lost : result);
}
