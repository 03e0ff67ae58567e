import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { person, time } from '../schemas.ts';
import { keptDays, keptDaysBody } from '../workflow-settings.ts';
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
  tagged: true,
  responses: { 200: workflow },
});
