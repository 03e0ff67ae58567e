import { hostname } from 'node:os';
import { sql } from 'kysely';
import type { Statements } from './connection/statements.ts';

/** A running process of a plane. */
export interface NodeFacts {
  /** A data plane keeps it in its home; a control plane makes it at each start. */
  readonly id: string;
  /** Of this run of the process. */
  readonly incarnation: string;
  /** Of the program, as in package.json. */
  readonly version: string;
  /** Of a control plane, see {@link Node.session_key_hash}. */
  readonly sessionKeyHash?: Buffer;
}

/**
 * How often a node says that it runs. After 15 s without a word it counts as gone: see the view live_node.
 */
export const NODE_SECONDS = 3;

/**
 * Says that this node runs from now on. A former incarnation of it is over. The database knows the plane by
 * the role that is logged in.
 */
export async function announceNode(db: Statements, node: NodeFacts): Promise<void> {
  await sql`select announce_node(${node.id}, ${node.incarnation}, ${hostname()}, ${process.pid}, ${node.version},
    ${node.sessionKeyHash ?? null})`.execute(db);
}

/**
 * Says that it still runs, or that it has ended. Answers `false` when another incarnation runs by now, or the
 * node was forgotten.
 */
export async function recordHeartbeat(
  db: Statements,
  { id, incarnation }: Pick<NodeFacts, 'id' | 'incarnation'>,
  { stopped = false } = {},
): Promise<boolean> {
  const { rows } = await sql<{ known: boolean }>`select see_node(${id}, ${incarnation}, ${stopped}) as known`.execute(db);
  return rows[0]?.known === true;
}
