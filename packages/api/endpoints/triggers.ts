import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { expiry, failure, id, person, secretName, time, title } from '../schemas.ts';
import { RUN_STATUSES } from './runs.ts';
import type { WorkflowSource } from './workflows.ts';

export const TRIGGER_KINDS = ['cron', 'webhook', 'poll', 'upload'] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

/** The kinds of sources of which a workflow needs one, for a trigger of each kind to start a run. */
export const SOURCES_FOR_TRIGGERS: Readonly<Record<TriggerKind, readonly WorkflowSource['kind'][]>> = {
  cron: ['folder', 'component'],
  poll: ['component'],
  webhook: ['upload'],
  upload: ['upload'],
};

/** How a request says who sent it: see docs/guides/triggers.md. */
export const HOOK_SIGNATURES = ['holdfast', 'github', 'stripe', 'standard-webhooks'] as const;
export type HookSignature = (typeof HOOK_SIGNATURES)[number];

/** Of one request to a hook: it is held in memory until its signature is checked. */
export const HOOK_MAXIMUM_BYTES = 5 * 1024 * 1024;
/** Files in one request to an upload address. */
export const UPLOAD_MAXIMUM_FILES = 100;
export const TRIGGERS_PER_WORKFLOW = 20;

const cron = z.object({
  kind: z.literal('cron'),
  /** Five fields: minute, hour, day of the month, month, day of the week. */
  expression: z.string().trim().min(9).max(200),
  /** An IANA name, such as `Europe/Berlin`. */
  timeZone: z.string().min(1).max(64).default('UTC'),
  /** Of times at which no data plane ran: `once` starts one run for all of them, `skip` none. */
  missed: z.enum(['once', 'skip']).default('once'),
  /** A time that was missed longer ago than this is left out in any case. */
  missedHours: z.int().min(1).max(720).default(24),
});
const poll = z.object({
  kind: z.literal('poll'),
  /** How often the connector is asked; at most once a minute, at least once a day. */
  everyMinutes: z.int().min(1).max(1_440).default(15),
});
const webhook = z.object({
  kind: z.literal('webhook'),
  signature: z.enum(HOOK_SIGNATURES).default('holdfast'),
  /** What the document is called; {time} and {delivery} are filled in. */
  documentName: z.string().normalize('NFC').min(1).max(200).default('{time}-{delivery}'),
  maximumBytes: z
    .int()
    .min(1)
    .max(HOOK_MAXIMUM_BYTES)
    .default(1024 * 1024),
  /** Runs that it starts in a minute at the most. */
  perMinute: z.int().min(1).max(600).default(60),
});
const upload = z.object({
  kind: z.literal('upload'),
  /** Of one file. */
  maximumBytes: z
    .int()
    .min(1)
    .max(1024 ** 3)
    .default(100 * 1024 * 1024),
  /** Requests in a minute at the most, each of which starts a run. */
  perMinute: z.int().min(1).max(600).default(60),
});

const stored = z.discriminatedUnion('kind', [cron, poll, webhook, upload]);
/** What is stored of a trigger's settings: secret and token are kept beside it. */
export type StoredTriggerSettings = z.infer<typeof stored>;

const settings = z.discriminatedUnion('kind', [
  cron,
  poll,
  webhook.extend({ secretName: z.string().nullable() }),
  upload.extend({ expiresAt: time.nullable() }),
]);
const settingsBody = z.discriminatedUnion('kind', [
  cron,
  poll,
  /** The organization secret that requests are signed with. */
  webhook.extend({ secretName }),
  /** When its token ends; null: when it is revoked. */
  upload.extend({ expiresAt: expiry.nullable().default(null) }),
]);
export type TriggerSettingsBody = z.input<typeof settingsBody>;

const TRIGGER_OUTCOMES = ['started', 'repeated', 'nothing-new', 'under-way', 'missed', 'refused', 'failed'] as const;

const trigger = z.object({
  id,
  name: z.string(),
  /** A paused trigger starts nothing. */
  enabled: z.boolean(),
  settings,
  /** Where to send to; null for a kind that nobody sends to. */
  address: z.string().nullable(),
  /** The next times of a schedule, or the next time that a connector is asked; none while it is paused. */
  nextTimes: z.array(time),
  last: z
    .object({
      at: time,
      outcome: z.enum(TRIGGER_OUTCOMES),
      run: z.object({ id, number: z.int(), status: z.enum(RUN_STATUSES) }).nullable(),
      failure: failure.nullable(),
    })
    .nullable(),
  /** Attempts that failed one after another: the next one comes later than usual. */
  failures: z.int(),
  /** Not null: it could start nothing now, and why. */
  broken: failure.nullable(),
  createdAt: time,
  createdBy: person,
  updatedAt: time,
  updatedBy: person,
});
export type Trigger = z.infer<typeof trigger>;

/** `token` is there when one was made: it is shown this once. */
const withToken = trigger.extend({ token: z.string().nullable() });

export const listTriggers = defineEndpoint({
  id: 'listTriggers',
  summary: 'What starts runs of a workflow by itself',
  method: 'GET',
  path: '/api/organizations/:organization/workflows/:workflow/triggers',
  requires: 'workflows:read',
  responses: { 200: z.object({ items: z.array(trigger) }) },
});

export const createTrigger = defineEndpoint({
  id: 'createTrigger',
  summary: 'Add a trigger to a workflow; the token of an upload address is in this answer alone',
  method: 'POST',
  path: '/api/organizations/:organization/workflows/:workflow/triggers',
  requires: 'workflows:write',
  body: z.object({ name: title, enabled: z.boolean().default(true), settings: settingsBody }),
  responses: { 201: withToken },
});

export const updateTrigger = defineEndpoint({
  id: 'updateTrigger',
  summary: 'Change, pause or resume a trigger; what is left out stays. Settings are replaced as a whole and keep their kind',
  method: 'PATCH',
  path: '/api/organizations/:organization/workflows/:workflow/triggers/:trigger',
  requires: 'workflows:write',
  body: z.object({ name: title.optional(), enabled: z.boolean().optional(), settings: settingsBody.optional() }),
  responses: { 200: trigger },
});

export const replaceTriggerToken = defineEndpoint({
  id: 'replaceTriggerToken',
  summary: 'Give an upload address a new token; the former one ends at once',
  method: 'POST',
  path: '/api/organizations/:organization/workflows/:workflow/triggers/:trigger/token',
  requires: 'workflows:write',
  responses: { 201: withToken },
});

export const deleteTrigger = defineEndpoint({
  id: 'deleteTrigger',
  summary: 'Delete a trigger; runs that it started stay',
  method: 'DELETE',
  path: '/api/organizations/:organization/workflows/:workflow/triggers/:trigger',
  requires: 'workflows:write',
  responses: { 204: null },
});
