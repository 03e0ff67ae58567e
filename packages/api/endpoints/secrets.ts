import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import {
  description,
  destinations,
  envelope,
  expiry,
  id,
  ifMatchSecret,
  nextCursor,
  obtainUrl,
  pageQuery,
  person,
  reference,
  searchText,
  secretKind,
  secretName,
  time,
} from '../schemas.ts';
import { DESTINATION_STATES } from './destinations.ts';

export const getSealingKey = defineEndpoint({
  id: 'getSealingKey',
  summary: "The organization's public key, signed by the data plane",
  method: 'GET',
  path: '/api/organizations/:organization/sealing-key',
  requires: 'sealing-key:read',
  responses: {
    200: z.object({
      instanceId: id,
      organizationId: id,
      keyId: id,
      generation: z.number().int(),
      /** KEM ML-KEM-768 + X25519 public key, 1,216 bytes in base64url. */
      publicKey: z.string(),
      /** Ed25519 by the data plane over {instance, organization, key id, generation, key}. */
      signature: z.string(),
      /** The data plane's Ed25519 public key, 32 bytes in base64url. */
      signingKey: z.string(),
    }),
  },
});

const scope = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('all-projects') }),
  z.object({ kind: z.literal('projects'), projectIds: z.array(id).min(1, 'Name at least one project.').max(500) }),
]);

const metadata = {
  description: description.optional(),
  kind: secretKind.optional(),
  ownerId: id.nullable().optional(),
  scope: scope.optional(),
  rotationDays: z.number().int().min(1).max(3650).nullable().optional(),
  expiresAt: expiry.nullable().optional().describe('From then on it counts as missing. A plain date is the end of that day in UTC'),
  destinations: destinations
    .optional()
    .describe('Narrow the destinations that are sealed with the value, and cannot widen them. Empty: no narrowing'),
  obtainUrl: obtainUrl.nullable().optional(),
};

const SECRET_STATES = ['ok', 'expired', 'rotation-due'] as const;

export const secret = z.object({
  id,
  name: secretName,
  description: z.string(),
  kind: secretKind,
  owner: person.nullable(),
  scope: z.object({ kind: z.enum(['all-projects', 'projects']), projects: z.array(reference) }),
  rotationDays: z.number().nullable(),
  rotationDueAt: time.nullable(),
  expiresAt: time.nullable(),
  destinations: z.array(z.string()),
  obtainUrl: z.string().nullable(),
  state: z.enum(SECRET_STATES),
  currentVersionId: id,
  metadataRevision: z.number().int().describe('Goes up with every change of the metadata; a part of the ETag'),
  createdAt: time,
  createdBy: person,
  replacedAt: time.nullable(),
  replacedBy: person.nullable(),
  lastUsedAt: time.nullable(),
  usedBy: z.number().int().describe('Number of places that use it'),
  usesPerWeek: z.array(z.number().int()).describe('Uses in each of the last 13 weeks, oldest first'),
});
export type Secret = z.infer<typeof secret>;

/**
 * A place that uses a secret: of a component, or of a trigger of the one workflow that is named. `place` says
 * where for people.
 */
export const binding = z.object({
  id,
  secretName,
  broken: z.boolean(),
  place: z.string(),
  option: z.string(),
  project: reference,
  component: reference.nullable(),
  trigger: reference.nullable(),
  workflows: z.array(reference),
});
export type Binding = z.infer<typeof binding>;

/** A secret that was not used for so many days, nor made in them, is called unused. */
export const UNUSED_DAYS = 90;
export const SECRET_SORTS = ['name', 'created', 'last-used', 'due'] as const;

export const listSecrets = defineEndpoint({
  id: 'listSecrets',
  summary: 'Secrets of the organization, by name unless another order is asked for, a page at a time',
  method: 'GET',
  path: '/api/organizations/:organization/secrets',
  requires: 'secrets:read',
  load: 'search',
  query: z.object({
    search: searchText.optional().describe('Part of a name or description, without regard to case'),
    filter: z.enum(['rotation-due', 'expired', 'unused']).optional().describe('`unused`: not used for 90 days, nor made in them'),
    kind: secretKind.optional().describe('Those of this kind alone'),
    project: id.optional().describe('Those that this project may use'),
    sort: z.enum(SECRET_SORTS).optional().describe('`name` by default; `due` is the rotation or the expiry, whichever comes first'),
    order: z.enum(['asc', 'desc']).optional().describe('`asc` by default'),
    ...pageQuery,
  }),
  responses: {
    200: z.object({
      items: z.array(secret),
      nextCursor,
      total: z.number().int().nullable().describe('How many fit the question; null on every page but the first'),
      counts: z
        .object({ all: z.number(), rotationDue: z.number(), expired: z.number(), unused: z.number() })
        .nullable()
        .describe('Of all secrets of the organization; null on every page but the first'),
    }),
  },
});

export const getSecret = defineEndpoint({
  id: 'getSecret',
  summary: 'One secret; its value is not part of the answer and never will be',
  method: 'GET',
  path: '/api/organizations/:organization/secrets/:name',
  requires: 'secrets:read',
  tagged: true,
  responses: { 200: secret },
});

