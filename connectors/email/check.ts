import type { ConnectorContext } from '@holdfast/connector';
import { withConnection } from './connection.ts';
import type { EmailOptions } from './options.ts';

/**
 * Signs in and leaves. Whether the server takes the addresses shows with the first mail: asking it would look
 * like a mail that was given up.
 *
 * @returns one sentence on what was found.
 * @throws ConnectorError `option_invalid` when “Without TLS” leads to a public network;
 *   `upstream_credentials`, `upstream_refused`, `upstream_unreachable`, or what `context.connect` throws; the
 *   reason of the context's signal.
 */
export async function check(options: EmailOptions, context: ConnectorContext): Promise<string> {
  await withConnection(options, context, async () => undefined);
  const how = options.security === 'none' ? 'without TLS' : 'over TLS';
  return options.login === undefined
    ? `The mail server answers ${how}. No user is set, so that nobody signed in.`
    : `The mail server accepts the user ${how}. Whether it takes the addresses shows with the first document.`;
}
