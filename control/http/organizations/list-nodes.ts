import { listNodes } from '@holdfast/api';
import { sql } from 'kysely';
import { implement } from '../implement.ts';

interface NodeRow {
  readonly id: string;
  readonly plane: 'control' | 'data';
  readonly host: string;
  readonly version: string;
  readonly state: 'running' | 'away' | 'stopped';
  readonly startedAt: Date;
  readonly seenAt: Date;
  readonly leads: boolean;
  readonly folders: string[];
  readonly foldersMissing: string[];
  readonly runs: number;
}

export const listNodesHandler = implement(listNodes, async ({ organization }, { db }) => {
  // A control plane takes another id at each start: of those on a host that were followed by another, none is
  // shown. A data plane keeps its id.
  const { rows } = await sql<NodeRow>`
    with known as (
      select n.*, case when n.stopped_at is not null then 'stopped' when n.id in (select id from live_node) then 'running' else 'away' end
        as state
      from node n
    ), folder as (
      select f.node_id, f.name, not exists (
          select from source_folder other join live_node on live_node.id = other.node_id
          where other.organization_slug = f.organization_slug and other.name = f.name
        ) as missing
      from source_folder f where f.organization_slug = ${organization.slug}
    )
    select k.id, k.plane, k.host, k.version, k.state, k.started_at as "startedAt", k.seen_at as "seenAt",
      exists (select from lease where node_id = k.id and incarnation = k.incarnation and until > now()) as leads,
      array(select name from folder where node_id = k.id order by name) as folders,
      array(select name from folder where node_id = k.id and missing order by name) as "foldersMissing",
      (select count(*) from run where organization_id = ${organization.id} and status = 'running' and node_id = k.id) as runs
    from known k
    where k.plane = 'data' or (k.state <> 'stopped' and not exists (
      select from node later where later.plane = 'control' and later.host = k.host and later.started_at > k.started_at and k.state = 'away'
    ))
    order by array_position(array['running', 'away', 'stopped'], k.state), k.plane, k.host, k.id`.execute(db);
  const items = rows.map((row) => ({ ...row, startedAt: row.startedAt.toISOString(), seenAt: row.seenAt.toISOString() }));
  return { status: 200, body: { items } };
});
