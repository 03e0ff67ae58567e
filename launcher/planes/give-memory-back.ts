import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Collects garbage now, and gives the pages that it lay in back to the system: what a start takes is several
 * times what a launcher needs for the months after it, in which it allocates too little for V8 to do so.
 */
export function giveMemoryBack(): void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: {
    readonly type: 'major';
    readonly execution: 'sync';
    readonly flavor: 'last-resort';
  }) => void;
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

const LOOK_MILLISECONDS = 30_000;
/** Most of it is what came through from the planes' logs. */
const GATHERED_BYTES = 2 * 1_048_576;

/**
 * Gives memory back now, and again whenever some has gathered: V8 by itself waits for several times as much,
 * and what it then takes to collect it stays with the process.
 *
 * @param lookMilliseconds replaced in tests.
 */
export function keepGivingMemoryBack(lookMilliseconds: number = LOOK_MILLISECONDS): void {
  giveMemoryBack();
  const least = taken();
  setInterval(() => {
    if (taken() > least + GATHERED_BYTES) giveMemoryBack();
  }, lookMilliseconds).unref();
}

function taken(): number {
  const { heapTotal, external } = process.memoryUsage();
  return heapTotal + external;
}
