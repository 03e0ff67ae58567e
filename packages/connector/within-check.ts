import { ConnectorError } from './connector-error.ts';

/** Somebody waits for a connection test. */
const CHECK_MILLISECONDS = 20_000;

/**
 * What the work of a connection test gives, or ConnectorError `upstream_unreachable` after 20 seconds.
 *
 * @param place `host:port`, for the message.
 */
export async function withinCheck<T>(place: string, work: () => Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      reject(
        new ConnectorError('upstream_unreachable', `The server at ${place} did not answer in time.`, {
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
