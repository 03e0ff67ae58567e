import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { connect } from '../connection/connect.ts';
import { transaction } from '../connection/transaction.ts';
import { createQueue } from '../queue.ts';
import { appendAudit } from '../record/append-audit.ts';
import { DEFINITIONS_PER_EVENT, triggerDefinitions } from '../record/definitions.ts';
import { MAY_HAVE_BEEN_SENT, UNCERTAIN } from '../runs/interrupted-items.ts';
import { applyMigrations, lockSchema } from '../schema/migrate.ts';
import { asOwner } from '../schema/owner-session.ts';
import { type HomeIdentity, newRolePrefix, type PreparedSchema, prepareSchema } from '../schema/prepare.ts';
import { PrepareError } from '../schema/prepare-error.ts';
import { OPERATOR } from '../system-actors.ts';
import type { Tables } from '../tables.ts';
import { ArchiveError, type ArchiveHeader, parse, readBlocks } from './archive.ts';
import { carriedTables, migrationsOf, tablesOf } from './archived-schema.ts';
import { claimSchemas, refuseFilled } from './restore-claim.ts';
import { quoted } from './write-backup.ts';

export interface RestoredFacts {
  readonly header: ArchiveHeader;
  readonly rows: number;
  readonly epoch: number;
  readonly organizations: number;
  /**
   * Runs that had not ended when the backup was made; they are failed, since what they did afterwards is not
   * known.
   */
  readonly runsEnded: number;
  /** Triggers that take new documents of a connector: which ones were published since is not known. */
  readonly triggersPaused: number;
  readonly prepared: PreparedSchema;
}

/**
 * Reads a backup from its beginning to its end and checks it, without a database: its format, its checksum,
 * that it has every table of the schema that it was made with.
 *
 * @throws ArchiveError; MigrationError when this program does not know that schema.
 */
export async function checkArchive(source: AsyncIterable<Buffer>): Promise<ArchiveHeader> {
  let header: ArchiveHeader | undefined;
  const tables: string[] = [];
  for await (const { kind, bytes } of readBlocks(source)) {
    if (header === undefined && kind !== 'H') throw new ArchiveError('The backup is damaged: it does not begin with its header.');
    if (kind === 'H') header = parse<ArchiveHeader>(bytes);
    if (kind === 'T') tables.push(parse<{ table: string }>(bytes).table);
  }
  if (header === undefined) throw new ArchiveError('The backup is damaged: it has no header.');
  if (tables.join() !== tablesOf(header).join()) throw new ArchiveError('The backup does not hold the tables of the schema that it names.');
  return header;
}

/**
 * Refuses a backup that a home cannot use, and changes nothing.
 *
 * @throws PrepareError when the home has another root key.
 */
export function refuseOtherRootKey(header: ArchiveHeader, home: Pick<HomeIdentity, 'rootKeyId'>): void {
  const others = header.rootKeyIds.filter((id) => id !== home.rootKeyId);
  if (others.length === 0) return;
  const here = home.rootKeyId === undefined ? 'there is none here' : `the one here is ${home.rootKeyId}`;
  throw new PrepareError(`The backup needs the root key ${others.join(', ')}, and ${here}.`, {
    remedy: 'Put that root key, which was kept apart, into keys/root.key of this home (or set HOLDFAST_ROOT_KEY_FILE), then restore again.',
  });
}

/**
 * Fills an empty database from a backup that was checked before; nothing starts on it until it is all there.
 * Sessions, tokens and invitations are not in a backup; the epoch goes up, and the record of each
 * organization says that it was restored.
 *
 * @param open reads the file from its beginning.
 * @throws PrepareError when the database is not empty, or this home has another root key: then nothing was
 *   changed.
 */
