import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { email, id, password, role, slug, time, title } from '../schemas.ts';

/**
 * Setting up, signing in, the caller's own account, and tokens. Signing in and out itself is better-auth's,
 * under /api/auth. What is under /api/account is for a session, none of it for a token.
 */

/** What a person typed as their current password: of any form, since rules may have changed since. */
const anyPassword = z.string().min(1, 'Type your current password.').max(1_000);

export const getAccount = defineEndpoint({
  id: 'getAccount',
  summary: "The caller's own account",
  method: 'GET',
  path: '/api/account',
  requires: 'signed-in',
  responses: {
    200: z.object({
      id,
      name: z.string(),
      email: z.string(),
      passwordChangedAt: time.nullable(),
      /** An address that is to be proved; `failure` says why its mail has not gone yet. */
      newEmail: z.object({ email: z.string(), expiresAt: time, sentAt: time.nullable(), failure: z.string().nullable() }).nullable(),
    }),
  },
});

export const updateAccount = defineEndpoint({
  id: 'updateAccount',
  summary: "Change the caller's name",
  method: 'PATCH',
  path: '/api/account',
  requires: 'signed-in',
  leavesEventOfAnyMember: true,
  body: z.object({ name: title }),
  responses: { 204: null },
});

export const changePassword = defineEndpoint({
  id: 'changePassword',
  summary: 'Set a new password; every other session ends, and every known device is forgotten',
  method: 'POST',
  path: '/api/account/password',
  requires: 'signed-in',
  leavesEventOfAnyMember: true,
  body: z.object({ currentPassword: anyPassword, newPassword: password }),
  responses: { 200: z.object({ sessionsEnded: z.number() }) },
});

/** The account keeps its address until the link that is mailed to the new one is opened. */
export const requestEmailChange = defineEndpoint({
  id: 'requestEmailChange',
  summary: 'Have a link mailed to another address, which becomes the address of the account when it is opened',
  method: 'POST',
  path: '/api/account/email',
  requires: 'signed-in',
  leavesEventOfAnyMember: true,
  body: z.object({ email, currentPassword: anyPassword }),
  responses: { 202: z.object({ email: z.string(), expiresAt: time }) },
});

export const cancelEmailChange = defineEndpoint({
  id: 'cancelEmailChange',
  summary: 'Keep the address: the link that was mailed to another one ends',
  method: 'DELETE',
  path: '/api/account/email',
  requires: 'signed-in',
  responses: { 204: null },
});

export const listSessions = defineEndpoint({
  id: 'listSessions',
  summary: "The caller's sessions, the one that was used last first",
  method: 'GET',
  path: '/api/account/sessions',
  requires: 'signed-in',
  responses: {
    200: z.object({
      items: z.array(
        z.object({
          id,
          /** The session of this very request. */
          current: z.boolean(),
          createdAt: time,
          /** To within 5 minutes. */
          lastSeenAt: time,
          expiresAt: time,
          address: z.string().nullable(),
          userAgent: z.string().nullable(),
        }),
      ),
    }),
  },
});

export const endSession = defineEndpoint({
  id: 'endSession',
  summary: "End one of the caller's sessions; it is refused from its next request on",
  method: 'DELETE',
  path: '/api/account/sessions/:session',
  requires: 'signed-in',
  leavesEventOfAnyMember: true,
  responses: { 204: null },
});

export const endOtherSessions = defineEndpoint({
  id: 'endOtherSessions',
  summary: "End all of the caller's sessions but this one",
  method: 'POST',
  path: '/api/account/sessions/end-others',
  requires: 'signed-in',
  leavesEventOfAnyMember: true,
  responses: { 200: z.object({ sessionsEnded: z.number() }) },
});

/**
 * Where the right password was given: failed attempts of strangers do not keep these from signing in. They
 * are no sessions.
 */
export const listDevices = defineEndpoint({
  id: 'listDevices',
  summary: 'Browsers and machines on which the caller has signed in before',
  method: 'GET',
  path: '/api/account/devices',
  requires: 'signed-in',
  responses: {
    200: z.object({
      items: z.array(
        z.object({
          id,
          /** The device of this very request. */
          current: z.boolean(),
          lastUsedAt: time,
          expiresAt: time,
          address: z.string().nullable(),
          userAgent: z.string().nullable(),
        }),
      ),
    }),
  },
});

export const forgetDevice = defineEndpoint({
  id: 'forgetDevice',
  summary: 'Forget a known device: it counts as any other when somebody signs in there',
  method: 'DELETE',
  path: '/api/account/devices/:device',
  requires: 'signed-in',
  responses: { 204: null },
});

/** Answers the same, and as fast, whether the address has an account or not. */
export const requestPasswordReset = defineEndpoint({
  id: 'requestPasswordReset',
  summary: 'Have a link mailed that sets a new password, if the address has an account',
  method: 'POST',
  path: '/api/account/password-reset',
  requires: 'public',
  body: z.object({ email }),
  responses: { 202: z.object({ minutes: z.number() }) },
});

export const confirmEmail = defineEndpoint({
  id: 'confirmEmail',
  summary: 'Give the account the address that a mailed link proves',
  method: 'POST',
  path: '/api/account-links/confirm-email',
  requires: 'public',
  body: z.object({ token: z.string().max(200) }),
  responses: { 200: z.object({ email: z.string() }) },
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
    token: z.boolean().default(false).describe('Answer with a token for the command line, too'),
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

/** A personal token is valid so long, unless its owner asks for another time. */
export const TOKEN_DAYS = 90;

/**
 * Made by `holdfast login`: a token acts as the member who made it, with that member's role at each request.
 */
export const createToken = defineEndpoint({
  id: 'createToken',
  summary: 'Make a personal token for the command line or a program',
  method: 'POST',
  path: '/api/organizations/:organization/tokens',
  requires: 'organization:read',
  membersOnly: true,
  leavesEventOfAnyMember: true,
  body: z.object({ name: title, expiresInDays: z.number().int().min(1).max(365).default(TOKEN_DAYS) }),
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

/**
 * `create`: choose a name and password. `reset`: choose a new password. `sign-in`: the address has an
 * account, which the link does not touch. `change-email`: the account gets this address.
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
