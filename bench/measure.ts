/** How fast something went. */
export interface Pace {
  perSecond: number;
  /** Half of the calls took at most this long. */
  medianMilliseconds: number;
  /** 99 of 100 calls took at most this long. */
  p99Milliseconds: number;
  calls: number;
}

export interface MeasureOptions {
  /** Calls that are under way at the same time. Default: 1. */
  concurrency?: number;
  /** How long to measure in each round, after a fifth of that to warm up. Default: 1,000 ms. */
  milliseconds?: number;
  /** Done before each round, and not measured. */
  before?: () => Promise<void>;
}

/** Calls again and again. `caller` is the number of the concurrent caller, from 0. */
export async function measure(call: (caller: number) => Promise<unknown> | unknown, options: MeasureOptions = {}): Promise<Pace> {
  const { concurrency = 1, milliseconds = 1_000 } = options;
  await callFor(call, concurrency, milliseconds / 5);
  const began = performance.now();
  const times = await callFor(call, concurrency, milliseconds);
  const seconds = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0;
  return { perSecond: times.length / seconds, medianMilliseconds: at(0.5), p99Milliseconds: at(0.99), calls: times.length };
}

/** The middle one, or the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;
}

async function callFor(call: (caller: number) => Promise<unknown> | unknown, concurrency: number, milliseconds: number): Promise<number[]> {
  const times: number[] = [];
  const deadline = performance.now() + milliseconds;
  await Promise.all(
    Array.from({ length: concurrency }, async (_, caller) => {
      for (let now = performance.now(); now < deadline; ) {
        await call(caller);
        const after = performance.now();
        times.push(after - now);
        now = after;
      }
    }),
  );
  return times;
}

/**
 * One line of the table: what Holdfast does beside the least that could do the same, measured in the same
 * run.
 */
export interface Comparison {
  what: string;
  pace: Pace;
  floorWhat: string;
  floor: Pace;
}

/** Rounds of each side; the middle one of them is kept. */
const ROUNDS = 5;

/**
 * Measures both by turns, five times each, so that a noisy moment of the machine meets both, and keeps the
 * median round of each.
 */
export async function compare(
  what: string,
  call: (caller: number) => Promise<unknown> | unknown,
  floorWhat: string,
  floorCall: (caller: number) => Promise<unknown> | unknown,
  options: MeasureOptions = {},
): Promise<Comparison> {
  const paces: Pace[] = [];
  const floors: Pace[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await options.before?.();
    paces.push(await measure(call, options));
    floors.push(await measure(floorCall, options));
  }
  const comparison = { what, pace: medianPace(paces), floorWhat, floor: medianPace(floors) };
  console.log(describe(comparison));
  return comparison;
}

/** The round in the middle by calls a second. */
export function medianPace(paces: readonly Pace[]): Pace {
  const middle = [...paces].sort((a, b) => a.perSecond - b.perSecond)[Math.floor(paces.length / 2)];
  if (middle === undefined) throw new Error('Nothing was measured.');
  return middle;
}

function describe({ what, pace, floorWhat, floor }: Comparison): string {
  const ratio = (floor.perSecond / pace.perSecond).toFixed(2);
  return `${what}: ${Math.round(pace.perSecond)}/s, ${pace.medianMilliseconds.toFixed(3)} ms; ${ratio} × the floor (${floorWhat}: ${Math.round(floor.perSecond)}/s)`;
}
