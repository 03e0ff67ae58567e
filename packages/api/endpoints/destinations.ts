import { DESTINATION_MODES } from '@holdfast/envelope';
import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { id, nextCursor, pageQuery, person, reference, searchText, secretName, time } from '../schemas.ts';

/** `requested` waits for an owner or admin; what was `refused` or `revoked` they can still approve. */
export const DESTINATION_STATES = ['requested', 'approved', 'refused', 'revoked'] as const;

const consumer = z.object({ id, name: z.string(), project: reference });

/** A secret's value and a place that it does not name itself. */
const secretDestination = z.object({
  /** `null`: the own value of the component in `askedFor` or `usedBy`. */
  secret: z.object({ id, name: z.string().nullable() }),
  /** `scheme://host:port` */
  destination: z.string(),
  state: z.enum(DESTINATION_STATES),
  /**
   * What the secret's own destinations say, whatever the state: that it is one of them, or none of them.
   * `null`: the secret has none, and the state holds.
   */
  ownDestinations: z.enum(['hold-it', 'lack-it']).nullable(),
  askedAt: time,
  /** `null` when it was approved without being asked for. */
  askedBy: person.nullable(),
  askedFor: consumer.nullable(),
  decidedAt: time.nullable(),
  decidedBy: person.nullable(),
  /** Why it was refused or revoked. */
  reason: z.string(),
  /** Components whose options send the secret there now; at most 20 of them. */
  usedBy: z.array(consumer),
  usedByTotal: z.number().int(),
});
export type SecretDestination = z.infer<typeof secretDestination>;

export const listDestinations = defineEndpoint({
  id: 'listDestinations',
  summary: 'Destinations that secrets are or were to be sent to by approval, newest request first, and the destination mode',
  method: 'GET',
  path: '/api/organizations/:organization/destinations',
  requires: 'destinations:read',
  load: 'search',
  query: z.object({
    ...pageQuery,
    state: z.enum(DESTINATION_STATES).optional().describe('Those of this state alone; `requested` waits for an owner or admin'),
    secret: secretName.optional().describe('Of the secret of this name alone'),
    search: searchText.optional().describe("Part of the secret's name or of the destination"),
  }),
  responses: {
    200: z.object({
      items: z.array(secretDestination),
      nextCursor,
      mode: z.enum(DESTINATION_MODES),
      counts: z.object({
        requested: z.number().int(),
        /** Secrets and places to which components send them now, and which `enforce` refuses. */
        refusedByEnforce: z.number().int(),
      }),
    }),
  },
});

export const DESTINATIONS_AT_ONCE = 100;
export const DESTINATION_DECISIONS = ['approve', 'refuse', 'revoke'] as const;

export const decideDestinations = defineEndpoint({
  id: 'decideDestinations',
  summary:
    'Approve destinations for secrets, refuse them, or revoke an approval; all of them or none. One of a secret’s own destinations is neither refused nor revoked',
  method: 'POST',
  path: '/api/organizations/:organization/destinations',
  requires: 'destinations:write',
  body: z.object({
    decision: z.enum(DESTINATION_DECISIONS),
    items: z
      .array(
        z.object({
          secretId: id,
          /** A URL is enough: `https://api.example.com` means port 443. */
          destination: z.string().min(1).max(300),
        }),
      )
      .min(1)
      .max(DESTINATIONS_AT_ONCE),
    /** Why; shown to who asked. */
    reason: z.string().trim().max(500, 'At most 500 characters.').default(''),
  }),
  responses: { 204: null },
});

export const setDestinationMode = defineEndpoint({
  id: 'setDestinationMode',
  summary: 'Refuse uses whose destination nobody has approved, or let them go on and record them',
  method: 'PUT',
  path: '/api/organizations/:organization/destinations/mode',
  requires: 'destinations:write',
  body: z.object({ mode: z.enum(DESTINATION_MODES) }),
  responses: { 204: null },
});
