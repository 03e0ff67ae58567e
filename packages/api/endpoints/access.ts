import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { email, id, password, person, role, slug, time, title } from '../schemas.ts';

/** Setting up, signing in, organizations, members. Signing in and out itself is better-auth's, under /api/auth. */

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
      /** Fingerprint of the data plane's key that signs organizations' sealing keys; `null` until the data plane has started once. */
      signingKeyFingerprint: z.string().nullable(),
      /** Whether it sends mail: invitations and links for a new password go by mail then, and are made by the operator otherwise. */
      sendsMail: z.boolean(),
    }),
  },
});

export const setUp = defineEndpoint({
  id: 'setUp',
  summary: 'Make the first account and organization, with the one-time setup token',
  method: 'POST',
  path: '/api/setup',
  requires: 'public',
  body: z.object({
    setupToken: z.string().max(200),
    name: title,
    email,
    password,
    organization: z.object({ name: title, slug }),
    /** Answer with a token for the command line, too. */
    token: z.boolean().default(false),
  }),
  responses: {
    201: z.object({
      userId: id,
      organization: z.object({ id, name: z.string(), slug: z.string() }),
      token: z.string().nullable(),
      /** To revoke the token with. */
      tokenId: id.nullable(),
    }),
  },
});

export const getSession = defineEndpoint({
  id: 'getSession',
  summary: 'Who is calling, and in which organizations they are a member',
  method: 'GET',
  path: '/api/session',
  requires: 'signed-in',
  responses: {
    200: z.object({
      user: z.object({ id, name: z.string(), email: z.string() }),
      organizations: z.array(
        z.object({
          id,
          name: z.string(),
          slug: z.string(),
          role,
          /** Nobody else is an owner: the caller can neither leave nor take another role. */
          onlyOwner: z.boolean(),
          /** When the organization is deleted, if an owner has asked for that. */
          deletesAt: time.nullable(),
        }),
      ),
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

/** The short name stays: it stands in addresses, settings of the server, and on the machines of its members. */
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

/** Made by `holdfast login`: a token acts as the member who made it, with that member's role at each request. */
export const createToken = defineEndpoint({
  id: 'createToken',
  summary: 'Make a personal token for the command line or a program',
  method: 'POST',
  path: '/api/organizations/:organization/tokens',
  requires: 'organization:read',
  membersOnly: true,
  leavesEventOfAnyMember: true,
  body: z.object({ name: title, expiresInDays: z.number().int().min(1).max(365).default(90) }),
  responses: { 201: z.object({ id, token: z.string(), name: z.string(), expiresAt: time }) },
});

export const listTokens = defineEndpoint({
  id: 'listTokens',
  summary: "The caller's own tokens in the organization, without the tokens themselves",
  method: 'GET',
  path: '/api/organizations/:organization/tokens',
  requires: 'organization:read',
  membersOnly: true,
  responses: {
    200: z.object({ items: z.array(z.object({ id, name: z.string(), createdAt: time, expiresAt: time, lastUsedAt: time.nullable() })) }),
  },
});

export const deleteToken = defineEndpoint({
  id: 'deleteToken',
  summary: "Revoke one of the caller's tokens",
  method: 'DELETE',
  path: '/api/organizations/:organization/tokens/:token',
  requires: 'organization:read',
  membersOnly: true,
  leavesEventOfAnyMember: true,
  responses: { 204: null },
});

const member = z.object({ id, userId: id, name: z.string(), email: z.string(), role, joinedAt: time });
export type Member = z.infer<typeof member>;

export const listMembers = defineEndpoint({
  id: 'listMembers',
  summary: 'Members of the organization',
  method: 'GET',
  path: '/api/organizations/:organization/members',
  requires: 'members:read',
  responses: { 200: z.object({ items: z.array(member) }) },
});

export const updateMember = defineEndpoint({
  id: 'updateMember',
  summary: "Change a member's role; only an owner may make or change an owner",
  method: 'PATCH',
  path: '/api/organizations/:organization/members/:member',
  requires: 'members:write',
  membersOnly: true,
  body: z.object({ role }),
  responses: { 204: null },
});

export const removeMember = defineEndpoint({
  id: 'removeMember',
  summary: 'Remove a member, their sessions and their tokens at once',
  method: 'DELETE',
  path: '/api/organizations/:organization/members/:member',
  requires: 'members:write',
  membersOnly: true,
  responses: { 204: null },
});

/** For every role; an owner can only when there is another one. */
export const leaveOrganization = defineEndpoint({
  id: 'leaveOrganization',
  summary: "End the caller's own membership, with their tokens in the organization",
  method: 'POST',
  path: '/api/organizations/:organization/leave',
  requires: 'organization:read',
  membersOnly: true,
  leavesEventOfAnyMember: true,
  /** The short name of the organization. */
  body: z.object({ confirm: z.string().max(200) }),
  responses: { 204: null },
});

/** How the mail of an invitation fares; `null` when none is sent. `failure` says why it has not gone yet. */
const invitationMail = z.object({ sentAt: time.nullable(), failure: z.string().nullable() }).nullable();

export const listInvitations = defineEndpoint({
  id: 'listInvitations',
  summary: 'Invitations that wait to be accepted',
  method: 'GET',
  path: '/api/organizations/:organization/invitations',
  requires: 'members:read',
  responses: {
    200: z.object({
      items: z.array(z.object({ id, email: z.string(), role, createdAt: time, expiresAt: time, mail: invitationMail })),
    }),
  },
});

/**
 * Makes no account and no link that could: whoever makes an organization is its admin, so an admin's word proves nobody's address. `delivery` is
 * `mail` when a mail with a link goes to the address, `operator` when the operator's machine makes the link (`holdfast account link`). It is
 * the same whether the address has an account or not.
 */
export const createInvitation = defineEndpoint({
  id: 'createInvitation',
  summary: 'Invite an address; whoever proved it can accept',
  method: 'POST',
  path: '/api/organizations/:organization/invitations',
  requires: 'members:write',
  membersOnly: true,
  body: z.object({ email, role }),
  responses: { 201: z.object({ id, email: z.string(), role, expiresAt: time, delivery: z.enum(['mail', 'operator']) }) },
});

export const deleteInvitation = defineEndpoint({
  id: 'deleteInvitation',
  summary: 'Withdraw an invitation',
  method: 'DELETE',
  path: '/api/organizations/:organization/invitations/:invitation',
  requires: 'members:write',
  responses: { 204: null },
});

export const listOwnInvitations = defineEndpoint({
  id: 'listOwnInvitations',
  summary: "Invitations of the caller's address, to organizations of which they are no member yet",
  method: 'GET',
  path: '/api/invitations',
  requires: 'signed-in',
  responses: {
    200: z.object({ items: z.array(z.object({ id, organization: z.string(), role, invitedBy: z.string(), expiresAt: time })) }),
  },
});

export const acceptInvitation = defineEndpoint({
  id: 'acceptInvitation',
  summary: 'Accept an invitation of the address that the caller has proved',
  method: 'POST',
  path: '/api/invitations/:invitation/accept',
  requires: 'signed-in',
  responses: { 200: z.object({ organization: z.object({ id, name: z.string(), slug: z.string() }) }) },
});

export const declineInvitation = defineEndpoint({
  id: 'declineInvitation',
  summary: "Decline an invitation of the caller's address",
  method: 'DELETE',
  path: '/api/invitations/:invitation',
  requires: 'signed-in',
  responses: { 204: null },
});

/**
 * `create`: choose a name and password. `reset`: choose a new password. `sign-in`: the address has an account, which the link does not touch.
 * `change-email`: the account gets this address.
 */
export const lookUpAccountLink = defineEndpoint({
  id: 'lookUpAccountLink',
  summary: 'What a one-time account link, which proves an address, is good for',
  method: 'POST',
  path: '/api/account-links/look-up',
  requires: 'public',
  body: z.object({ token: z.string().max(200) }),
  responses: { 200: z.object({ email: z.string(), action: z.enum(['create', 'reset', 'sign-in', 'change-email']), expiresAt: time }) },
});

export const redeemAccountLink = defineEndpoint({
  id: 'redeemAccountLink',
  summary: 'Make the account of the address that a one-time link proves, or set its password',
  method: 'POST',
  path: '/api/account-links/use',
  requires: 'public',
  body: z.object({ token: z.string().max(200), name: title.optional(), password }),
  responses: { 200: z.object({ email: z.string() }) },
});

export const getOverview = defineEndpoint({
  id: 'getOverview',
  summary: 'Counts for the overview page; those the caller may not see are null',
  method: 'GET',
  path: '/api/organizations/:organization/overview',
  requires: 'organization:read',
  load: 'search',
  responses: {
    200: z.object({
      secrets: z.object({ total: z.number(), expired: z.number(), rotationDue: z.number(), unused: z.number() }).nullable(),
      projects: z.number(),
      components: z.object({ total: z.number(), broken: z.number() }),
      workflows: z.number(),
      runs: z.object({ active: z.number(), failedToday: z.number(), succeededToday: z.number() }),
      /** Runs per day for the last 30 days, oldest first. */
      runsPerDay: z.array(z.object({ day: z.string(), succeeded: z.number(), failed: z.number() })),
    }),
  },
});
