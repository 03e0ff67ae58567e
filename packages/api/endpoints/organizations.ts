import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { dayZone, failure, id, person, reference, slug, time, title } from '../schemas.ts';

export const getInstance = defineEndpoint({
  id: 'getInstance',
  summary: 'What this instance is, and whether it waits to be set up',
  method: 'GET',
  path: '/api/instance',
  requires: 'public',
  responses: {
    200: z.object({
      instanceId: id,
      version: z.string(),
      setUp: z.boolean(),
      /**
       * Fingerprint of the data plane's key that signs organizations' sealing keys; `null` until the data
       * plane has started once.
       */
      signingKeyFingerprint: z.string().nullable(),
      /**
       * Whether it sends mail: invitations and links for a new password go by mail then, and are made by the
       * operator otherwise.
       */
      sendsMail: z.boolean(),
    }),
  },
});

export const createOrganization = defineEndpoint({
  id: 'createOrganization',
  summary: 'Make another organization; the caller becomes its owner',
  method: 'POST',
  path: '/api/organizations',
  requires: 'signed-in',
  leavesEventOfAnyMember: true,
  body: z.object({ name: title, slug }),
  responses: { 201: z.object({ id, name: z.string(), slug: z.string() }) },
});

/**
 * The short name stays: it stands in addresses, settings of the server, and on the machines of its members.
 */
export const updateOrganization = defineEndpoint({
  id: 'updateOrganization',
  summary: 'Rename the organization',
  method: 'PATCH',
  path: '/api/organizations/:organization',
  requires: 'organization:write',
  body: z.object({ name: title }),
  responses: { 204: null },
});

export const getOrganizationDeletion = defineEndpoint({
  id: 'getOrganizationDeletion',
  summary: 'What the deletion of the organization would remove, and whether one is asked for',
  method: 'GET',
  path: '/api/organizations/:organization/deletion',
  requires: 'organization:delete',
  load: 'search',
  responses: {
    200: z.object({
      deletion: z.object({ requestedBy: person, requestedAt: time, deletesAt: time }).nullable(),
      counts: z.object({
        secrets: z.number(),
        components: z.number(),
        workflows: z.number(),
        runs: z.number(),
        documents: z.number(),
        members: z.number(),
        tokens: z.number(),
        auditEntries: z.number(),
      }),
    }),
  },
});

/** Everything goes on until then, and any owner can cancel it. */
export const requestOrganizationDeletion = defineEndpoint({
  id: 'requestOrganizationDeletion',
  summary: 'Have the organization deleted in 7 days, with everything in it',
  method: 'POST',
  path: '/api/organizations/:organization/deletion',
  requires: 'organization:delete',
  /** The name of the organization, as it is. */
  body: z.object({ confirm: z.string().max(200) }),
  responses: { 202: z.object({ deletesAt: time }) },
});

export const cancelOrganizationDeletion = defineEndpoint({
  id: 'cancelOrganizationDeletion',
  summary: 'Keep an organization whose deletion was asked for',
  method: 'DELETE',
  path: '/api/organizations/:organization/deletion',
  requires: 'organization:delete',
  responses: { 204: null },
});

/** Nodes are of the instance; what each holds is of the organization alone. */
export const listNodes = defineEndpoint({
  id: 'listNodes',
  summary: 'The processes of both planes, which of them answer, and what of the organization each holds',
  method: 'GET',
  path: '/api/organizations/:organization/nodes',
  requires: 'nodes:read',
  responses: {
    200: z.object({
      /** Those that run first; what ended or is away is forgotten after an hour. */
      items: z.array(
        z.object({
          id,
          plane: z.enum(['control', 'data']),
          host: z.string(),
          version: z.string(),
          /** `away`: not heard from for 15 seconds, and it did not say that it ends. */
          state: z.enum(['running', 'away', 'stopped']),
          startedAt: time,
          seenAt: time,
          /** It does the periodic work, and signs the checkpoints of the record. */
          leads: z.boolean(),
          /** Names of the organization's source folders that it has. */
          folders: z.array(z.string()),
          /** Those of `folders` that no running node has: runs that read them wait. */
          foldersMissing: z.array(z.string()),
          /** Runs of the organization that are under way there. */
          runs: z.number(),
        }),
      ),
    }),
  },
});

export const getOverview = defineEndpoint({
  id: 'getOverview',
  summary: 'Counts for the overview page; those the caller may not see are null',
  method: 'GET',
  path: '/api/organizations/:organization/overview',
  requires: 'organization:read',
  load: 'search',
  query: z.object({ zone: dayZone }),
  responses: {
    200: z.object({
      secrets: z.object({ total: z.number(), expired: z.number(), rotationDue: z.number(), unused: z.number() }).nullable(),
      destinations: z.object({ requested: z.number() }).nullable(),
      /** Requests for secrets that wait for an owner or admin. */
      secretRequests: z.object({ waiting: z.number() }).nullable(),
      projects: z.number(),
      components: z.object({ total: z.number(), broken: z.number() }),
      workflows: z.number(),
      /**
       * Triggers that are not paused and start nothing now, or failed three times in a row or more: some of
       * them, and why.
       */
      failingTriggers: z.object({
        total: z.number(),
        items: z.array(reference.extend({ workflow: reference, projectId: id, failure })),
      }),
      /** Of those that ended, today's: since midnight in `zone`. */
      runs: z.object({ active: z.number(), failedToday: z.number(), succeededToday: z.number() }),
      /** Runs per day for the last 30 days, in `zone`, oldest first. */
      runsPerDay: z.array(z.object({ day: z.string(), succeeded: z.number(), failed: z.number() })),
    }),
  },
});