export const putSecret = defineEndpoint({
  id: 'putSecret',
  summary: 'Add a secret (201), or replace its value (204), with a sealed envelope',
  method: 'PUT',
  path: '/api/organizations/:organization/secrets/:name',
  requires: 'secrets:write',
  load: 'shared-change',
  headers: z.object({
    'if-match': ifMatchSecret,
    'if-none-match': z.literal('*').optional().describe('Only add: 412 when there is a secret of this name'),
  }),
  body: z.object({ envelope, ...metadata }),
  tagged: true,
  responses: { 201: secret, 204: null },
});

export const updateSecret = defineEndpoint({
  id: 'updateSecret',
  summary: 'Change what is known about a secret, without its value',
  method: 'PATCH',
  path: '/api/organizations/:organization/secrets/:name',
  requires: 'secrets:write',
  headers: z.object({ 'if-match': ifMatchSecret }),
  body: z.object(metadata),
  tagged: true,
  responses: { 200: secret },
});

export const deleteSecret = defineEndpoint({
  id: 'deleteSecret',
  summary:
    'Delete a secret for good; while used only with ?confirm={name} or ?replaceWith={other}, which may then be sent where the deleted one was approved for (getSecretReplacement says where)',
  method: 'DELETE',
  path: '/api/organizations/:organization/secrets/:name',
  requires: 'secrets:delete',
  headers: z.object({ 'if-match': ifMatchSecret }),
  query: z.object({
    confirm: z.string().max(128).optional().describe('The name once more: what uses the secret stops working'),
    replaceWith: secretName
      .optional()
      .describe(
        'The secret that is used in its place from then on. Where the deleted one was approved for, this one is too; every other destination of these places waits for an owner or admin. What was decided for this one before stays.',
      ),
  }),
  responses: { 204: null },
});

/** Of a secret and a destination to which a component sends it. */
const destinationState = z.enum([
  ...DESTINATION_STATES,
  /** Nobody has asked for it, or decided about it. */
  'unasked',
  /** The secret has destinations of its own, and this is none of them. */
  'narrowed',
]);

const replacedDestination = z.object({
  /** `scheme://host:port` */
  destination: z.string(),
  /** For the secret that would take the place. */
  before: destinationState,
  /** The same, once it has. `narrowed`: it cannot take the place. */
  after: destinationState.exclude(['unasked']),
});
export type ReplacedDestination = z.infer<typeof replacedDestination>;

export const getSecretReplacement = defineEndpoint({
  id: 'getSecretReplacement',
  summary: 'Where another secret would be sent once it takes the place of this one, as deleteSecret does, and what of it would be approved',
  method: 'GET',
  path: '/api/organizations/:organization/secrets/:name/replacement',
  requires: 'destinations:read',
  load: 'search',
  query: z.object({ ...pageQuery, replaceWith: secretName.describe('The secret that would take its place') }),
  responses: { 200: z.object({ items: z.array(replacedDestination), nextCursor, total: z.number().int() }) },
});

export const listSecretBindings = defineEndpoint({
  id: 'listSecretBindings',
  summary: 'Every place that uses the secret',
  method: 'GET',
  path: '/api/organizations/:organization/secrets/:name/bindings',
  requires: 'secrets:read',
  load: 'search',
  query: z.object(pageQuery),
  responses: { 200: z.object({ items: z.array(binding), nextCursor, total: z.number().int() }) },
});

export const listSecretVersions = defineEndpoint({
  id: 'listSecretVersions',
  summary: 'When the value was set, by whom, and under which key; newest first',
  method: 'GET',
  path: '/api/organizations/:organization/secrets/:name/versions',
  requires: 'secrets:read',
  query: z.object(pageQuery),
  responses: {
    200: z.object({
      items: z.array(z.object({ id, state: z.enum(['current', 'superseded']), keyId: id, createdAt: time, createdBy: person })),
      nextCursor,
    }),
  },
});

export const listSecretNames = defineEndpoint({
  id: 'listSecretNames',
  summary: 'Names of the secrets that a project may use, for choosing one',
  method: 'GET',
  path: '/api/organizations/:organization/projects/:project/secret-names',
  requires: 'secret-names:read',
  load: 'search',
  query: z.object({
    search: searchText.optional().describe('Part of a name or description, without regard to case'),
    name: z.string().max(128).optional().describe('Only the secret of exactly this name'),
    scope: z
      .enum(['project', 'any'])
      .default('project')
      .describe('`any`: those too that the project may not use, for callers who may list all secrets'),
    ...pageQuery,
  }),
  responses: {
    200: z.object({
      items: z.array(
        z.object({
          id,
          name: secretName,
          description: z.string(),
          kind: secretKind,
          /** What narrows the destinations that are sealed with its value; empty when nothing does. */
          destinations: z.array(z.string()),
          state: z.enum(SECRET_STATES),
          /** The project may use it. */
          inScope: z.boolean(),
          /** How many projects may use it; `null`: all, or the caller may not list all secrets. */
          projects: z.number().int().nullable(),
          /** `null` without a rotation, or when the caller may not list all secrets. */
          rotationDueAt: time.nullable(),
          replacedAt: time.nullable(),
          createdAt: time,
        }),
      ),
      nextCursor,
      total: z.number().int(),
    }),
  },
});
