import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { id, nextCursor, pageQuery, person, reference, secretName, time } from '../schemas.ts';

/** `waiting` is for an owner or admin to answer. */
export const SECRET_REQUEST_STATES = ['waiting', 'fulfilled', 'declined', 'withdrawn'] as const;

/** What somebody says beside a name. It is refused when it looks like a credential. */
const note = z.string().trim().max(1_000, 'At most 1,000 characters.').default('');

const secretRequest = z.object({
  id,
  /** As the secret should be called; an admin may give another. */
  name: secretName,
  project: reference,
  /** `null`: it was not saved when the request was made, or is gone. */
  component: reference.nullable(),
  componentType: z.string(),
  option: z.string(),
  /** What people call both. */
  titles: z.object({ componentType: z.string(), option: z.string() }),
  note: z.string(),
  state: z.enum(SECRET_REQUEST_STATES),
  askedAt: time,
  askedBy: person,
  decidedAt: time.nullable(),
  decidedBy: person.nullable(),
  /** Why it was declined. */
  reason: z.string(),
  /** The secret that fulfilled it, as it was called then. */
  secretName: z.string().nullable(),
  /** Whether there is a secret of the name now; one that the project may not use is known to admins alone. */
  secret: z.enum(['missing', 'usable', 'out-of-scope']),
  /** The caller asked for it, and may withdraw it. */
  own: z.boolean(),
});
export type SecretRequest = z.infer<typeof secretRequest>;

export const listSecretRequests = defineEndpoint({
  id: 'listSecretRequests',
  summary: 'Secrets that members have asked for, newest first; an editor sees their own',
  method: 'GET',
  path: '/api/organizations/:organization/secret-requests',
  requires: 'secret-requests:read',
  load: 'search',
  query: z.object({
    ...pageQuery,
    state: z.enum(SECRET_REQUEST_STATES).optional().describe('Those of this state alone; `waiting` is for an owner or admin to answer'),
    project: id.optional().describe('For this project alone'),
  }),
  responses: {
    200: z.object({
      items: z.array(secretRequest),
      nextCursor,
      /** How many wait, of those that the caller sees. */
      waiting: z.number().int(),
    }),
  },
});

export const requestSecret = defineEndpoint({
  id: 'requestSecret',
  summary: 'Ask owners and admins for a secret; a request holds a name and words, never a value',
  method: 'POST',
  path: '/api/organizations/:organization/projects/:project/secret-requests',
  requires: 'secret-requests:write',
  body: z.object({
    name: secretName,
    /** The option that it is for. */
    componentType: z.string().min(1).max(100),
    option: z.string().min(1).max(100),
    /** Left out while the component is not saved. */
    componentId: id.optional(),
    note,
  }),
  responses: { 201: secretRequest },
});

export const decideSecretRequest = defineEndpoint({
  id: 'decideSecretRequest',
  summary: 'Answer a request for a secret: name the secret that fulfils it, or decline',
  method: 'POST',
  path: '/api/organizations/:organization/secret-requests/:request',
  requires: 'secret-requests:decide',
  body: z.discriminatedUnion('decision', [
    z.object({
      decision: z.literal('fulfil'),
      /** One that the project may use; left out: the one of the name that was asked for. */
      secretName: secretName.optional(),
    }),
    z.object({
      decision: z.literal('decline'),
      /** Shown to who asked. */
      reason: z.string().trim().max(500, 'At most 500 characters.').default(''),
    }),
  ]),
  responses: { 204: null },
});

export const withdrawSecretRequest = defineEndpoint({
  id: 'withdrawSecretRequest',
  summary: 'Take back a request of one’s own that nobody has answered',
  method: 'DELETE',
  path: '/api/organizations/:organization/secret-requests/:request',
  requires: 'secret-requests:write',
  responses: { 204: null },
});
