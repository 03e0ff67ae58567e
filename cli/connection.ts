import type { Connection } from '@holdfast/sdk/node';
import { START_VARIABLES } from './launcher/start-variables.ts';
import { CommandError } from './report.ts';

/**
 * Connects as HOLDFAST_URL, HOLDFAST_TOKEN and HOLDFAST_ORGANIZATION say, else as `holdfast login` did.
 *
 * @param beforeChange runs right before each request that changes something, and may refuse it by throwing.
 */
export async function connection({ beforeChange }: { beforeChange?: () => Promise<void> } = {}): Promise<Connection> {
  const { connect } = await import('@holdfast/sdk/node');
  const fetch: typeof reach = async (input, init) => {
    if (init?.method !== 'GET') await beforeChange?.();
    return reach(input, init);
  };
  return connect({ otherVariables: START_VARIABLES, fetch });
}

/** `fetch`, with words for a server that does not answer. */
export const reach: typeof fetch = async (input, init) => {
  try {
    return await fetch(input, init);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const { code } = (error.cause ?? {}) as { code?: string };
    throw new CommandError(`${new URL(String(input)).origin} does not answer${code === undefined ? '' : ` (${code})`}.`, {
      code: 'unreachable',
      remedy: 'Check that Holdfast runs there; HOLDFAST_URL or holdfast login names another address.',
      cause: error,
    });
  }
};
