import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { dayZone, failure, id, nextCursor, pageQuery, person, reference, time } from '../schemas.ts';
import { source, step } from './workflows.ts';

export const RUN_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
/** Documents of a run by their state; each counts once. */
const counts = z.object({
  total: z.number(),
  waiting: z.number(),
  running: z.number(),
  published: z.number().describe('Sent, and there now'),
  unchanged: z.number().describe('There already, and not sent'),
  skipped: z.number().describe('Left out: a file of the folder that could not be read'),
  failed: z.number(),
});
export type ItemCounts = z.infer<typeof counts>;

const run = z.object({
  id,
  number: z.number().int(),
  workflow: reference,
  /** Of the workflow, when the run started. */
  version: z.number().int(),
  project: reference,
  status: z.enum(RUN_STATUSES),
  /** `trigger`: one of the workflow; its id and name. */
  startedBy: person.extend({ kind: z.enum(['member', 'trigger']) }),
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  items: counts,
  /** Of the documents that were or are to be sent: what is unchanged or left out is in neither. */
  bytes: z.object({ total: z.number(), sent: z.number() }),
  documentsRemovedAt: time.nullable().describe('Its uploaded documents are not kept any more, so it cannot be started again with them'),
  /** Its log is not kept any more. */
  logRemovedAt: time.nullable(),
  /** Of a run that has ended: when what it left behind is removed; `null` for what is not there, or stays. */
  keptUntil: z.object({ documents: time.nullable(), log: time.nullable(), run: time.nullable() }),
  /** How often it was taken up again after its end, by whom and when the last time. */
  retries: z.number().int(),
  retriedBy: person.nullable(),
  retriedAt: time.nullable(),
  waitsFor: z
    .string()
    .nullable()
    .describe('Of a run that waits although slots may be free, for a folder or a limit: what it waits for, as a sentence'),
  failure: failure
    .extend({ component: reference.nullable(), secretName: z.string().nullable() })
    .nullable()
    .describe('Why the run failed; `component` is where to fix it'),
});
export type Run = z.infer<typeof run>;

export const ITEM_STATUSES = ['waiting', 'running', 'published', 'unchanged', 'skipped', 'failed'] as const;
/** A step that a document has been through. */
const itemStep = z.object({
  /** Of the workflow when the run started. */
  name: z.string(),
  outcome: z.enum(['made', 'published', 'unchanged', 'skipped']),
  publishedAs: z.string().nullable(),
  /** How many documents a model made of it; `results` names the first 20 that are still kept. */
  made: z.number().int().nullable(),
  results: z.array(z.object({ id: id.nullable(), name: z.string(), size: z.number() })),
  milliseconds: z.number().int(),
});

const runItem = z.object({
  id,
  /** As it was uploaded, while it can be downloaded. */
  documentId: id.nullable(),
  name: z.string(),
  contentType: z.string(),
  size: z.number(),
  sent: z.number(),
  status: z.enum(ITEM_STATUSES),
  attempts: z.number().int(),
  publishedAs: z.string().nullable(),
  failure: failure.nullable(),
  /** It waits, and is not for this turn of the run: other documents were chosen to be tried again. */
  held: z.boolean(),
  /** Of a run of several steps, those that are done, in their order. */
  steps: z.array(itemStep),
  finishedAt: time.nullable(),
});
export type RunItem = z.infer<typeof runItem>;

/** Days that a history goes back. */
export const HISTORY_DAYS = [7, 30, 90] as const;
const history = z.object({
  /** Each day of the reader's zone, the last being today. */
  days: z.array(
    z.object({
      /** As `2026-03-01`. */
      day: z.string(),
      /** That ended on this day, by how. */
      runs: z.object({ succeeded: z.number(), failed: z.number(), cancelled: z.number() }),
      /** Of these runs, by what became of them. */
      documents: z.object({ published: z.number(), unchanged: z.number(), skipped: z.number(), failed: z.number() }),
      /** How long these runs took: half of them less than `median`, 95 of 100 less than `slowest`. */
      milliseconds: z.object({ median: z.number(), slowest: z.number() }).nullable(),
    }),
  ),
});
export type RunHistory = z.infer<typeof history>;

export const getRunHistory = defineEndpoint({
  id: 'getRunHistory',
  summary:
    'What the runs of the last days came to, day by day: of the organization, of one project with ?project=, or of one workflow with ?workflow=',
  method: 'GET',
  path: '/api/organizations/:organization/run-history',
  requires: 'runs:read',
  load: 'search',
  query: z.object({
    days: z.coerce
      .number()
      .pipe(z.union(HISTORY_DAYS.map((days) => z.literal(days))))
      .default(30)
      .describe('How many days, today being the last'),
    zone: dayZone,
    workflow: id.optional().describe('Runs of this workflow alone'),
    project: id.optional().describe('Runs of this project alone'),
  }),
  responses: { 200: history },
});

const logLine = z.object({
  sequence: z.number().int(),
  time,
  level: z.enum(['info', 'warning', 'error']),
  message: z.string(),
  itemName: z.string().nullable(),
});
export type RunLogLine = z.infer<typeof logLine>;

