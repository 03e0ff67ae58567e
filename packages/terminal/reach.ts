import { CommandError } from './report.ts';

/** `fetch`, with words for a server that does not answer. */
export const reach: typeof fetch = async (input, init) => {
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
};
