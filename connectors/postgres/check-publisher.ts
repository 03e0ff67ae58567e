import { hostAndPort } from '@holdfast/configuration';
import { type ConnectorContext, ConnectorError, withinCheck } from '@holdfast/connector';
import { columnsOf } from './columns.ts';
import type { PublisherOptions } from './options.ts';
import { CHECK_LIMITS, inTransaction, withClient } from './session.ts';
import { insertStatement } from './statement.ts';

/**
 * Lets the server plan the very statement that publishing sends, in a transaction that may not write. EXPLAIN
 * runs nothing, and still requires every right, of columns too, and the constraint on the key columns.
 *
 * @returns one sentence on what was found.
 * @throws ConnectorError `option_invalid` when the key columns have no unique constraint, or the server
 *   itself fills a column; `upstream_credentials`, `upstream_not_found` for a table or column,
 *   `upstream_refused` also for a server that takes no writes, `upstream_unreachable` after 20 seconds, or
 *   what `context.connect` throws. A statement has 8 seconds.
 */
export function checkPublisher(options: PublisherOptions, context: ConnectorContext): Promise<string> {
  return withinCheck(hostAndPort(options.server), () =>
    withClient(options, context, async (client) => {
      const { server, table } = options;
      const reading = await inTransaction(client, 'begin read only', CHECK_LIMITS, async () => {
        const columns = await columnsOf(client, options);
        await client.query(
          `explain ${insertStatement(options, columns, 1)}`,
          columns.map(() => null),
        );
        const { rows } = await client.query<{ reading: boolean }>(
          "select pg_catalog.pg_is_in_recovery() or pg_catalog.current_setting('default_transaction_read_only') = 'on' as reading",
        );
        return rows[0]?.reading === true;
      });
      if (reading) {
        throw new ConnectorError('upstream_refused', `The server at ${hostAndPort(server)} takes no writes.`, {
          remedy: 'Use the connection string of the primary server.',
        });
      }
      const over = server.tls ? 'over TLS' : 'without TLS';
      return `The server accepts the credentials ${over}. The table “${table.shown}” is there, with its columns and key, and may be written.`;
    }),
  );
}
