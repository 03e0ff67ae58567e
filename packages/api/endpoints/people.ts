import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { email, id, role, time } from '../schemas.ts';

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
 * Makes no account and no link that could: anybody can make an organization and is its admin, so an admin's
 * word proves nobody's address. `delivery` is `mail` when a mail with a link goes to the address, `operator`
 * when the operator's machine makes the link (`holdfast account link`). It is the same whether the address
 * has an account or not.
 */
export const createInvitation = defineEndpoint({
  id: 'createInvitation',
  summary: 'Invite an address; the person who proved it can accept',
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
