import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { description, failure, id, nextCursor, pageQuery, person, reference, time, title } from '../schemas.ts';

const upload = z.object({ kind: z.literal('upload') });
const folder = z.object({ kind: z.literal('folder'), folder: z.string().min(1).max(120) });
/** `new`: what an earlier run of the workflow published in the same version is left where it is. */
const documents = z.enum(['all', 'new']);
const component = reference.extend({ type: z.string(), broken: z.boolean() });

/**
 * Where the documents of a run come from: uploaded before it, a folder that the operator allowed by name, or
 * a component of the role connector.
 */
const source = z.discriminatedUnion('kind', [upload, folder, z.object({ kind: z.literal('component'), component, documents })]);
const sourceBody = z.discriminatedUnion('kind', [
  upload,
  folder,
  z.object({ kind: z.literal('component'), componentId: id, documents: documents.default('all') }),
]);

/** What a step takes when it takes the document as it came. */
export const ORIGINAL = 'original';

/** How other steps name a step; unique in the workflow without regard to case. */
const stepName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_-]{0,63}$/, 'Use letters, digits, - and _, beginning with a letter; at most 64.')
  .refine((name) => name.toLowerCase() !== ORIGINAL, '“original” is the document as it came.');

const stepBody = z.object({
  componentId: id,
  /** Left out: made of the component's name. */
  name: stepName.optional(),
  /**
   * `original`, or the name of an earlier step that makes documents. Left out: what the step before it makes
   * that makes any, else the original.
   */
  input: z.string().min(1).max(64).optional(),
});

const workflow = z.object({
  id,
  project: reference,
  name: z.string(),
  description: z.string(),
  source,
  /**
   * In the order in which a document goes through them. `input`: `original`, or the name of an earlier step.
   */
  steps: z.array(z.object({ id, name: z.string(), input: z.string(), component })),
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
  source: sourceBody,
  steps: z.array(stepBody).min(1, 'Add a step.').max(20),
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

const preflightCheck = z.object({
  /** What was looked at; `null` for the folder of the source. */
  component: reference.nullable(),
  /** Names of the steps that use it; none of a source. */
  steps: z.array(z.string()),
  passed: z.boolean(),
  /** What was found, or why a run would fail, in one sentence. */
  detail: z.string(),
  failure: failure.nullable(),
  /** How long the service took to answer; `null` when it was not asked. */
  milliseconds: z.number().nullable(),
});
export type PreflightCheck = z.infer<typeof preflightCheck>;

export const preflightWorkflow = defineEndpoint({
  id: 'preflightWorkflow',
  summary:
    'Find out whether a run would fail, without running: secrets, destinations, and whether each service accepts the credentials; waits up to 30 seconds for a service',
  method: 'POST',
  path: '/api/organizations/:organization/workflows/:workflow/preflight',
  requires: 'runs:start',
  load: 'wait',
  responses: {
    200: z.object({
      passed: z.boolean(),
      /** In the order in which a document meets them, each component once. */
      checks: z.array(preflightCheck),
    }),
  },
});

export const listSourceFolders = defineEndpoint({
  id: 'listSourceFolders',
  summary: 'Folders on the server that the operator allowed this organization to read, by name',
  method: 'GET',
  path: '/api/organizations/:organization/source-folders',
  requires: 'workflows:read',
  /** `available`: a data plane that runs now has it. A run that reads a folder without one waits for one. */
  responses: { 200: z.object({ items: z.array(z.object({ name: z.string(), available: z.boolean() })) }) },
});
