import type { Tile } from '@holdfast/audit';
import { type Database, transaction } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';
import type { Term } from '../nodes/lease.ts';
import type { RecordStopped } from './record-stopped.ts';

const TILES_AT_ONCE = 100;

export interface ShownCheckpoint {
  readonly size: number;
  readonly time: Date;
  readonly note: string;
}

/**
 * Puts a checkpoint into the database, for everybody who verifies; the tiles first, so that no shown
 * checkpoint lacks one.
 *
 * @throws LeaseLost when this node is not the one any more.
 */
export async function showCheckpoint(
  db: Kysely<Database>,
  organizationId: string,
  term: Term,
  tiles: readonly Tile[],
  checkpoint: ShownCheckpoint,
): Promise<void> {
  for (let at = 0; at < tiles.length; at += TILES_AT_ONCE) {
    await transaction(db, async (tx) => {
      await term.confirm(tx);
      await tx
        .insertInto('audit_tile')
        .values(tiles.slice(at, at + TILES_AT_ONCE).map((tile) => ({ organization_id: organizationId, ...tile })))
        .onConflict((conflict) =>
          conflict.columns(['organization_id', 'level', 'index']).doUpdateSet((row) => ({ hashes: row.ref('excluded.hashes') })),
        )
        .execute();
    });
  }
  await transaction(db, async (tx) => {
    await term.confirm(tx);
    await tx
      .insertInto('checkpoint')
      .values({ organization_id: organizationId, ...checkpoint })
      .onConflict((conflict) => conflict.columns(['organization_id', 'size']).doNothing())
      .execute();
    await sql`
      insert into record_state (organization_id, size, verified_at) values (${organizationId}, ${checkpoint.size}, now())
      on conflict (organization_id) do update set size = excluded.size, verified_at = excluded.verified_at`.execute(tx);
  });
}

/**
 * Says in the database which records this node has found not to verify: it alone takes that back, or the node
 * that does the periodic work (it has the term), once that node is gone.
 */
export async function showStopped(
  db: Kysely<Database>,
  nodeId: string,
  stopped: ReadonlyMap<string, RecordStopped>,
  term: Term | undefined,
): Promise<void> {
  for (const [organizationId, { code, message }] of stopped) {
    await sql`
      insert into record_state (organization_id, size, stopped_since, code, reason, stopped_by)
      values (${organizationId}, 0, now(), ${code}, ${message}, ${nodeId})
      on conflict (organization_id) do update set stopped_since = coalesce(record_state.stopped_since, now()),
        code = excluded.code, reason = excluded.reason, stopped_by = excluded.stopped_by`.execute(db);
  }
  await db
    .updateTable('record_state')
    .set({ stopped_since: null, code: null, reason: null, stopped_by: null })
    .where('stopped_since', 'is not', null)
    .where((where) => (stopped.size === 0 ? where.lit(true) : where('organization_id', 'not in', [...stopped.keys()])))
    .where((where) => {
      const gone = where.not(
        where.exists(where.selectFrom('live_node').select('id').whereRef('live_node.id', '=', 'record_state.stopped_by')),
      );
      const own = where('stopped_by', '=', nodeId);
      return term === undefined ? own : where.or([own, gone]);
    })
    .execute();
}
