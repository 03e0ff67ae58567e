import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { description, failure, id, ifMatchRevision, nextCursor, pageQuery, partName, person, reference, time, title } from '../schemas.ts';
import { keptDaysBody, maximumRuns } from '../workflow-settings.ts';

/** How a source or step is named in its workflow: unique there without regard to case. */

/** `new`: what an earlier run of the workflow published in the same version is left where it is. */
const documents = z.enum(['all', 'new']);

/**
 * Whether a component can be used: `awaiting-approval` when all that keeps it from that is that an owner or
 * admin has not decided yet whether a secret may be sent where its options say.
 */
const componentState = z.enum(['ok', 'awaiting-approval', 'broken']);
export type ComponentState = z.infer<typeof componentState>;
const component = reference.extend({
  type: z.string(),
  state: componentState,
  /** Whether a use of it would be refused: any state but `ok`. */
  broken: z.boolean(),
  /** Why. */
  failure: failure.nullable(),
});
const folderName = z.string().min(1).max(120);

/**
 * Where the documents of a run come from: uploaded before it, a folder that the operator allowed by name, or
 * a component of the role connector.
 */
export const source = z.discriminatedUnion('kind', [
  z.object({ name: partName, kind: z.literal('upload') }),
  z.object({ name: partName, kind: z.literal('folder'), folder: folderName }),
  z.object({ name: partName, kind: z.literal('component'), component, documents }),
]);
export type WorkflowSource = z.infer<typeof source>;

/** The name may be left out: it is made of the kind, the folder's or the component's name. */
const sourceBody = z.discriminatedUnion('kind', [
  z.object({ name: partName.optional(), kind: z.literal('upload') }),
  z.object({ name: partName.optional(), kind: z.literal('folder'), folder: folderName }),
  z.object({ name: partName.optional(), kind: z.literal('component'), componentId: id, documents: documents.default('all') }),
]);

/** What a step takes when it takes the document as it came. */
export const ORIGINAL = 'original';

const stepName = partName.refine((name) => name.toLowerCase() !== ORIGINAL, '“original” is the document as it came.');

/** In the Common Expression Language; what it may say is checked by packages/workflow. */
const expression = z.string().trim().min(1, 'Write an expression, or leave it out.').max(2_000, 'At most 2,000 characters.');

/** What a step gets in place of the document. */
const mapping = z.object({
  /** Gives its name. */
  name: expression.optional(),
  /** Each gives a field of a JSON document that takes the document's place. */
  fields: z
    .record(z.string().min(1).max(120), expression)
    .refine((fields) => Object.keys(fields).length > 0 && Object.keys(fields).length <= 100, 'Name 1 to 100 fields.')
    .optional(),
});

const stepBody = z.object({
  componentId: id,
  /** Left out: made of the component's name. */
  name: stepName.optional(),
  /**
   * `original`, or the name of an earlier step that makes documents. Left out: what the step before it makes
   * that makes any, else the original.
   */
  input: z.string().min(1).max(64).optional(),
  /** The step takes a document only when it is true. */
  condition: expression.optional(),
  mapping: mapping.optional(),
});

export const step = z.object({
  id,
  name: z.string(),
  /** `original`, or the name of an earlier step. */
  input: z.string(),
  component,
  condition: z.string().optional(),
  mapping: mapping.optional(),
});

/** What a workflow does. */
const definition = {
  sources: z.array(source),
  /** In the order in which a document goes through them. */
  steps: z.array(step),
};

/** A published state of a workflow; it never changes. */
const version = z.object({ number: z.number().int(), note: z.string(), publishedAt: time, publishedBy: person });

