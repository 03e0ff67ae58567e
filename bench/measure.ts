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
  /** How long to measure, after a fifth of that to warm up. Default: 1,500 ms. */
  milliseconds?: number;
}

/** Calls again and again. `caller` is the number of the concurrent caller, from 0. */
export async function measure(call: (caller: number) => Promise<unknown> | unknown, options: MeasureOptions = {}): Promise<Pace> {
  const { concurrency = 1, milliseconds = 1_500 } = options;
  await callFor(call, concurrency, milliseconds / 5);
  const began = performance.now();
  const times = await callFor(call, concurrency, milliseconds);
  const seconds = (performance.now() - began) / 1000;
  times.sort((a, b) => a - b);
  const at = (part: number) => times[Math.min(times.length - 1, Math.floor(times.length * part))] ?? 0;
  return { perSecond: times.length / seconds, medianMilliseconds: at(0.5), p99Milliseconds: at(0.99), calls: times.length };
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

/** One line of the table: what Holdfast does beside the least that could do the same, measured in the same run. */
export interface Comparison {
  what: string;
  pace: Pace;
  floorWhat: string;
  floor: Pace;
}

/** Measures both by turns, so that a noisy moment of the machine meets both, and keeps the better round of each. */
export async function compare(
  what: string,
  call: (caller: number) => Promise<unknown> | unknown,
  floorWhat: string,
  floorCall: (caller: number) => Promise<unknown> | unknown,
  options: MeasureOptions = {},
): Promise<Comparison> {
  let pace = await measure(call, options);
  let floor = await measure(floorCall, options);
  const [again, floorAgain] = [await measure(call, options), await measure(floorCall, options)];
  if (again.perSecond > pace.perSecond) pace = again;
  if (floorAgain.perSecond > floor.perSecond) floor = floorAgain;
  const comparison = { what, pace, floorWhat, floor };
  console.log(describe(comparison));
  return comparison;
}

function describe({ what, pace, floorWhat, floor }: Comparison): string {
  const ratio = (floor.perSecond / pace.perSecond).toFixed(2);
  return `${what}: ${Math.round(pace.perSecond)}/s, ${pace.medianMilliseconds.toFixed(3)} ms; ${ratio} × the floor (${floorWhat}: ${Math.round(floor.perSecond)}/s)`;
}
