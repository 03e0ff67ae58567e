import { connect } from '@holdfast/db';
import { sql } from 'kysely';
import type { Finding } from './finding.ts';

interface Node {
  readonly plane: string;
  readonly host: string;
  readonly process_id: number;
  readonly version: string;
  readonly stopped_at: Date | null;
  /** The others count it as running. */
  readonly live: boolean;
  /** Seconds since it was last heard from. */
  readonly silent: number;
}

/**
 * Every process of a plane that the database knows, its last hour included: where it runs and when it was
 * last heard from. What went away without ending in order is worth a look.
 *
 * @param url of a plane's role.
 */
export async function examineNodes(url: string): Promise<Finding[]> {
  const db = connect(url, { name: 'holdfast-doctor', maximumConnections: 1 });
  try {
    const { rows: nodes } = await sql<Node>`
      select n.plane, n.host, n.process_id, n.version, n.stopped_at, live.id is not null as live,
        greatest(extract(epoch from clock_timestamp() - n.seen_at), 0)::integer as silent
      from node n left join live_node live on live.id = n.id order by n.plane, n.started_at`.execute(db);
    return nodes.map(describe);
  } finally {
    await db.destroy();
  }
}

function describe(node: Node): Finding {
  const what = `Node: ${node.plane} plane ${node.version} on ${node.host}, process ${node.process_id}`;
  if (node.stopped_at !== null) return { state: 'fine', what: `${what}; stopped ${ago(node.silent)}.` };
  if (node.live) return { state: 'fine', what: `${what}; last heard from ${ago(node.silent)}.` };
  return {
    state: 'warning',
    what: `${what}; not heard from since ${ago(node.silent)}, and it did not end in order.`,
    remedy: 'If it is to run, look at its host and its log. What it did is done by others; it is forgotten after an hour.',
  };
}

function ago(seconds: number): string {
  return seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
}
