import { CommandError } from './report.ts';

/**
 * `fetch`, with words for a server that does not answer, and for one that names another address.
 *
 * @throws CommandError `unreachable`; `redirected` with `redirect: 'error'`; else what `fetch` rejects with,
 *   such as the reason of a signal.
 */
export const reach: typeof fetch = async (input, init) => {
  const followsNone = init?.redirect === 'error';
  const response = await answerOf(input, followsNone ? { ...init, redirect: 'manual' } : init);
  const location = followsNone && response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
  if (location === null) return response;
  await response.body?.cancel();
  throw redirected(new URL(String(input)), location);
};

async function answerOf(input: string | URL | Request, init: RequestInit | undefined): Promise<Response> {
  try {
    return await fetch(input, init);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const { code } = (error.cause ?? {}) as { code?: string };
    throw new CommandError(`${new URL(String(input)).origin} does not answer${code === undefined ? '' : ` (${code})`}.`, {
      code: 'unreachable',
      remedy: 'Check that Holdfast runs there. --url, HOLDFAST_URL or holdfast login names another address.',
      cause: error,
    });
  }
}

/** Nothing is sent on: a token or password is for the server that was named. */
function redirected(from: URL, location: string): CommandError {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  const isElsewhere = to !== undefined && to.origin !== from.origin && /^https?:$/.test(to.protocol);
  return new CommandError(`${from.origin} redirects to ${isElsewhere ? to.origin : 'another address'}.`, {
    code: 'redirected',
    remedy: isElsewhere
      ? `If that is your Holdfast, use its address: --url ${to.origin}, HOLDFAST_URL, or holdfast login ${to.origin}`
      : 'Check the address: something other than Holdfast answers there, such as a proxy or the page of a website.',
  });
}
