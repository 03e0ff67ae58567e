import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { readMigrations, refuseWhatDoesNotFit } from '../schema/migrate.ts';
import { asOwner } from '../schema/owner-session.ts';
import { readInstance } from '../schema/prepare.ts';
import { PrepareError } from '../schema/prepare-error.ts';
import { type ArchiveHeader, type ArchiveWriter, archiveWriter } from './archive.ts';
import { tablesOf } from './archived-schema.ts';

/** Rows are put together to blocks of about this size. */
const BLOCK_BYTES = 256 * 1024;

export interface BackupFacts extends ArchiveHeader {
  readonly rows: number;
  readonly organizations: number;
}

/**
 * Writes everything that a restore needs, as it is at one moment, while the database goes on being used. The
 * root key is not in it: it is not in the database.
 *
 * @param write gets the bytes in order, and resolves when more may come: no more than some blocks are in
 *   memory at once.
 * @throws PrepareError when the database holds no instance; MigrationError when its schema does not fit this
 *   program; what `write` rejects with.
 */
export async function writeBackup(
  ownerUrl: string,
  options: { readonly documents: boolean },
  write: (bytes: Buffer) => Promise<void>,
): Promise<BackupFacts> {
  return asOwner(ownerUrl, 'holdfast-backup', async (client) => {
    await client.query('begin isolation level repeatable read read only');
    // However long it takes; and no settings of this server or role change what is written.
    await client.query(`set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0; set local timezone = 'UTC'`);
    await refuseWhatDoesNotFit(client, readMigrations());
    const header = await readHeader(client, options.documents);
    const archive = archiveWriter(write);
    await archive.block('H', header);
    const tables = tablesOf(header);
    let rows = 0;
    for (const table of tables) rows += await writeTable(client, archive, table);
    await archive.end(tables.length);
    const { rows: counted } = await client.query<{ organizations: number }>(
      'select count(*)::integer as organizations from auth.organization',
    );
    await client.query('commit');
    return { ...header, rows, organizations: counted[0]?.organizations ?? 0 };
  });
}

async function readHeader(client: pg.Client, documents: boolean): Promise<ArchiveHeader> {
  const instance = await readInstance(client);
  if (instance === undefined) {
    throw new PrepareError('The database holds no instance: there is nothing to back up.', {
      remedy: 'Check DATABASE_URL and HOLDFAST_HOME.',
    });
  }
  const { rows } = await client.query<{ instanceId: string; epoch: number; createdAt: Date }>(
    'select id as "instanceId", epoch, now() as "createdAt" from holdfast.instance',
  );
  const { rows: schema } = await client.query<{ name: string; sha256: string }>(
    'select name, sha256 from holdfast.schema_migration order by number',
  );
  const [facts] = rows;
  if (facts === undefined) throw new Error('The instance has gone.');
  return { ...facts, createdAt: facts.createdAt.toISOString(), schema, rootKeyIds: instance.rootKeyIds, documents };
}

async function writeTable(client: pg.Client, archive: ArchiveWriter, table: string): Promise<number> {
  const { rows } = await client.query<{ name: string }>(
    `select attname as name from pg_attribute
     where attrelid = to_regclass($1) and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`,
    [quoted(table)],
  );
  const columns = rows.map(({ name }) => name);
  await archive.block('T', { table, columns });
  const stream = client.query(
    copyTo(`copy ${quoted(table)} (${columns.map((column) => pg.escapeIdentifier(column)).join(', ')}) to stdout (format binary)`),
  );
  let waiting: Buffer[] = [];
  let size = 0;
  const flush = async () => {
    if (size > 0) await archive.block('D', Buffer.concat(waiting));
    waiting = [];
    size = 0;
  };
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    waiting.push(chunk);
    size += chunk.length;
    if (size >= BLOCK_BYTES) await flush();
  }
  await flush();
  await archive.block('E', { rows: stream.rowCount });
  return stream.rowCount;
}

/** `auth.user` is a word of SQL's own. */
export function quoted(table: string): string {
  return table
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');
}