export const startRun = defineEndpoint({
  id: 'startRun',
  summary:
    'Start a run; when the source is `upload`, with uploaded documents or with those of an earlier run. The same Idempotency-Key starts one run only.',
  method: 'POST',
  path: '/api/organizations/:organization/workflows/:workflow/runs',
  requires: 'runs:start',
  headers: z.object({
    'idempotency-key': z
      .string()
      .min(8)
      .max(100)
      .optional()
      .describe('With the same one again, the answer is 200 with the run that it started'),
  }),
  body: z.object({
    documentIds: z.array(id).max(10_000).default([]).describe('What uploadDocument answered as `id`, for a workflow that takes uploads'),
    documentsOf: id
      .optional()
      .describe('A run of this workflow that has ended, whose documents are taken once more, in place of `documentIds`'),
  }),
  responses: { 201: run, 200: run },
});

export const listRuns = defineEndpoint({
  id: 'listRuns',
  summary: 'Runs, newest first',
  method: 'GET',
  path: '/api/organizations/:organization/runs',
  requires: 'runs:read',
  load: 'search',
  query: z.object({
    workflow: id.optional().describe('Runs of this workflow alone'),
    project: id.optional().describe('Runs of this project alone'),
    status: z.enum(RUN_STATUSES).optional().describe('Those that are at this now'),
    number: z.coerce.number().int().min(1).max(2_147_483_647).optional().describe('The run of this number, of each workflow'),
    ...pageQuery,
  }),
  responses: { 200: z.object({ items: z.array(run), nextCursor }) },
});

export const listWorkflowRuns = defineEndpoint({
  id: 'listWorkflowRuns',
  summary: 'Runs of one workflow, newest first',
  method: 'GET',
  path: '/api/organizations/:organization/workflows/:workflow/runs',
  requires: 'runs:read',
  load: 'search',
  query: z.object(pageQuery),
  responses: { 200: z.object({ items: z.array(run), nextCursor }) },
});

export const getRun = defineEndpoint({
  id: 'getRun',
  summary: 'One run',
  method: 'GET',
  path: '/api/organizations/:organization/runs/:run',
  requires: 'runs:read',
  responses: { 200: run },
});

export const listRunItems = defineEndpoint({
  id: 'listRunItems',
  summary: 'Documents of a run and how far each has come',
  method: 'GET',
  path: '/api/organizations/:organization/runs/:run/items',
  requires: 'runs:read',
  load: 'search',
  query: z.object({ status: z.enum(ITEM_STATUSES).optional().describe('Those that are at this now'), ...pageQuery }),
  responses: { 200: z.object({ items: z.array(runItem), nextCursor }) },
});

export const listRunLog = defineEndpoint({
  id: 'listRunLog',
  summary: 'The log of a run, oldest first; values are redacted before a line is stored',
  method: 'GET',
  path: '/api/organizations/:organization/runs/:run/log',
  requires: 'runs:read',
  query: z.object(pageQuery),
  responses: {
    200: z.object({
      items: z.array(logLine),
      nextCursor,
    }),
  },
});

const runSteps = z.object({
  /** Of the workflow when the run started. */
  sources: z.array(source),
  steps: z.array(
    step.extend({
      /**
       * Of the run: what it has done or left out because of its condition, what is at it now, and what failed
       * at it.
       */
      documents: z.object({ done: z.number(), skipped: z.number(), running: z.number(), failed: z.number() }),
      /** How long it took for a document, on average; `null` when it is not known. */
      milliseconds: z.number().nullable(),
    }),
  ),
});
export type RunSteps = z.infer<typeof runSteps>;

export const getRunSteps = defineEndpoint({
  id: 'getRunSteps',
  summary: 'What a run does, as it was when it started, and how many of its documents are done, running or failed at each step',
  method: 'GET',
  path: '/api/organizations/:organization/runs/:run/steps',
  requires: 'runs:read',
  load: 'search',
  responses: { 200: runSteps },
});

export const cancelRun = defineEndpoint({
  id: 'cancelRun',
  summary: 'Stop a run within a second; what is being published is ended and counts as not published',
  method: 'POST',
  path: '/api/organizations/:organization/runs/:run/cancel',
  requires: 'runs:start',
  responses: { 202: null },
});

export const watchRun = defineEndpoint({
  id: 'watchRun',
  summary:
    'A run as it goes, as server-sent events: `run` and, once, `end` hold the run, `items` the documents that have changed, `steps` how far each step is, `log` new lines of the log, whose number is the id of the event. `more`: more has changed than is named',
  method: 'GET',
  path: '/api/organizations/:organization/runs/:run/events',
  requires: 'runs:read',
  load: 'watch',
  headers: z.object({
    'last-event-id': z
      .string()
      .regex(/^[0-9]{1,15}$/)
      .optional()
      .describe('Lines of the log after this one are sent first'),
  }),
  responses: { 200: 'events' },
});
/** What the events of `watchRun` hold. */
export interface RunEvents {
  readonly run: Run;
  readonly end: Run;
  readonly items: { readonly items: RunItem[]; readonly more: boolean };
  readonly steps: RunSteps;
  readonly log: { readonly lines: RunLogLine[]; readonly more: boolean };
}

export const retryRun = defineEndpoint({
  id: 'retryRun',
  summary:
    'Take a run up again that has ended: what was not published goes on, or what failed alone, or the documents that are named. What is published, and every step that is done, is not repeated',
  method: 'POST',
  path: '/api/organizations/:organization/runs/:run/retry',
  requires: 'runs:start',
  body: z
    .object({
      items: z.enum(['unfinished', 'failed']).default('unfinished').describe('`unfinished`: failed and not sent'),
      itemIds: z.array(id).min(1).max(1_000).optional().describe('These alone, in place of `items`; also such as were left out'),
    })
    .default({ items: 'unfinished' }),
  responses: { 202: run },
});
