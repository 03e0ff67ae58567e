import type { Actor, Database, Tx } from '@holdfast/db/control';
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { type DestinationState, type Sent, type SettledDestinations, settleSent } from './settle-destinations.ts';

/** A place to which components send a secret, and what becomes of it when another takes its place in them. */
export interface ReplacedDestination {
  readonly destination: string;
  /** Of the components that send there, the first by name. */
  readonly componentId: string;
  readonly componentName: string;
  /** Of the secret that is replaced. */
  readonly replaced: DestinationState;
  /** Of the one that takes its place. */
  readonly before: DestinationState;
  /** The same, once it has; `narrowed`: it cannot take the place. */
  readonly after: Exclude<DestinationState, 'unasked'>;
}

interface Replacing {
  readonly organizationId: string;
  readonly from: { readonly id: string };
  readonly to: { readonly id: string };
}

/** By destination: those of the components that use `from`, and of no other. */
export async function readReplacedDestinations(
  db: Kysely<Database>,
  { organizationId, from, to }: Replacing,
  { where = sql`true`, limit }: { readonly where?: RawBuilder<unknown>; readonly limit?: number } = {},
): Promise<readonly ReplacedDestination[]> {
  const { rows } = await sql<Omit<ReplacedDestination, 'after'>>`
    select u.*, destination_state(s.destinations, u.destination, a.state) as before
    from (
      select distinct on (d.destination) d.destination, d.state as replaced, c.id as "componentId", c.name as "componentName"
      from destination_in_use d
      join component c on c.organization_id = d.organization_id and c.id = d.consumer_id
      where d.organization_id = ${organizationId} and d.secret_id = ${from.id}
      order by d.destination, lower(c.name), c.id) u
    join secret s on s.organization_id = ${organizationId} and s.id = ${to.id}
    left join secret_destination a
      on a.organization_id = s.organization_id and a.secret_id = s.id and a.destination = u.destination
    where ${where}
    order by u.destination
    limit ${limit ?? null}`.execute(db);
  return rows.map((row) => ({ ...row, after: stateAfter(row) }));
}

export async function countReplacedDestinations(db: Kysely<Database>, { organizationId, from }: Replacing): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(distinct destination)::integer as count from destination_in_use
    where organization_id = ${organizationId} and secret_id = ${from.id}`.execute(db);
  return rows[0]?.count ?? 0;
}

/**
 * What was decided for the secret itself stays. It may be sent where the one that it replaces was approved
 * for; an owner or admin has decided that, and who replaces decides nothing else. What was never approved for
 * that one, was refused to it or taken back, waits.
 */
function stateAfter({ replaced, before }: Pick<ReplacedDestination, 'replaced' | 'before'>): ReplacedDestination['after'] {
  if (before !== 'unasked' && before !== 'requested') return before;
  return replaced === 'approved' ? 'approved' : 'requested';
}

/**
 * Approves or asks for the places of a secret that has taken another's place. Throws `destination_refused`
 * for one outside of its own destinations.
 *
 * @param places as they were before, when both secrets were locked already.
 */
export async function settleReplaced(
  tx: Tx,
  organizationId: string,
  { from, to }: Readonly<Record<'from' | 'to', { readonly id: string; readonly name: string }>>,
  places: readonly ReplacedDestination[],
  actor: Actor,
): Promise<SettledDestinations> {
  const approved = new Set(places.filter(({ after }) => after === 'approved').map(({ destination }) => destination));
  const sent = places.map(
    ({ before, componentId, componentName, destination }): Sent => ({
      ...{ componentId, componentName, destination },
      ...{ secretId: to.id, secretName: to.name, state: before },
    }),
  );
  const why = { inPlaceOf: from.name };
  const approves = ({ destination }: Sent) => approved.has(destination);
  return settleSent(tx, organizationId, sent, approves, actor, { field: 'replaceWith', approvedBy: why, requestedBy: why });
}
