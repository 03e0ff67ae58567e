import { createContext, Script } from 'node:vm';

/**
 * So many times as long work may take by the clock, where processors are busy with something else: nothing
 * hangs.
 */
const CLOCK_FACTOR = 10;
/** What has got so much of its time does not begin again for the rest. */
const NEARLY_ALL = 0.9;

export type TimedEnd<Made> =
  /** `spentMilliseconds` of a processor. */
  { readonly kind: 'made'; readonly value: Made; readonly spentMilliseconds: number } | { readonly kind: 'too_long' };

export interface Clocks {
  /** Milliseconds of a processor that this thread has taken. */
  processor(): number;
  /** Milliseconds that have passed. */
  passed(): number;
}

const CLOCKS: Clocks = {
  processor() {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  },
  passed: () => performance.now(),
};

const script = new Script('work()');
const place = createContext({ work: (): unknown => undefined }) as { work: () => unknown };

/**
 * Does work for so many milliseconds of a processor. The time limit of a script is by the clock, and also
 * ends what the work calls, a regular expression included: where other processes had the processor meanwhile,
 * the work begins once more and has as long by the clock as it needs at that share of it.
 *
 * @param work has no effect but its result, since it may begin several times.
 */
export function withinProcessorTime<Made>(work: () => Made, milliseconds: number, clocks: Clocks = CLOCKS): TimedEnd<Made> {
  place.work = work;
  const end = clocks.passed() + milliseconds * CLOCK_FACTOR;
  for (let timeout = milliseconds; ; ) {
    const begun = { processor: clocks.processor(), passed: clocks.passed() };
    const spent = () => clocks.processor() - begun.processor;
    try {
      const value = script.runInContext(place, { timeout }) as Made;
      const spentMilliseconds = spent();
      return spentMilliseconds > milliseconds ? { kind: 'too_long' } : { kind: 'made', value, spentMilliseconds };
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    }
    const share = spent() / (clocks.passed() - begun.passed);
    const left = Math.floor(end - clocks.passed());
    if (spent() >= milliseconds * NEARLY_ALL || left < 1) return { kind: 'too_long' };
    timeout = Math.min(left, Math.ceil(milliseconds / share));
  }
}
