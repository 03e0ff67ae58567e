import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { envelope, failure, id, ifMatchRevision, nextCursor, pageQuery, person, reference, time, title } from '../schemas.ts';

const componentType = z.object({
  type: z.string(),
  role: z.enum(['connector', 'model', 'publisher']),
  title: z.string(),
  description: z.string(),
  /** JSON Schema 2020-12 of the configuration. A sensitive string has `"x-secret": true`. */
  schema: z.record(z.string(), z.unknown()),
});
export type ComponentType = z.infer<typeof componentType>;

export const listComponentTypes = defineEndpoint({
  id: 'listComponentTypes',
  summary: 'Kinds of components, with the JSON Schema of their configuration',
  method: 'GET',
  path: '/api/organizations/:organization/component-types',
  requires: 'projects:read',
  responses: { 200: z.object({ items: z.array(componentType) }) },
});

const usability = z.enum(['ok', 'secret_missing', 'secret_expired', 'secret_out_of_scope']);
/**
 * Whether a project may use a secret now; when not, the code of the error that a use would end with. The
 * words of db/usable.sql too.
 */
export type Usability = z.infer<typeof usability>;

/**
 * How a sensitive option is filled: by one organization secret, by a text with secrets in it, or by an own
 * value, which is sealed for the component alone and has no name.
 */
const sensitiveOption = z.object({
  option: z.string(),
  source: z.enum(['organization-secret', 'text', 'own-value', 'none']),
  /** Of the organization secret that is the whole value. */
  secretName: z.string().nullable(),
  /** Of the first of its values that cannot be used; `ok` when all can. */
  state: usability,
  /** The organization secrets that it names. */
  secrets: z.array(z.object({ name: z.string(), state: usability })),
});

const component = z.object({
  id,
  project: reference,
  name: z.string(),
  type: z.string(),
  /**
   * A sensitive option reads `${secret.NAME}`, or a text with such references; it is left out when it has its
   * own sealed value.
   */
  configuration: z.record(z.string(), z.unknown()),
  sensitiveOptions: z.array(sensitiveOption),
  /** Not null: the component cannot be used as it is, and why. */
  broken: failure.nullable(),
  /** Where its options say that it sends, apart from what its values say: `scheme://host:port`. */
  destinations: z.array(z.string()),
  /** Secrets that may not be sent to one of these yet. In `observe` mode a use goes on. */
  unapproved: z.array(
    z.object({
      /** `null`: the component's own value. */
      secretName: z.string().nullable(),
      destination: z.string(),
      /** `narrowed`: it is none of the secret's own destinations. */
      state: z.enum(['requested', 'refused', 'revoked', 'unasked', 'narrowed']),
      /** Why it was refused or revoked. */
      reason: z.string(),
    }),
  ),
  workflows: z.array(reference),
  revision: z.number().int(),
  createdAt: time,
  createdBy: person,
  updatedAt: time,
  updatedBy: person,
});
export type Component = z.infer<typeof component>;

const componentBody = {
  /**
   * Of several secrets: `https://${secrets.USER}:${secrets.PASSWORD}@example.com`. `$${secret.` stands for
   * the text `${secret.` itself.
   */
  configuration: z
    .record(z.string(), z.unknown())
    .describe('A sensitive option is a reference to a secret, or a text with several, or left out; a value in clear is refused'),
  sealedOptions: z
    .record(z.string(), envelope)
    .default({})
    .describe('Own values by option, sealed by the caller with kind `component-value`. Those not named keep what they have'),
  /**
   * Options that may stand in clear although they look like a credential, such as a URL with a password.
   * Those that are stored already need not be named.
   */
  plainOptions: z.array(z.string().max(100)).max(100).default([]),
};

/** The `revision` that was read, which is the ETag. */
const ifMatch = z.object({ 'if-match': ifMatchRevision('revision of the component') });

export const listComponents = defineEndpoint({
  id: 'listComponents',
  summary: 'Components of a project by name',
  method: 'GET',
  path: '/api/organizations/:organization/projects/:project/components',
  requires: 'components:read',
  load: 'search',
  query: z.object(pageQuery),
  responses: { 200: z.object({ items: z.array(component), nextCursor, total: z.number().int() }) },
});

export const createComponent = defineEndpoint({
  id: 'createComponent',
  summary: 'Configure a component',
  method: 'POST',
  path: '/api/organizations/:organization/projects/:project/components',
  requires: 'components:write',
  body: z.object({
    name: title,
    type: z.string().max(100),
    ...componentBody,
    /**
     * What to do with a reference to a secret that does not exist, or that the caller may not know of.
     * `keep`: the component is made, and is broken until somebody says that a secret of this name is meant.
     */
    missingSecrets: z.enum(['refuse', 'keep']).default('refuse'),
  }),
  responses: { 201: component },
});

export const getComponent = defineEndpoint({
  id: 'getComponent',
  summary: 'One component',
  method: 'GET',
  path: '/api/organizations/:organization/projects/:project/components/:component',
  requires: 'components:read',
  tagged: true,
  responses: { 200: component },
});

export const updateComponent = defineEndpoint({
  id: 'updateComponent',
  summary: 'Save a component; `revision` must be the one that was read',
  method: 'PUT',
  path: '/api/organizations/:organization/projects/:project/components/:component',
  requires: 'components:write',
  headers: ifMatch,
  body: z.object({ name: title, revision: z.number().int(), ...componentBody }),
  tagged: true,
  responses: { 200: component },
});

export const deleteComponent = defineEndpoint({
  id: 'deleteComponent',
  summary: 'Delete a component that no workflow uses, with its own sealed values',
  method: 'DELETE',
  path: '/api/organizations/:organization/projects/:project/components/:component',
  requires: 'components:write',
  headers: ifMatch,
  responses: { 204: null },
});

const testAnswer = z.object({
  passed: z.boolean(),
  /** What was found, in one sentence; or why it failed. */
  detail: z.string(),
  failure: failure.nullable(),
  /** Where it sends to, as far as it was found out: `scheme://host:port`. */
  destinations: z.array(z.string()),
  milliseconds: z.number(),
});

export const testUnsavedComponent = defineEndpoint({
  id: 'testUnsavedComponent',
  summary: 'Ask the data plane to try a configuration that is not saved against the real service; waits up to 30 seconds',
  method: 'POST',
  path: '/api/organizations/:organization/projects/:project/component-tests',
  requires: 'components:test',
  load: 'wait',
  body: z.object({
    /** As it would be called; for the record. */
    name: title,
    type: z.string().max(100),
    /**
     * The saved component that is being changed: options that are left out keep its own values. Left out for
     * a new one.
     */
    componentId: id.optional(),
    ...componentBody,
  }),
  responses: { 200: testAnswer },
});

export const testComponent = defineEndpoint({
  id: 'testComponent',
  summary: 'Ask the data plane to try the saved configuration against the real service; waits up to 30 seconds',
  method: 'POST',
  path: '/api/organizations/:organization/projects/:project/components/:component/test',
  requires: 'components:test',
  load: 'wait',
  responses: { 200: testAnswer },
});
