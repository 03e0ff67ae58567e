import { wrapProse } from './wrap-prose.ts';

export interface FaultRecord {
  readonly fault: string;
  readonly figures: Readonly<Record<string, number | string>>;
}

export interface FaultsRun {
  readonly date: string;
  readonly minutes: number;
  readonly machine: string;
  /** The load average of its last 15 minutes: what runs beside the tests makes every time longer. */
  readonly load: number;
  readonly sizes: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly string[];
  readonly aimMissed: readonly string[];
  readonly records: readonly FaultRecord[];
}

/** docs/reference/faults.md: what was done to a running Holdfast, and what came of it. */
export function faultsPage(run: FaultsRun): string {
  const rows = run.records.map(({ fault, figures }) => {
    const { rounds = '', ...others } = figures;
    const text = Object.entries(others)
      .map(([name, figure]) => `${name} **${typeof figure === 'number' ? figure.toLocaleString('en') : figure}**`)
      .join(', ');
    return `| ${fault} | ${rounds} | ${text} |`;
  });
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', `${title}:`, ...lines.map((line) => wrapProse(`- ${line}`, '  '))];
  return [
    '# Faults',
    '',
    wrapProse(
      'Written by `npm run faults`, which does to a running Holdfast what machines do: kills its processes, fills its disk, ' +
        'pulls its plug. `npm test` does the same in small. A mutant is a wrong setting that the test must find.',
    ),
    '',
    wrapProse(
      `${run.date}, ${run.minutes} minutes, on ${run.machine}, load average ${run.load}. Sizes: ${run.sizes}. ` +
        `${run.passed} tests passed, ${run.failed} failed.`,
    ),
    '',
    '| fault | rounds | figures |',
    '|---|---|---|',
    ...rows,
    ...list('Aims that were missed', run.aimMissed),
    ...list('Not tried on this machine', run.skipped),
    '',
  ].join('\n');
}
