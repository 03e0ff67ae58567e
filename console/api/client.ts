import { createClient } from '@holdfast/sdk';
import { reportFailure } from './connection.ts';

/** Calls go to where the console came from, with the session's cookie. */
export const client = createClient({ url: window.location.origin, fetch: watchedFetch });

async function watchedFetch(...[address, init]: Parameters<typeof fetch>): Promise<Response> {
  try {
    const response = await fetch(address, init);
    if (response.status >= 502 && response.status <= 504) reportFailure();
    return response;
  } catch (error) {
    // A call that the page itself gave up says nothing about the server.
    if (init?.signal?.aborted !== true) reportFailure();
    throw error;
  }
}