export const workflow = z.object({
  id,
  project: reference,
  name: z.string(),
  description: z.string(),
  /** Whether a run could start: what is in its way first. `unpublished`: there is no version yet. */
  state: z.enum(['ready', 'awaiting-approval', 'broken', 'unpublished']),
  revision: z.number().int().describe('Counts up with each change; a change may name the one that it begins from, with `If-Match`'),
  /** The last change; `null` when there was none since it was made. */
  updatedAt: time.nullable(),
  updatedBy: person.nullable(),
  /** The newest version, which runs use; `null` while none is published. */
  version: version.nullable(),
  /** Of that version; of the draft while none is published. */
  ...definition,
  /** The first of `sources`. */
  source,
  /**
   * Not null: a run would fail before anything is sent, or wait for a data plane that has its folders; and
   * why.
   */
  broken: failure.nullable(),
  /** What was saved and is not published. */
  draft: z
    .object({
      ...definition,
      broken: failure.nullable(),
      /** In sentences, against the newest version; none while none is published. */
      changes: z.array(z.string()),
      savedAt: time,
      savedBy: person,
    })
    .nullable(),
  /** Of its runs, at once. */
  maximumRuns,
  /** Days after the end of a run; `null`: as the organization says. */
  kept: keptDaysBody,
  lastRun: z.object({ id, status: z.string(), createdAt: time }).nullable(),
  /** Triggers that are not paused and start nothing now, or failed three times in a row or more; and why. */
  failingTriggers: z.array(reference.extend({ failure })),
  createdAt: time,
  createdBy: person,
});
export type Workflow = z.infer<typeof workflow>;
export type WorkflowDefinition = Pick<Workflow, 'sources' | 'steps'>;

/** Of one workflow. */
export const SOURCES_MAXIMUM = 10;
const VERSION_NOTE_CHARACTERS = 500;
const note = z.string().trim().max(VERSION_NOTE_CHARACTERS, `At most ${VERSION_NOTE_CHARACTERS} characters.`).default('');

const YAML_CHARACTERS = 200_000;

const workflowBody = {
  name: title,
  description: description.default(''),
  /**
   * The workflow as a file, as somebody wrote it. Kept for its comments and order alone, which count at once
   * like the description; what the workflow does is said by the other fields. Left out, it stays as it is.
   */
  yaml: z
    .string()
    .max(YAML_CHARACTERS, `At most ${YAML_CHARACTERS.toLocaleString('en')} characters.`)
    .optional(),
  /** The only one; in place of `sources`. */
  source: sourceBody.optional(),
  sources: z.array(sourceBody).min(1, 'Add a source.').max(SOURCES_MAXIMUM).optional(),
  steps: z.array(stepBody).min(1, 'Add a step.').max(20),
  publish: z.boolean().default(true).describe('`false`: sources and steps are saved as the draft, and runs go on with the newest version'),
  /** What is new, in words; of the version. */
  note,
  /**
   * These take effect at once, also with a draft; left out, they stay as they are. `kept` asks for the right
   * to change how long things are kept (`retention:write`).
   */
  maximumRuns: maximumRuns.optional(),
  kept: keptDaysBody.optional(),
};

/** The `revision` that was read, which is the ETag. */
export const ifMatchWorkflow = z.object({ 'if-match': ifMatchRevision('revision of the workflow') });

export const listWorkflows = defineEndpoint({
  id: 'listWorkflows',
  summary: 'Workflows by name; of one project with ?project=',
  method: 'GET',
  path: '/api/organizations/:organization/workflows',
  requires: 'workflows:read',
  load: 'search',
  query: z.object({ project: id.optional().describe('Those of this project alone'), ...pageQuery }),
  responses: { 200: z.object({ items: z.array(workflow), nextCursor, total: z.number().int() }) },
});

export const createWorkflow = defineEndpoint({
  id: 'createWorkflow',
  summary: 'Make a workflow in a project, and publish it unless `publish` is false',
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
  tagged: true,
  responses: {
    /**
     * `yaml`: with the comments that people wrote in it; `null` when nobody wrote one. It may say less than
     * the rest.
     */
    200: workflow.extend({ yaml: z.string().nullable() }),
  },
});
/** With the text that it was written as. */
export type WrittenWorkflow = z.infer<(typeof getWorkflow)['responses'][200]>;

export const updateWorkflow = defineEndpoint({
  id: 'updateWorkflow',
  summary:
    'Change a workflow, and publish it unless `publish` is false; runs under way keep what they started with. `If-Match` refuses what would replace a change of somebody else',
  method: 'PUT',
  path: '/api/organizations/:organization/workflows/:workflow',
  requires: 'workflows:write',
  headers: ifMatchWorkflow,
  body: z.object(workflowBody),
  tagged: true,
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
  tagged: true,
  responses: { 200: workflow },
});

