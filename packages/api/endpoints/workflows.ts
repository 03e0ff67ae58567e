import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { description, failure, id, nextCursor, pageQuery, person, reference, time, title } from '../schemas.ts';

/** Where the documents of a run come from: uploaded before it, or a folder that the operator allowed by name. */
const source = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('upload') }),
  z.object({ kind: z.literal('folder'), folder: z.string().min(1).max(120) }),
]);

const workflow = z.object({
  id,
  project: reference,
  name: z.string(),
  description: z.string(),
  source,
  steps: z.array(z.object({ id, component: reference.extend({ type: z.string(), broken: z.boolean() }) })),
  /** Not null: a run would fail before anything is sent, and why. */
  broken: failure.nullable(),
  lastRun: z.object({ id, status: z.string(), createdAt: time }).nullable(),
  createdAt: time,
  createdBy: person,
});
export type Workflow = z.infer<typeof workflow>;

const workflowBody = {
  name: title,
  description: description.default(''),
  source,
  steps: z
    .array(z.object({ componentId: id }))
    .min(1, 'Add a step.')
    .max(20),
};

export const listWorkflows = defineEndpoint({
  id: 'listWorkflows',
  summary: 'Workflows by name; of one project with ?project=',
  method: 'GET',
  path: '/api/organizations/:organization/workflows',
  requires: 'workflows:read',
  load: 'search',
  query: z.object({ project: id.optional(), ...pageQuery }),
  responses: { 200: z.object({ items: z.array(workflow), nextCursor, total: z.number().int() }) },
});

export const createWorkflow = defineEndpoint({
  id: 'createWorkflow',
  summary: 'Make a workflow in a project',
  method: 'POST',
  path: '/api/organizations/:organization/workflows',
  requires: 'workflows:write',
  body: z.object({ projectId: id, ...workflowBody }),
  responses: { 201: workflow },
});

export const getWorkflow = defineEndpoint({
  id: 'getWorkflow',
  summary: 'One workflow',
  method: 'GET',
  path: '/api/organizations/:organization/workflows/:workflow',
  requires: 'workflows:read',
  responses: { 200: workflow },
});

export const updateWorkflow = defineEndpoint({
  id: 'updateWorkflow',
  summary: 'Change a workflow; runs under way keep what they started with',
  method: 'PUT',
  path: '/api/organizations/:organization/workflows/:workflow',
  requires: 'workflows:write',
  body: z.object(workflowBody),
  responses: { 200: workflow },
});

export const deleteWorkflow = defineEndpoint({
  id: 'deleteWorkflow',
  summary: 'Delete a workflow with its runs and their documents',
  method: 'DELETE',
  path: '/api/organizations/:organization/workflows/:workflow',
  requires: 'workflows:write',
  responses: { 204: null },
});

export const listSourceFolders = defineEndpoint({
  id: 'listSourceFolders',
  summary: 'Folders on the server that the operator allowed this organization to read, by name',
  method: 'GET',
  path: '/api/organizations/:organization/source-folders',
  requires: 'workflows:read',
  responses: { 200: z.object({ items: z.array(z.object({ name: z.string() })) }) },
});

export const DOCUMENT_MAXIMUM_BYTES = 1024 ** 3;
/** A document that is not part of a run after this long is removed. */
export const DOCUMENT_UNUSED_HOURS = 24;

export const uploadDocument = defineEndpoint({
  id: 'uploadDocument',
  summary: 'Upload one document as raw bytes (at most 1 GiB), to be named in a run within 24 hours',
  method: 'POST',
  path: '/api/organizations/:organization/projects/:project/documents',
  requires: 'runs:start',
  load: 'upload',
  query: z.object({
    name: z.string().normalize('NFC').min(1).max(500),
    /** Counts only for a name whose end says nothing: see contentTypeOf. The answer has the type that was taken. */
    contentType: z.string().max(200).default('application/octet-stream'),
  }),
  /** RFC 9530: with `sha-256=:BASE64:` bytes that arrive differently are refused. */
  headers: z.object({ 'content-digest': z.string().max(500).optional() }),
  body: 'stream',
  responses: { 201: z.object({ id, name: z.string(), contentType: z.string(), size: z.number().int(), sha256: z.string() }) },
});

export const RUN_STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
/** Documents of a run by their state; each counts once. */
const counts = z.object({
  total: z.number(),
  waiting: z.number(),
  running: z.number(),
  /** Sent, and there now. */
  published: z.number(),
  /** There already, and not sent. */
  unchanged: z.number(),
  /** Left out: a file of the folder that could not be read. */
  skipped: z.number(),
  failed: z.number(),
});
export type ItemCounts = z.infer<typeof counts>;

const run = z.object({
  id,
  number: z.number().int(),
  workflow: reference,
  project: reference,
  status: z.enum(RUN_STATUSES),
  startedBy: person,
  createdAt: time,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  items: counts,
  /** Of the documents that were or are to be sent: what is unchanged or left out is in neither. */
  bytes: z.object({ total: z.number(), sent: z.number() }),
  /** Its uploaded documents are not kept any more, so it cannot be started again with them. */
  documentsRemovedAt: time.nullable(),
  /** Why the run failed; `component` is where to mend it. */
  failure: failure.extend({ component: reference.nullable(), secretName: z.string().nullable() }).nullable(),
});
export type Run = z.infer<typeof run>;

export const ITEM_STATUSES = ['waiting', 'running', 'published', 'unchanged', 'skipped', 'failed'] as const;
const runItem = z.object({
  id,
  name: z.string(),
  contentType: z.string(),
  size: z.number(),
  sent: z.number(),
  status: z.enum(ITEM_STATUSES),
  attempts: z.number().int(),
  publishedAs: z.string().nullable(),
  failure: failure.nullable(),
  finishedAt: time.nullable(),
});
export type RunItem = z.infer<typeof runItem>;

export const startRun = defineEndpoint({
  id: 'startRun',
  summary:
    'Start a run; when the source is `upload`, with uploaded documents or with those of an earlier run. The same Idempotency-Key starts one run only.',
  method: 'POST',
  path: '/api/organizations/:organization/workflows/:workflow/runs',
  requires: 'runs:start',
  headers: z.object({ 'idempotency-key': z.string().min(8).max(100).optional() }),
  body: z.object({
    documentIds: z.array(id).max(10_000).default([]),
    /** A run of this workflow that has ended, whose documents are taken once more, in place of `documentIds`. */
    documentsOf: id.optional(),
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
  query: z.object({ workflow: id.optional(), project: id.optional(), status: z.enum(RUN_STATUSES).optional(), ...pageQuery }),
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
  query: z.object({ status: z.enum(ITEM_STATUSES).optional(), ...pageQuery }),
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
      items: z.array(
        z.object({
          sequence: z.number().int(),
          time,
          level: z.enum(['info', 'warning', 'error']),
          message: z.string(),
          itemName: z.string().nullable(),
        }),
      ),
      nextCursor,
    }),
  },
});

export const cancelRun = defineEndpoint({
  id: 'cancelRun',
  summary: 'Stop a run within a second; what is being published is ended and counts as not published',
  method: 'POST',
  path: '/api/organizations/:organization/runs/:run/cancel',
  requires: 'runs:start',
  responses: { 202: null },
});
