import { ConnectorError } from '@holdfast/connector';
import type { Account } from './connection-string.ts';

/** Clocks differ: what lies this close to the edge of its time is the service's to decide. */
const CLOCK_MILLISECONDS = 5 * 60 * 1000;

/**
 * What the credentials may do, as far as they say it themselves. `unknown`: a stored access policy holds it.
 * Which operation takes which permission:
 * learn.microsoft.com/rest/api/storageservices/create-account-sas#account-sas-permissions-by-operation.
 * Create (c) puts a new blob in one request; replacing one, and sending it in blocks, takes Write (w). Only
 * Read (r) looks at one. A signature of a container never permits anything on the container itself.
 */
export interface Permissions {
  readonly create: boolean | 'unknown';
  readonly replace: boolean | 'unknown';
  readonly createContainer: boolean;
}

/**
 * What the credentials may do as far as they say so themselves; nothing is asked of the service. `unknown`
 * for a signature by a stored policy.
 */
export function permissionsOf({ credential }: Account): Permissions {
  if (credential.kind === 'account-key') return { create: true, replace: true, createContainer: true };
  const { permissions: sp, resourceTypes, scope } = credential.signature;
  if (sp === undefined) return { create: 'unknown', replace: 'unknown', createContainer: false };
  return {
    create: /[cw]/.test(sp),
    replace: sp.includes('w'),
    createContainer: scope === 'account' && /[cw]/.test(sp) && resourceTypes?.includes('c') === true,
  };
}

/**
 * Throws ConnectorError `upstream_credentials` for a signature that says itself that it is of no use now,
 * before anything is sent.
 */
export function requireUsable(account: Account, now: Date): void {
  requireInTime(account, now);
  if (permissionsOf(account).create === false) {
    throw new ConnectorError('upstream_credentials', 'The shared access signature permits neither Create nor Write.', {
      remedy: 'Make a shared access signature that permits Read, Create and Write on objects, and replace the secret with it.',
    });
  }
}

/**
 * The same for a source, which takes Read and List.
 *
 * @throws ConnectorError `upstream_credentials`.
 */
export function requireReadable(account: Account, now: Date): void {
  requireInTime(account, now);
  const { credential } = account;
  const permissions = credential.kind === 'shared-access-signature' ? credential.signature.permissions : undefined;
  const missing =
    permissions === undefined ? [] : [...(permissions.includes('r') ? [] : ['Read']), ...(permissions.includes('l') ? [] : ['List'])];
  if (missing.length === 0) return;
  throw new ConnectorError('upstream_credentials', `The shared access signature does not permit ${missing.join(' and ')}.`, {
    remedy: 'Make a shared access signature of the container that permits Read and List, and replace the secret with it.',
  });
}

function requireInTime({ credential }: Account, now: Date): void {
  if (credential.kind !== 'shared-access-signature') return;
  const { startsAt, endsAt } = credential.signature;
  if (endsAt !== undefined && endsAt.getTime() + CLOCK_MILLISECONDS <= now.getTime()) throw expired();
  if (startsAt !== undefined && startsAt.getTime() - CLOCK_MILLISECONDS > now.getTime()) throw notYetValid();
}

/**
 * What the service says in `AuthenticationErrorDetail`, read for the phrases that it is known to use; the
 * rest of it is not shown.
 */
export interface AuthenticationDetail {
  readonly outOfTime: boolean;
  readonly signatureDiffers: boolean;
  readonly oldRequest: boolean;
  readonly startsAt: Date | undefined;
  readonly endsAt: Date | undefined;
}

/**
 * What the service says of credentials that it refuses, of the XML body of its 403 (learn.microsoft.com:
 * “Common REST API error codes”).
 */
export function readAuthenticationDetail(body: string): AuthenticationDetail {
  const date = (name: string) => {
    const text = new RegExp(`${name} \\[([A-Z][a-z]{2}, \\d{2} [A-Z][a-z]{2} \\d{4} [\\d:]{8} GMT)\\]`).exec(body)?.[1];
    return text === undefined ? undefined : new Date(text);
  };
  return {
    outOfTime: body.includes('Signature not valid in the specified time frame'),
    signatureDiffers: /Signature did not match|is not the same as any computed signature/.test(body),
    oldRequest: body.includes('Request date header too old'),
    startsAt: date('Start'),
    endsAt: date('Expiry'),
  };
}

/** Why an account answered AuthenticationFailed, as far as it can be known. */
export function explainAuthentication(account: Account, container: string, detail: AuthenticationDetail, now: Date): ConnectorError {
  const where = `Azure Storage account “${account.name}”`;
  const refused = (why: string, remedy: string) =>
    new ConnectorError('upstream_credentials', `The ${where} did not accept the credentials (AuthenticationFailed)${why}`, { remedy });
  if (detail.oldRequest) {
    return refused(': the time of the request is not the present.', 'Set the clock of the server that the data plane runs on.');
  }
  const { credential } = account;
  if (credential.kind === 'account-key') {
    return refused('.', 'Copy the connection string again from the storage account (Access keys): its key may have been rotated.');
  }
  const { signature } = credential;
  const endsAt = detail.endsAt ?? signature.endsAt;
  const startsAt = detail.startsAt ?? signature.startsAt;
  if (!detail.signatureDiffers) {
    if (endsAt !== undefined && endsAt <= now) return expired();
    if (startsAt !== undefined && startsAt > now) return notYetValid();
    if (detail.outOfTime) {
      return refused(
        ': the shared access signature is not valid at this time.',
        'Make a new shared access signature, which begins now and ends later, and replace the secret with it.',
      );
    }
  }
  if (!signature.complete) {
    return refused(
      ': the sig of the shared access signature is not whole. It was cut or changed on its way.',
      'Copy the shared access signature again from where it was made, with all of its characters, and replace the secret with it.',
    );
  }
  if (signature.scope !== 'account' && account.container === undefined) {
    return refused(
      `. The shared access signature is for one container, which may be another one than “${container}”.`,
      'Name the container that the signature was made for, or replace the secret with the SAS URL of this container.',
    );
  }
  return refused(
    ': the signature does not match.',
    'Make a new shared access signature and replace the secret with it: the key that it was made with was rotated, or a part of it was changed on its way.',
  );
}

/** Its times are a part of the value, and not shown. */
function expired(): ConnectorError {
  return new ConnectorError('upstream_credentials', 'The shared access signature has expired (se).', {
    remedy: 'Make a new shared access signature in the storage account and replace the secret with it.',
  });
}

function notYetValid(): ConnectorError {
  return new ConnectorError('upstream_credentials', 'The shared access signature is not valid yet (st).', {
    remedy: 'Wait until it is, or make one without a start time: clocks differ, so that one which starts now may not be valid yet.',
  });
}
