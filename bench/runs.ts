import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { prepareRuns } from '../tests/measurements/runs.ts';
import { type Comparison, median, type Pace } from './measure.ts';

const RUNS = 2_000;
const ROUNDS = 5;
const SLOTS = 32;
const LATENCIES = 200;

/**
 * Runs of one secret and one small document, from the row that waits to the end on the record, into a server
 * that answers at once; and how long the first of them waits for a slot when nothing else is under way. There
 * is no floor: nothing else does the same.
 */
export async function measureRuns(): Promise<Comparison[]> {
  const server = fork(fileURLToPath(new URL('instant-server.ts', import.meta.url)), [], { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  const port = await new Promise<string>((resolve) => server.stdout?.once('data', (chunk: Buffer) => resolve(chunk.toString().trim())));
  try {
    await using measured = await prepareRuns(Number(port), SLOTS);
    await measured.drain(RUNS / 4);
    const rounds: Awaited<ReturnType<typeof measured.drain>>[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      rounds.push(await measured.drain(RUNS));
      console.log(`${Math.round(rounds.at(-1)?.perSecond ?? 0)} runs a second`);
    }
    const waits: Awaited<ReturnType<typeof measured.latency>>[] = [];
    for (let count = 0; count < LATENCIES; count += 1) waits.push(await measured.latency());
    const [wait, work] = [paceOf(waits.map(({ slot }) => slot)), paceOf(waits.map((each) => each.work))];
    const of = (value: (round: (typeof rounds)[number]) => number) => median(rounds.map(value));
    const pace = {
      perSecond: of(({ perSecond }) => perSecond),
      medianMilliseconds: of(({ medianMilliseconds }) => medianMilliseconds),
      p99Milliseconds: of(({ p99Milliseconds }) => p99Milliseconds),
      calls: RUNS,
    };
    console.log(
      `median ${Math.round(pace.perSecond)} runs a second; an idle queue: a slot after ${inWords(wait)}, at work after ${inWords(work)}`,
    );
    return [
      { what: `runs of one secret and one small document, ${SLOTS} slots`, pace, floorWhat: '–', floor: pace },
      { what: 'wait for a slot, nothing under way', pace: wait, floorWhat: '–', floor: wait },
    ];
  } finally {
    server.disconnect();
  }
}

function paceOf(milliseconds: readonly number[]): Pace {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const p99Milliseconds = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
  return { perSecond: 0, medianMilliseconds: median(sorted), p99Milliseconds, calls: sorted.length };
}

function inWords({ medianMilliseconds, p99Milliseconds }: Pace): string {
  return `${medianMilliseconds.toFixed(2)} ms (99 % within ${p99Milliseconds.toFixed(2)})`;
}
