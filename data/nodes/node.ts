import { announceNode, type Database, NODE_SECONDS, type NodeFacts, recordHeartbeat } from '@holdfast/db/data';
import { type Logger, logEvent } from '@holdfast/service';
import type { SourceFolder } from '@holdfast/settings';
import { type Kysely, sql } from 'kysely';
import { repeat } from '../repeat.ts';
import { announceFolders } from '../sources/folders.ts';
import { createLease, type Term } from './lease.ts';
import { endSessions } from './sessions.ts';

/**
 * A new holder waits so long before it calls another node gone: after an outage of the database all of them
 * have to be heard first.
 */
const NODES_GONE_AFTER_MILLISECONDS = 20_000;
/**
 * A node that was not heard from for so long is forgotten, with its folders. Until then, runs that read one
 * of them wait for it.
 */
const FORGOTTEN_AFTER_MINUTES = 60;

/** This process as one of several nodes. */
export interface DataNode extends Pick<NodeFacts, 'id' | 'incarnation'> {
  /** The time in which this node does the periodic work; `undefined` while another one does. */
  term(): Term | undefined;
  /** Stops saying that it runs; afterwards others may take what it did. */
  stop(): Promise<void>;
}

/**
 * Announces this node with its folders, and says every few seconds that it runs. The node that does the
 * periodic work also ends the database sessions of nodes that are gone, so that their runs are taken up by
 * others.
 *
 * @param db connections for this alone: work that keeps all others busy does not make the node look gone.
 * @param onReplaced is called when another process has started with the same home.
 */
export async function startNode(
  db: Kysely<Database>,
  facts: NodeFacts,
  { folders, logger, onReplaced }: { readonly folders: readonly SourceFolder[]; readonly logger: Logger; readonly onReplaced: () => void },
): Promise<DataNode> {
  const { id, incarnation } = facts;
  const former = await db.selectFrom('node').select('incarnation').where('id', '=', id).executeTakeFirst();
  if (former !== undefined) await endSessions(db, [former.incarnation]);
  await announceNode(db, facts);
  await announceFolders(db, id, folders);
  const lease = createLease(db, facts);
  let leading: number | undefined;
  let replaced = false;

  async function heartbeat(): Promise<void> {
    if (replaced) return;
    if (!(await recordHeartbeat(db, facts))) {
      const known = await db.selectFrom('node').select('incarnation').where('id', '=', id).executeTakeFirst();
      if (known !== undefined) {
        replaced = true;
        onReplaced();
        return;
      }
      // It was away for so long that it was forgotten.
      await announceNode(db, facts);
      await announceFolders(db, id, folders);
    }
    await lease.attempt();
    const term = lease.term();
    if (term?.epoch !== leading) {
      leading = term?.epoch;
      if (term === undefined) logEvent(logger, 'node.follows', { nodeId: id });
      else logEvent(logger, 'node.leads', { nodeId: id, epoch: term.epoch });
    }
    if (term !== undefined && performance.now() - term.since > NODES_GONE_AFTER_MILLISECONDS) await clearGoneNodes();
  }

  async function clearGoneNodes(): Promise<void> {
    const gone = await db
      .selectFrom('node')
      .select(['id', 'incarnation'])
      .where('plane', '=', 'data')
      .where('stopped_at', 'is', null)
      .where('id', 'not in', db.selectFrom('live_node').select('id'))
      .execute();
    const ended = await endSessions(
      db,
      gone.map((node) => node.incarnation),
    );
    if (ended > 0) logEvent(logger, 'node.gone', { nodeIds: gone.map((node) => node.id), sessions: ended });
    await sql`delete from node where seen_at < now() - make_interval(mins => ${FORGOTTEN_AFTER_MINUTES})`.execute(db);
  }

  // Once before anything else, so that a node that is alone does the periodic work from its start on.
  await heartbeat();
  const heartbeats = repeat(NODE_SECONDS, heartbeat, (error) => logEvent(logger, 'node.not_announced', { error }));
  return {
    id,
    incarnation,
    term: () => (replaced ? undefined : lease.term()),
    async stop() {
      await heartbeats.stop();
      await lease.release().catch(() => undefined);
      await recordHeartbeat(db, facts, { stopped: true }).catch(() => undefined);
    },
  };
}
