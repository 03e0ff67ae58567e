import { queryClient } from './query-client.ts';

/**
 * Signing in and out are the account library's own endpoints, under /api/auth; all else is packages/api. The
 * password passes through here once and is kept nowhere.
 */

export async function signIn(email: string, password: string): Promise<void> {
  await post('/api/auth/sign-in/email', { email, password });
}

/** Ends the session on the server. */
export async function endSession(): Promise<void> {
  await post('/api/auth/sign-out', {});
}

const PROLONGED_EVERY_MILLISECONDS = 300_000;
let prolongedAt = Number.NEGATIVE_INFINITY;

/**
 * Gives the session its full time again, at most every 5 minutes, and says that it is in use. A failure shows
 * elsewhere.
 */
export function prolongSession(): void {
  if (performance.now() - prolongedAt < PROLONGED_EVERY_MILLISECONDS) return;
  prolongedAt = performance.now();
  post('/api/auth/prolong-session', {}).catch(() => {});
}

/**
 * Forgets everything that was read in the session. Once its pages are left: a page that is still shown would
 * read again.
 */
export function forgetEverything(): void {
  queryClient.clear();
}

async function post(path: string, body: object): Promise<void> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    credentials: 'same-origin',
    body: JSON.stringify(body),
  });
  if (response.ok) return;
  throw new SessionError(response.status, await response.json().catch(() => undefined));
}

/** What went wrong while signing in, in the words of the error table. */
class SessionError extends Error {
  readonly code: string;
  readonly remedy: string | undefined;

  constructor(status: number, answer: unknown) {
    const said = typeof answer === 'object' && answer !== null ? (answer as Record<string, unknown>) : {};
    super(typeof said.detail === 'string' ? said.detail : (STATUS_WORDS[status]?.detail ?? 'The server could not do it.'));
    this.code =
      typeof said.code === 'string' && said.code === said.code.toLowerCase() ? said.code : (STATUS_WORDS[status]?.code ?? 'unavailable');
    this.remedy = typeof said.remedy === 'string' ? said.remedy : undefined;
  }
}

const STATUS_WORDS: Record<number, { code: string; detail: string }> = {
  400: { code: 'invalid_request', detail: 'The server did not understand the e-mail address or password.' },
  401: { code: 'invalid_credentials', detail: 'No account has this e-mail address and password.' },
  403: { code: 'forbidden', detail: 'The server refused the request because of where it came from.' },
  429: { code: 'rate_limited', detail: 'There were too many attempts from here.' },
};
