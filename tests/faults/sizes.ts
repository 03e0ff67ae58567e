import { appendFileSync } from 'node:fs';

/**
 * How much of each fault: small in `npm test`, nightly in `npm run faults`, which sets the variables. Each is
 * named by what is counted.
 */
function size(variable: string, inTest: number): number {
  const text = process.env[variable];
  if (text === undefined) return inTest;
  if (!/^\d{1,6}$/.test(text)) throw new Error(`${variable} is not a number: ${text}`);
  return Number(text);
}

export const SIZES = {
  kills: size('FAULTS_KILLS', 20),
  workerKills: size('FAULTS_WORKER_KILLS', 1),
  starts: size('FAULTS_STARTS', 6),
  restarts: size('FAULTS_RESTARTS', 5),
  plugPulls: size('FAULTS_PLUG_PULLS', 2),
  diskFailures: size('FAULTS_DISK_FAILURES', 1),
} as const;

export type Figures = Readonly<Record<string, number | string>>;

/** What a test measured, for docs/reference/faults.md. */
export function recordFigures(fault: string, figures: Figures): void {
  const file = process.env.FAULTS_FIGURES;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify({ fault, figures })}\n`);
}

/** The value below which this share of them lies. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
