import { createClient } from '@holdfast/sdk';

/** Calls go to where the console came from, with the session's cookie. */
export const client = createClient({ url: window.location.origin });