export const publishWorkflow = defineEndpoint({
  id: 'publishWorkflow',
  summary: 'Make the next version of the draft; runs use it from now on',
  method: 'POST',
  path: '/api/organizations/:organization/workflows/:workflow/publish',
  requires: 'workflows:write',
  headers: ifMatchWorkflow,
  body: z.object({ note }),
  tagged: true,
  responses: { 200: workflow },
});

export const discardWorkflowDraft = defineEndpoint({
  id: 'discardWorkflowDraft',
  summary: 'Forget the draft: the newest version is all there is',
  method: 'DELETE',
  path: '/api/organizations/:organization/workflows/:workflow/draft',
  requires: 'workflows:write',
  headers: ifMatchWorkflow,
  tagged: true,
  responses: { 200: workflow },
});

export const listWorkflowVersions = defineEndpoint({
  id: 'listWorkflowVersions',
  summary: 'Versions of a workflow, newest first, with what each changed',
  method: 'GET',
  path: '/api/organizations/:organization/workflows/:workflow/versions',
  requires: 'workflows:read',
  query: z.object(pageQuery),
  responses: {
    200: z.object({
      items: z.array(
        version.extend({
          ...definition,
          /** In sentences, against the version before it; none of the first. */
          changes: z.array(z.string()),
        }),
      ),
      nextCursor,
    }),
  },
});
export type WorkflowVersion = z.infer<(typeof listWorkflowVersions)['responses'][200]>['items'][number];

export const restoreWorkflowVersion = defineEndpoint({
  id: 'restoreWorkflowVersion',
  summary: 'Take a version as the draft; publishing that makes a new version',
  method: 'POST',
  path: '/api/organizations/:organization/workflows/:workflow/versions/:number/restore',
  requires: 'workflows:write',
  headers: ifMatchWorkflow,
  tagged: true,
  responses: { 200: workflow },
});

export const deleteWorkflow = defineEndpoint({
  id: 'deleteWorkflow',
  summary: 'Delete a workflow with its runs and their documents',
  method: 'DELETE',
  path: '/api/organizations/:organization/workflows/:workflow',
  requires: 'workflows:write',
  headers: ifMatchWorkflow,
  responses: { 204: null },
});

const preflightCheck = z.object({
  /** What was looked at; `null` for a folder. */
  component: reference.nullable(),
  /** The folder of a source that was looked at; `null` for a component. */
  folder: z.string().nullable(),
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

const preflight = z.object({
  passed: z.boolean(),
  /** In the order in which a document meets them, each folder and component once. */
  checks: z.array(preflightCheck),
});
export type Preflight = z.infer<typeof preflight>;

const preflightQuery = z.object({
  services: z.enum(['ask', 'leave']).default('ask').describe('`leave`: only what shows without asking a service is looked at'),
});

export const preflightWorkflow = defineEndpoint({
  id: 'preflightWorkflow',
  summary:
    'Find out whether a run would fail, without running: secrets, destinations, folders, and whether each service accepts the credentials; waits up to 30 seconds for a service',
  method: 'POST',
  path: '/api/organizations/:organization/workflows/:workflow/preflight',
  requires: 'runs:start',
  load: 'wait',
  query: preflightQuery,
  responses: {
    /** Of the newest version; of the draft while none is published. */
    200: preflight.extend({
      /** Of the workflow, when it was looked at. */
      revision: z.number().int(),
      /** Of what was saved beside a version and is not published; `null` when there is none. */
      draft: preflight.nullable(),
    }),
  },
});

export const preflightDefinition = defineEndpoint({
  id: 'preflightDefinition',
  summary:
    'Find out whether a run of a workflow that is not saved would fail: what would refuse it when it is saved, and what preflightWorkflow looks at',
  method: 'POST',
  path: '/api/organizations/:organization/projects/:project/preflight',
  requires: 'runs:start',
  load: 'wait',
  query: preflightQuery,
  body: z.object({ source: workflowBody.source, sources: workflowBody.sources, steps: workflowBody.steps }),
  responses: { 200: preflight },
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
