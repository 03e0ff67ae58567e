import { setImmediate } from 'node:timers';
import { isRowError } from '@holdfast/db/data';

const MAXIMUM = 256;

interface Waiter<Input, Output> {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Does for many callers together what would be a statement for each. While a group is under way the next
 * callers gather, and leave together as soon as it has landed: no timer, so one caller alone waits for
 * nothing, and what is asked for begins after it was asked for. One group at a time.
 *
 * `work` gets the inputs in the order of their calls and answers as many outputs. When it fails, every caller
 * of the group gets the error; but an error that one row causes (SQLSTATE 22 or 23) is found by doing each
 * alone, so that it meets its own caller only.
 */
export function inNaturalGroups<Input, Output>(
  work: (inputs: readonly Input[]) => Promise<readonly Output[]>,
  maximum: number = MAXIMUM,
): (input: Input) => Promise<Output> {
  let waiting: Waiter<Input, Output>[] = [];
  let underWay = false;

  async function settle(group: readonly Waiter<Input, Output>[]): Promise<void> {
    try {
      const outputs = await work(group.map(({ input }) => input));
      if (outputs.length !== group.length) throw new Error(`${outputs.length} answers for a group of ${group.length}.`);
      for (const [position, { resolve }] of group.entries()) resolve(outputs[position] as Output);
    } catch (error) {
      if (group.length > 1 && isRowError(error)) {
        for (const each of group) await settle([each]);
        return;
      }
      for (const { reject } of group) reject(error);
    }
  }

  async function workOn(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.slice(0, maximum);
      waiting = waiting.slice(maximum);
      await settle(group);
    }
    underWay = false;
  }

  return (input) =>
    new Promise((resolve, reject) => {
      waiting.push({ input, resolve, reject });
      if (underWay) return;
      underWay = true;
      // At the end of this turn of the event loop, so that what was asked for in the same turn leaves in one
      // group.
      setImmediate(() => void workOn());
    });
}

/**
 * Readings that begin after they are asked for, one at a time for each key: callers who ask while one is
 * under way share the next one.
 */
export function sharedByKey<Output>(read: (key: string) => Promise<Output>): (key: string) => Promise<Output> {
  const readings = new Map<string, { current: Promise<unknown>; next: Promise<Output> | undefined }>();
  const begin = (key: string): Promise<Output> => {
    const reading = read(key);
    const entry = { current: reading, next: undefined as Promise<Output> | undefined };
    readings.set(key, entry);
    void reading
      .catch(() => undefined)
      .then(() => {
        if (entry.next === undefined) readings.delete(key);
      });
    return reading;
  };
  return (key) => {
    const entry = readings.get(key);
    if (entry === undefined) return begin(key);
    entry.next ??= entry.current.catch(() => undefined).then(() => begin(key));
    return entry.next;
  };
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
