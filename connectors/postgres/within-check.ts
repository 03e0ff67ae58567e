import { ConnectorError } from '@holdfast/connector';
import type { Connection } from './options.ts';

/** Somebody waits for a connection test. */
const CHECK_MILLISECONDS = 20_000;

/** What the work gives, or ConnectorError `upstream_unreachable` after 20 seconds. */
export async function withinCheck<T>({ server }: Connection, work: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      reject(
        new ConnectorError('upstream_unreachable', `The server at ${server.host}:${server.port} did not answer in time.`, {
          remedy: 'Check the host and port, and that the server is not overloaded.',
          retryable: true,
        }),
      ),
    CHECK_MILLISECONDS,
  );
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}
