import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { id, nextCursor, pageQuery, person, time } from '../schemas.ts';

const KEY_STATES = ['current', 'retiring', 'destroyed'] as const;

/** A sealing key that the organization has or had. */
const organizationKey = z.object({
  id,
  /** 1 for the first key, one more for each that took its place. */
  generation: z.number().int(),
  fingerprint: z.string(),
  /**
   * `retiring`: its values are sealed again under the next one, or could not be; its private half is still
   * there.
   */
  state: z.enum(KEY_STATES),
  createdAt: time,
  retiredAt: time.nullable(),
  destroyedAt: time.nullable(),
  /**
   * Before then it is not destroyed, whatever is sealed under it: somebody may still be sealing for it.
   * `null` unless it is retiring.
   */
  keptUntil: time.nullable(),
  /** How many values are sealed under it now: of secrets and of components. */
  values: z.number().int(),
});
export type OrganizationKeyFacts = z.infer<typeof organizationKey>;

const KEY_ROTATION_STATES = ['requested', 're-sealing', 'finished', 'incomplete'] as const;

const keyRotation = z.object({
  id,
  /** `incomplete`: everything was done but the values in `failures`; the key that they are under is kept. */
  state: z.enum(KEY_ROTATION_STATES),
  requestedAt: time,
  requestedBy: person,
  startedAt: time.nullable(),
  finishedAt: time.nullable(),
  fromKeyId: id.nullable(),
  toKeyId: id.nullable(),
  /** Values that are to be sealed again, those that are done, and those that are left. */
  values: z.object({ total: z.number().int(), done: z.number().int(), left: z.number().int() }),
  /** The code of what it waits for, such as `record_stopped`; `null` while it goes on. */
  waitingFor: z.string().nullable(),
  /** Values that could not be sealed again and are still under a former key; at most 50 of them. */
  failures: z.array(z.object({ secretId: id, name: z.string(), code: z.string() })),
  failed: z.number().int(),
});
export type KeyRotation = z.infer<typeof keyRotation>;

export const listKeys = defineEndpoint({
  id: 'listKeys',
  summary: "The organization's sealing keys, newest first, and how far the newest rotation is",
  method: 'GET',
  path: '/api/organizations/:organization/keys',
  requires: 'organization-keys:read',
  load: 'search',
  query: z.object(pageQuery),
  responses: { 200: z.object({ items: z.array(organizationKey), nextCursor, rotation: keyRotation.nullable() }) },
});

export const rotateKeys = defineEndpoint({
  id: 'rotateKeys',
  summary: 'Ask for a new sealing key; every value is sealed again under it, and nothing has to be entered again',
  method: 'POST',
  path: '/api/organizations/:organization/keys/rotate',
  requires: 'organization-keys:rotate',
  /** The current key, as the caller knows it: another one is refused with `precondition_failed`. */
  body: z.object({ currentKeyId: id.optional() }),
  responses: { 202: z.object({ rotationId: id }) },
});