export async function restoreBackup(
  ownerUrl: string,
  home: HomeIdentity,
  open: () => AsyncIterable<Buffer>,
  header: ArchiveHeader,
): Promise<RestoredFacts> {
  refuseOtherRootKey(header, home);
  const migrations = migrationsOf(header);
  const loaded = await asOwner(ownerUrl, 'holdfast-restore', async (client) => {
    await lockSchema(client);
    await refuseFilled(client, home.homeId);
    await claimSchemas(client, home.homeId);
    await applyMigrations(client, migrations);
    const tables = carriedTables(migrations);
    await client.query('begin');
    await client.query('set local statement_timeout = 0; set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0');
    // Sums and the like that triggers keep are in the backup.
    await switchTriggers(client, tables, 'disable');
    const rows = await loadTables(client, tables, open());
    await switchTriggers(client, tables, 'enable');
    const { rows: instances } = await client.query<{ epoch: number }>(
      'update holdfast.instance set epoch = epoch + 1, home_id = $1, role_prefix = $2 returning epoch',
      [home.homeId, newRolePrefix()],
    );
    await advanceSequences(client);
    await client.query('commit');
    return { rows, epoch: instances[0]?.epoch ?? 0 };
  });
  // Brings the tables of an older version up to date.
  const prepared = await prepareSchema(ownerUrl, { ...home, passwordsKnown: true });
  const settled = await asOwner(ownerUrl, 'holdfast-restore', settle);
  const organizations = await sayRestored(ownerUrl, header, loaded.epoch, settled.paused);
  return { ...loaded, header, organizations, runsEnded: settled.runsEnded, triggersPaused: settled.paused.length, prepared };
}

interface PausedTrigger {
  readonly organization_id: string;
  readonly id: string;
}

/** Ends what was under way when the backup was made: what became of it since is not known. */
async function settle(client: pg.Client): Promise<{ readonly runsEnded: number; readonly paused: readonly PausedTrigger[] }> {
  await client.query('begin');
  await client.query('set local statement_timeout = 0; set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0');
  // The owners of an organization that is to be deleted have the whole week again to keep it.
  await client.query(`update holdfast.organization_deletion set requested_at = default, delete_at = default where begun_at is null`);
  // What was being sent then may have arrived, and is for people to try again.
  await client.query(
    `update holdfast.run_item i set sent = 0, sending_step = null,
       status = case when ${MAY_HAVE_BEEN_SENT} then 'failed' else 'waiting' end,
       failure = case when ${MAY_HAVE_BEEN_SENT} then $1::jsonb else i.failure end,
       finished_at = case when ${MAY_HAVE_BEEN_SENT} then now() else i.finished_at end
     from holdfast.run r
     where r.status in ('queued', 'running') and i.organization_id = r.organization_id and i.run_id = r.id and i.status = 'running'`,
    [JSON.stringify(UNCERTAIN)],
  );
  const ended = await client.query(
    `update holdfast.run set status = 'failed', finished_at = now(), failure = $1 where status in ('queued', 'running')`,
    [
      JSON.stringify({
        code: 'restored',
        detail: 'The run had not ended when the backup was made.',
        remedy: 'Look at what it published, and start it again.',
      }),
    ],
  );
  // What was due since the backup has happened, or is known to nobody: the next times are those after this
  // start.
  await client.query('update holdfast.trigger_state set revision = 0, next_at = null');
  const { rows: paused } = await client.query<PausedTrigger>(PAUSE_TRIGGERS_OF_NEW_DOCUMENTS);
  await client.query('commit');
  return { runsEnded: ended.rowCount ?? 0, paused };
}

/**
 * Polls, and schedules of workflows that take new documents alone: what they published after the backup, they
 * would take again. Somebody resumes them.
 */
const PAUSE_TRIGGERS_OF_NEW_DOCUMENTS = `
  update holdfast.workflow_trigger t set enabled = false, revision = revision + 1
  where t.enabled and (t.kind = 'poll' or (t.kind = 'cron' and exists (
    select from holdfast.workflow_version v where v.organization_id = t.organization_id and v.workflow_id = t.workflow_id
      and v.number = (select max(number) from holdfast.workflow_version m
        where m.organization_id = v.organization_id and m.workflow_id = v.workflow_id)
      and jsonb_path_exists(v.definition, '$.sources[*] ? (@.documents == "new")'))))
  returning t.organization_id, t.id`;

function chunksOf<T>(all: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}

