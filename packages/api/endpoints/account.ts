import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { email, id, password, time, title } from '../schemas.ts';

/** The caller's own account: everything here is for a session, none of it for a token. */

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

/** Where the right password was given: failed attempts of strangers do not keep these from signing in. They are no sessions. */
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
