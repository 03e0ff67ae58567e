import { ConnectorError } from './connector-error.ts';

/** What was tried, for the sentence that says why it failed. */
export interface HttpAttempt {
  /** Host, and port where one is written. */
  readonly host: string;
  /** Name of the document that it was about; none in a connection test. */
  readonly document?: string;
  /** What to do about credentials that are not accepted. */
  readonly credentials: string;
  /** What to do about an address that is not there. */
  readonly notFound: string;
  /** What is missing at 404 is this one document; else the place itself. */
  readonly oneOfMany?: boolean;
  /** The service's own code, if it is one that is known and safe to show. */
  readonly code?: string | undefined;
}

/**
 * Says in our words why a service answered with a status other than success; nothing of its body is shown.
 * 401, 403, 404 and redirects end the run, 408, 425, 429 and 5xx are worth another attempt, all else concerns
 * the document alone. Statuses: RFC 9110, RFC 6585.
 */
export function httpFailure(response: Pick<Response, 'status' | 'headers'>, attempt: HttpAttempt): ConnectorError {
  const { status } = response;
  const { host, document } = attempt;
  const shown = attempt.code === undefined ? `(HTTP ${status})` : `(HTTP ${status}, ${attempt.code})`;
  const about = document === undefined ? 'the request' : `“${document}”`;
  const documentOnly = document !== undefined;
  if (status >= 300 && status < 400) {
    return new ConnectorError('upstream_refused', `${hostFirst(host)} answered with a redirect, which is not followed ${shown}.`, {
      remedy: 'Use the address that it leads to.',
    });
  }
  if (status === 401 || status === 407) {
    const what = `${hostFirst(host)} did not accept the credentials ${shown}.`;
    return new ConnectorError('upstream_credentials', what, { remedy: attempt.credentials });
  }
  if (status === 403) {
    const what = `${hostFirst(host)} does not permit it with these credentials ${shown}.`;
    return new ConnectorError('upstream_credentials', what, { remedy: attempt.credentials });
  }
  if (status === 404 || status === 410) {
    const what = attempt.oneOfMany && documentOnly ? about : 'what the address names';
    return new ConnectorError('upstream_not_found', `${hostFirst(host)} does not have ${what} ${shown}.`, {
      remedy: attempt.notFound,
      documentOnly: attempt.oneOfMany === true && documentOnly,
    });
  }
  if (status === 408 || status === 425 || status === 429 || (status >= 500 && status !== 501 && status !== 505)) {
    const retryAfter = retryAfterMilliseconds(response.headers);
    return new ConnectorError('upstream_refused', `${hostFirst(host)} is busy or does not work ${shown}.`, {
      remedy: 'Start the run again when the service has recovered.',
      retryable: true,
      ...(retryAfter !== undefined && { retryAfterMilliseconds: retryAfter }),
    });
  }
  if (status === 405 || status === 501) {
    return new ConnectorError('upstream_refused', `${hostFirst(host)} does not take requests of this method there ${shown}.`, {
      remedy: 'Check the address and the method against the documentation of the service.',
    });
  }
  if (status === 413) {
    return new ConnectorError('upstream_refused', `${hostFirst(host)} says that ${about} is too large ${shown}.`, {
      remedy: 'Raise the limit of the service, or leave out documents of this size.',
      documentOnly,
    });
  }
  if (status === 415) {
    return new ConnectorError('upstream_refused', `${hostFirst(host)} does not take ${about} for its content type ${shown}.`, {
      remedy: 'Look up which content types the service takes.',
      documentOnly,
    });
  }
  return new ConnectorError('upstream_refused', `${hostFirst(host)} did not take ${about} ${shown}.`, {
    remedy: 'Look the status up in the documentation of the service; the other documents are not concerned.',
    documentOnly,
  });
}

/** A sentence begins with a capital letter, which a host has not. */
function hostFirst(host: string): string {
  return `The service at ${host}`;
}

/**
 * Of a Retry-After in seconds or as a date (RFC 9110, section 10.2.3), as long as it says. How long a run
 * waits for a service is for the run to decide.
 */
export function retryAfterMilliseconds(
  headers: { get(name: string): string | null | undefined },
  now: number = Date.now(),
): number | undefined {
  const said = headers.get('retry-after')?.trim() ?? '';
  const asked = /^\d+(?:\.\d+)?$/.test(said) ? Math.ceil(Number(said) * 1000) : Date.parse(said) - now;
  return asked > 0 ? asked : undefined;
}
