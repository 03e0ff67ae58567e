import { DAYS_MAXIMUM, type KeptDays } from '@holdfast/api';
import { counted } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { facts } from '@holdfast/terminal/table';
import type { Command } from 'commander';

/** What a shorter time does. */
export const OLDER_GOES = 'What is older goes within the hour.';

/** What `--documents`, `--logs` and `--runs` were given. */
export interface KeptDaysOptions {
  readonly documents?: string;
  readonly logs?: string;
  readonly runs?: string;
}

/** @param above what holds for `default`, such as `what the operator has set`. */
export function withKeptDays(command: Command, above: string): Command {
  return command
    .option('--documents <days>', `how many days after its run a document is kept, 0: until the run has ended; default: ${above}`)
    .option('--logs <days>', 'the same of logs')
    .option('--runs <days>', 'the same of runs with their list of documents, from 1; their place on the audit record stays');
}

/** What is to be kept from now on; `undefined` when nothing is to change. */
export function changedDays(options: KeptDaysOptions, now: KeptDays): KeptDays | undefined {
  const { documents, logs, runs } = options;
  if (documents === undefined && logs === undefined && runs === undefined) return undefined;
  return {
    documentDays: daysOf('--documents', documents, 0, now.documentDays),
    logDays: daysOf('--logs', logs, 0, now.logDays),
    runDays: daysOf('--runs', runs, 1, now.runDays),
  };
}

/** `null`: as is said one level above. */
function daysOf(option: string, text: string | undefined, least: number, now: number | null): number | null {
  if (text === undefined) return now;
  if (text === 'default') return null;
  const days = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (days >= least && days <= DAYS_MAXIMUM) return days;
  throw usageError(`${option} takes ${least} to ${DAYS_MAXIMUM} days, or default.`);
}

/** @param otherwise what `null` stands for in each. */
export function keptInWords(kept: KeptDays, otherwise: KeptDays): string {
  const words = (days: number | null, above: number | null) => (days === null ? `${inWords(above)} (default)` : inWords(days));
  return facts([
    ['Documents', words(kept.documentDays, otherwise.documentDays)],
    ['Logs', words(kept.logDays, otherwise.logDays)],
    ['Runs', words(kept.runDays, otherwise.runDays)],
  ]);
}

function inWords(days: number | null): string {
  if (days === null) return 'kept';
  if (days === 0) return 'until the run has ended';
  return `${counted(days, 'day')} after the run`;
}
