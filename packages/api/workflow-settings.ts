import { z } from 'zod';

/** Ten years. */
export const DAYS_MAXIMUM = 3_650;
const days = z.number().int().max(DAYS_MAXIMUM);

/**
 * How many days after the end of a run something of it is kept; 0: until it has ended. `null`: as is said one
 * level above, for a workflow by its organization and for an organization by the operator.
 */
export const keptDays = {
  /** Uploaded documents, and what models made of them. */
  documentDays: days.min(0).nullable(),
  logDays: days.min(0).nullable(),
  /** The run itself, with its list of documents. Its place on the audit record stays. */
  runDays: days.min(1).nullable(),
};
export const keptDaysBody = z.object(keptDays);
export type KeptDays = z.infer<typeof keptDaysBody>;

/** Runs of a workflow that are under way at once. */
export const maximumRuns = z.number().int().min(1).max(100);
/** Of a workflow for which nobody said otherwise. */
export const MAXIMUM_RUNS_DEFAULT = 10;
