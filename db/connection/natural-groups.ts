import { setImmediate } from 'node:timers';
import { isRowError } from './database-errors.ts';

export interface GroupOptions {
  /** How many leave together at the most; 256 by default. */
  readonly maximum?: number;
  /**
   * Until when the first group gathers. `turn`, the default: to the end of this turn of the event loop, so
   * that all whose answers arrived in it are together. `microtask`: only what the same callback asks for,
   * which then waits for nothing else of this turn.
   */
  readonly gather?: 'turn' | 'microtask';
  /**
   * What becomes of a group that fails. `row-errors-alone`, the default: an error that one row causes
   * (SQLSTATE 22 or 23) is found by doing each alone, in their order, so that it meets its own caller only;
   * any other fails all of the group. `alone`: whatever the error, each is done alone, at the same time:
   * for what changes nothing. `all`: those that wait for the next group fail as well, since they would be
   * answered too late.
   */
  readonly failure?: 'row-errors-alone' | 'alone' | 'all';
}

interface Waiter<Input, Output> {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Does for many callers together what would be a statement for each. While a group is under way the next
 * callers gather, and leave together as soon as it has landed: no timer, so one caller alone waits for
 * nothing. Nothing is kept: what is asked for begins after it was asked for. One group at a time.
 *
 * `work` gets the inputs in the order of their calls and answers as many outputs.
 *
 * @throws nothing by itself: a caller is rejected with what `work` rejects with for its group, see `failure`,
 *   and with an Error when that answers another number of outputs.
 */
export function inNaturalGroups<Input, Output>(
  work: (inputs: readonly Input[]) => Promise<readonly Output[]>,
  { maximum = 256, gather = 'turn', failure = 'row-errors-alone' }: GroupOptions = {},
): (input: Input) => Promise<Output> {
  const waiting: Waiter<Input, Output>[] = [];
  let underWay = false;

  async function settle(group: readonly Waiter<Input, Output>[]): Promise<void> {
    try {
      const outputs = await work(group.map(({ input }) => input));
      if (outputs.length !== group.length) throw new Error(`${outputs.length} answers for a group of ${group.length}.`);
      for (const [position, { resolve }] of group.entries()) resolve(outputs[position] as Output);
    } catch (error) {
      await settleFailed(group, error);
    }
  }

  async function settleFailed(group: readonly Waiter<Input, Output>[], error: unknown): Promise<void> {
    if (group.length > 1 && failure === 'alone') {
      await Promise.all(group.map((each) => settle([each])));
    } else if (group.length > 1 && failure === 'row-errors-alone' && isRowError(error)) {
      for (const each of group) await settle([each]);
    } else {
      const failed = failure === 'all' ? [...group, ...waiting.splice(0)] : group;
      for (const { reject } of failed) reject(error);
    }
  }

  async function workOn(): Promise<void> {
    while (waiting.length > 0) await settle(waiting.splice(0, maximum));
    underWay = false;
  }

  return (input) =>
    new Promise((resolve, reject) => {
      waiting.push({ input, resolve, reject });
      if (underWay) return;
      underWay = true;
      // Not at once: the first caller would leave alone, and all others of the same turn in a second group.
      if (gather === 'microtask') queueMicrotask(() => void workOn());
      else setImmediate(() => void workOn());
    });
}

/** Natural groups of one key each, which do not wait for each other. */
export function inNaturalGroupsByKey<Input, Output>(
  keyOf: (input: Input) => string,
  work: (inputs: readonly Input[]) => Promise<readonly Output[]>,
): (input: Input) => Promise<Output> {
  const groups = new Map<string, { readonly join: (input: Input) => Promise<Output>; callers: number }>();
  return async (input) => {
    const key = keyOf(input);
    const group = groups.get(key) ?? { join: inNaturalGroups(work), callers: 0 };
    groups.set(key, group);
    group.callers += 1;
    try {
      return await group.join(input);
    } finally {
      group.callers -= 1;
      if (group.callers === 0) groups.delete(key);
    }
  };
}

/** Natural groups of one connection each: a transaction must not answer what another one sees. */
export function inNaturalGroupsByConnection<Connection extends object, Input, Output>(
  work: (db: Connection, inputs: readonly Input[]) => Promise<readonly Output[]>,
  options?: GroupOptions,
): (db: Connection, input: Input) => Promise<Output> {
  const groups = new WeakMap<Connection, (input: Input) => Promise<Output>>();
  return (db, input) => {
    let join = groups.get(db);
    if (join === undefined) {
      join = inNaturalGroups((inputs) => work(db, inputs), options);
      groups.set(db, join);
    }
    return join(input);
  };
}
