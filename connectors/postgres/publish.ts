import { type ConnectorContext, type InputDocument, onceForUse, type Publication } from '@holdfast/connector';
import type pg from 'pg';
import { columnsOf } from './columns.ts';
import type { PublisherOptions } from './options.ts';
import { rowsOf } from './rows.ts';
import { inTransaction, LIMITS, withClient } from './session.ts';
import { insertStatement, parameterOf } from './statement.ts';

/** A statement takes at most 65,535: postgresql.org/docs/current/limits.html */
const PARAMETERS_MAXIMUM = 60_000;
const ROWS_MAXIMUM = 1_000;

/** What was learned of the table in this use. */
const tableOf = onceForUse((_, client: pg.Client, options: PublisherOptions) => columnsOf(client, options));

/**
 * Writes the rows of a document in one transaction.
 *
 * @param limits replaced in tests.
 * @throws ConnectorError with `documentOnly`: `document_unsupported` when no rows can be made of it,
 *   `upstream_refused` for rows that the table does not take. Else `option_invalid`, `upstream_credentials`,
 *   `upstream_not_found`, `upstream_refused`, or what `context.connect` throws; the reason of the context's
 *   signal.
 */
export async function publish(
  document: InputDocument,
  options: PublisherOptions,
  context: ConnectorContext,
  limits = LIMITS,
): Promise<Publication> {
  const { table } = options;
  const rows = await rowsOf(document, options.columns);
  const changed = await withClient(options, context, async (client) => {
    const columns = await tableOf(context, client, options);
    const atOnce = Math.min(ROWS_MAXIMUM, Math.floor(PARAMETERS_MAXIMUM / columns.length));
    return inTransaction(client, 'begin', limits, async () => {
      let count = 0;
      for (let start = 0; start < rows.count; start += atOnce) {
        const length = Math.min(atOnce, rows.count - start);
        const some = Array.from({ length }, (_, index) => rows.values(start + index));
        const parameters = some.flatMap((row) => columns.map((column, index) => parameterOf(row[index] ?? null, column)));
        const { rowCount } = await client.query(insertStatement(options, columns, length), parameters);
        count += rowCount ?? 0;
      }
      return count;
    });
  });
  document.progress(document.size);
  return {
    outcome: changed === 0 ? 'unchanged' : 'published',
    publishedAs: `${table.shown} (${rows.count} ${rows.count === 1 ? 'row' : 'rows'})`,
  };
}
