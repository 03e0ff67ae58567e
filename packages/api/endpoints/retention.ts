import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { person, time } from '../schemas.ts';
import { keptDays, keptDaysBody, maximumRuns } from '../workflow-settings.ts';
import { ifMatchWorkflow, workflow } from './workflows.ts';

const retention = z.object({
  ...keptDays,
  /** What `null` means here: of documents what the operator has set; logs and runs stay. */
  defaults: z.object({ documentDays: z.number().int(), logDays: z.null(), runDays: z.null() }),
  changedAt: time.nullable(),
  changedBy: person.nullable(),
});
export type Retention = z.infer<typeof retention>;

export const getRetention = defineEndpoint({
  id: 'getRetention',
  summary: 'How long documents, logs and runs are kept',
  method: 'GET',
  path: '/api/organizations/:organization/retention',
  requires: 'organization:read',
  responses: { 200: retention },
});

export const setRetention = defineEndpoint({
  id: 'setRetention',
  summary: 'Change how long documents, logs and runs are kept; it holds for runs that have ended, too',
  method: 'PUT',
  path: '/api/organizations/:organization/retention',
  requires: 'retention:write',
  body: keptDaysBody,
  responses: { 200: retention },
});

export const setWorkflowRetention = defineEndpoint({
  id: 'setWorkflowRetention',
  summary: 'Change how long documents, logs and runs of one workflow are kept',
  method: 'PUT',
  path: '/api/organizations/:organization/workflows/:workflow/retention',
  requires: 'retention:write',
  headers: ifMatchWorkflow,
  body: keptDaysBody,
  responses: { 200: workflow },
});

export const setWorkflowLimits = defineEndpoint({
  id: 'setWorkflowLimits',
  summary: 'Change how many runs of a workflow are under way at once; runs that wait begin at once when there is room',
  method: 'PUT',
  path: '/api/organizations/:organization/workflows/:workflow/limits',
  requires: 'workflows:write',
  headers: ifMatchWorkflow,
  body: z.object({ maximumRuns }),
  responses: { 200: workflow },
});

export const downloadRunDocument = defineEndpoint({
  id: 'downloadRunDocument',
  summary: 'The bytes of a document of a run, uploaded or made by a model, while they are kept',
  method: 'GET',
  path: '/api/organizations/:organization/runs/:run/documents/:document',
  requires: 'documents:read',
  load: 'download',
  /**
   * 303: the document lies in a bucket. `Location` is an address of the data plane, which gives it out once.
   */
  responses: { 200: 'bytes', 303: null },
});
