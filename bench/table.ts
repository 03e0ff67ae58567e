import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Comparison } from './measure.ts';
import type { StartFigures } from './start.ts';

const README = new URL('README.md', import.meta.url);
const BEGIN = '<!-- measured: begin -->';
const END = '<!-- measured: end -->';

/** Puts the figures between the two marks of the README. */
export async function writeTable(comparisons: readonly Comparison[], start: StartFigures | undefined): Promise<void> {
  const text = await readFile(README, 'utf8');
  const [before = ''] = text.split(BEGIN);
  const after = text.split(END)[1] ?? '\n';
  await writeFile(README, `${before}${BEGIN}\n${tableOf(comparisons, start)}\n${END}${after}`);
}

export function tableOf(comparisons: readonly Comparison[], start: StartFigures | undefined): string {
  const processor = cpus()[0]?.model.trim() ?? 'an unknown processor';
  const lines = [
    `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} × ${processor}.`,
    '',
    '| | a second | median | 99 % within | floor | floor, a second | floor ÷ ours |',
    '|---|---:|---:|---:|---|---:|---:|',
    ...comparisons.map(({ what, pace, floorWhat, floor }) =>
      [
        '',
        what,
        pace.perSecond > 0 ? number(pace.perSecond) : '–',
        `${pace.medianMilliseconds.toFixed(2)} ms`,
        `${pace.p99Milliseconds.toFixed(2)} ms`,
        floorWhat,
        floor === pace ? '–' : number(floor.perSecond),
        floor === pace ? '–' : (floor.perSecond / pace.perSecond).toFixed(2),
        '',
      ]
        .join(' | ')
        .trim(),
    ),
  ];
  if (start) {
    lines.push(
      '',
      `From \`holdfast start\` until both planes are ready: ${number(start.firstMilliseconds)} ms on an empty home, ${number(start.againMilliseconds)} ms again.`,
      '',
      '| process | memory of its own |',
      '|---|---:|',
      ...Object.entries(start.memory).map(([name, bytes]) => `| ${name} | ${number(bytes / 1024 / 1024)} MiB |`),
    );
  }
  return lines.join('\n');
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en');
}