async function loadTables(client: pg.Client, tables: readonly string[], source: AsyncIterable<Buffer>): Promise<number> {
  let sink: (Writable & { rowCount: number }) | undefined;
  let loaded: Promise<void> | undefined;
  let total = 0;
  for await (const { kind, bytes } of readBlocks(source)) {
    if (kind === 'T') {
      const { table, columns } = parse<{ table: string; columns: string[] }>(bytes);
      // What stands in the file reaches SQL only as names of this program's tables and their columns.
      if (!tables.includes(table) || !columns.every((column) => /^[A-Za-z_][A-Za-z0-9_]*$/.test(column))) {
        throw new ArchiveError('The backup names a table or a column that Holdfast does not have.');
      }
      // A migration may have put a first row there.
      await client.query(`delete from ${quoted(table)}`);
      sink = client.query(
        copyFrom(`copy ${quoted(table)} (${columns.map((column) => pg.escapeIdentifier(column)).join(', ')}) from stdin (format binary)`),
      );
      loaded = finished(sink);
      loaded.catch(() => {});
    } else if (kind === 'D' && sink) {
      if (!sink.write(bytes)) await Promise.race([once(sink, 'drain'), loaded]);
    } else if (kind === 'E' && sink) {
      sink.end();
      await loaded;
      const { rows } = parse<{ rows: number }>(bytes);
      if (sink.rowCount !== rows) throw new ArchiveError(`The backup is damaged: of ${rows} rows of a table ${sink.rowCount} were there.`);
      total += rows;
      sink = undefined;
    }
  }
  return total;
}

async function switchTriggers(client: pg.Client, tables: readonly string[], state: 'enable' | 'disable'): Promise<void> {
  for (const table of tables) await client.query(`alter table ${quoted(table)} ${state} trigger user`);
}

/** Numbers that the database gives go on behind those that are there. */
async function advanceSequences(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ relation: string; name: string; sequence: string }>(
    `select a.attrelid::regclass::text as relation, a.attname as name, pg_get_serial_sequence(a.attrelid::regclass::text, a.attname) as sequence
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('holdfast', 'auth') and c.relkind = 'r' and a.attidentity <> ''`,
  );
  for (const { relation, name, sequence } of rows) {
    await client.query(`select setval($1, coalesce(max(${pg.escapeIdentifier(name)}), 0) + 1, false) from ${relation}`, [sequence]);
  }
}

/**
 * On the record of every organization; and keys that were still to be made are asked for again, since jobs
 * are not in a backup.
 */
async function sayRestored(ownerUrl: string, header: ArchiveHeader, epoch: number, paused: readonly PausedTrigger[]): Promise<number> {
  const db = connect<Tables>(ownerUrl, { name: 'holdfast-restore', maximumConnections: 2 });
  const queue = createQueue(ownerUrl, { name: 'holdfast-restore' });
  try {
    await queue.start();
    const organizations = await db
      .selectFrom('auth.organization')
      .leftJoin('organization_key', (join) =>
        join.onRef('organization_key.organization_id', '=', 'auth.organization.id').on('organization_key.current', '=', true),
      )
      .select(['auth.organization.id', 'organization_key.id as keyId'])
      .execute();
    await transaction(db, async (tx) => {
      for (const { id, keyId } of organizations) {
        const triggers = paused.filter(({ organization_id }) => organization_id === id).map((trigger) => trigger.id);
        const definitions = await triggerDefinitions(tx, id, triggers);
        const [first = [], ...rest] = chunksOf(definitions, DEFINITIONS_PER_EVENT);
        const events = [first, ...rest].map((stated) => (stated.length === 0 ? {} : { definitions: stated }));
        await appendAudit(
          tx,
          id,
          events.map((stated) => ({
            ...stated,
            action: 'instance.restore' as const,
            actor: OPERATOR,
            outcome: 'success' as const,
            target: { kind: 'instance', id: header.instanceId, name: 'instance' },
            detail: { backupOf: header.createdAt, epoch, ...(triggers.length > 0 && { triggersPaused: triggers.length }) },
          })),
        );
        if (keyId === null) await queue.send(tx, 'organization-key', { organizationId: id });
      }
    });
    return organizations.length;
  } finally {
    await queue.stop().catch(() => {});
    await db.destroy();
  }
}
