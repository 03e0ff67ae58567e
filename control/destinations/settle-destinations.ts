import { HoldfastError } from '@holdfast/api';
import { ownValueName } from '@holdfast/audit';
import { type Actor, locking, type Tx } from '@holdfast/db/control';
import { type RawBuilder, sql } from 'kysely';
import type { AuditEntry } from '../audit/record.ts';

/** A component that was just written, with its destinations and its bindings. */
export interface ComponentToSettle {
  readonly organizationId: string;
  readonly id: string;
  /** Saving it approves where its secrets go. */
  readonly mayApprove: boolean;
  /** Own values that came with this save: who typed them knows them. */
  readonly typed: readonly string[];
}

/** See `destination_state` in db/usable.sql. */
export type DestinationState = 'approved' | 'requested' | 'refused' | 'revoked' | 'unasked' | 'narrowed';

/** Where a component sends a secret; see `destination_in_use` in db/usable.sql. */
export interface Sent {
  readonly componentId: string;
  readonly componentName: string;
  readonly secretId: string;
  readonly secretName: string | null;
  readonly destination: string;
  readonly state: DestinationState;
}

export interface SettledDestinations {
  /** To be recorded with the save. */
  readonly entries: readonly AuditEntry[];
  /** What now waits for an owner or admin, and did not before. */
  readonly requested: readonly Pick<Sent, 'secretName' | 'destination' | 'componentName'>[];
}

/**
 * Approves where a saved component sends, for each of its secrets, or asks for that. What somebody has
 * refused or revoked stays so, no matter who saves: that takes a decision. Throws `destination_refused` for a
 * place outside of a secret's own destinations.
 */
export async function settleDestinations(tx: Tx, component: ComponentToSettle, actor: Actor): Promise<SettledDestinations> {
  const { organizationId, id, mayApprove, typed } = component;
  const sent = await destinationsInUse(tx, organizationId, sql`d.consumer_id = ${id}`);
  const approves = ({ secretId }: Sent) => mayApprove || typed.includes(secretId);
  return settleSent(tx, organizationId, sent, approves, actor, { field: 'configuration', approvedBy: { bySaving: true } });
}

/** What settles destinations: the save of a component, or another secret in the place of one. */
interface Occasion {
  /** What is wrong when a secret may not be sent somewhere. */
  readonly field: string;
  /** Why something is approved, or asked for, beside the component in whose options it stands. */
  readonly approvedBy: AuditEntry['detail'];
  readonly requestedBy?: AuditEntry['detail'];
}

/**
 * Approves what is open and `approves` says, and asks for what is open and nobody has asked for. Throws
 * `destination_refused` as above.
 *
 * @param sent a secret and a destination once, in the order in which rows are locked.
 */
export async function settleSent(
  tx: Tx,
  organizationId: string,
  sent: readonly Sent[],
  approves: (each: Sent) => boolean,
  actor: Actor,
  { field, approvedBy, requestedBy }: Occasion,
): Promise<SettledDestinations> {
  refuseNarrowed(sent, field);
  const open = sent.filter(({ state }) => state === 'unasked' || state === 'requested');
  const approved = await write(tx, organizationId, 'approved', open.filter(approves), actor);
  const asking = open.filter((each) => each.state === 'unasked' && !approves(each));
  const requested = await write(tx, organizationId, 'requested', asking, actor);
  const entries = [
    ...approved.map(entryOf('destination.approve', approvedBy)),
    ...requested.map(entryOf('destination.request', requestedBy)),
  ];
  return { entries, requested };
}

/** In the order in which rows are locked. */
async function destinationsInUse(tx: Tx, organizationId: string, where: RawBuilder<unknown>): Promise<readonly Sent[]> {
  const { rows } = await sql<Sent>`
    select d.consumer_id as "componentId", c.name as "componentName", d.secret_id as "secretId", d.secret_name as "secretName",
      d.destination, d.state
    from destination_in_use d
    join component c on c.organization_id = d.organization_id and c.id = d.consumer_id
    where d.organization_id = ${organizationId} and ${where}
    order by d.secret_id, d.destination`.execute(tx);
  return rows;
}

function refuseNarrowed(sent: readonly Sent[], field: string): void {
  const narrowed = sent.find(({ state }) => state === 'narrowed');
  if (narrowed === undefined) return;
  throw new HoldfastError('destination_refused', `The secret “${narrowed.secretName}” may not be sent to ${narrowed.destination}.`, {
    field,
    remedy: `Use an address that the secret allows, or have an admin add ${narrowed.destination} to its destinations.`,
  });
}

/** Keeps what was decided meanwhile; answers what was written, which alone is recorded. */
async function write(
  tx: Tx,
  organizationId: string,
  state: 'approved' | 'requested',
  sent: readonly Sent[],
  actor: Actor,
): Promise<readonly Sent[]> {
  if (sent.length === 0) return [];
  const by = JSON.stringify(actor);
  const decided = state === 'approved';
  locking(tx, 'destination');
  const { rows } = await sql<{ secretId: string; destination: string }>`
    insert into secret_destination as d
      (organization_id, secret_id, destination, state, asked_by, component_id, decided_at, decided_by)
    select ${organizationId}, t.secret_id, t.destination, ${state}, ${decided ? null : by}::jsonb, t.component_id,
      ${decided ? sql`now()` : null}, ${decided ? by : null}::jsonb
    from unnest(${sent.map(({ secretId }) => secretId)}::uuid[], ${sent.map(({ destination }) => destination)}::text[],
      ${sent.map(({ componentId }) => componentId)}::uuid[]) with ordinality as t (secret_id, destination, component_id, position)
    order by t.position
    on conflict (organization_id, secret_id, destination) do update
      set state = excluded.state, decided_at = excluded.decided_at, decided_by = excluded.decided_by
      where d.state = 'requested' and ${decided}
    returning secret_id as "secretId", destination`.execute(tx);
  return sent.filter((each) => rows.some(({ secretId, destination }) => secretId === each.secretId && destination === each.destination));
}

function entryOf(action: 'destination.approve' | 'destination.request', why: AuditEntry['detail']) {
  return ({ secretId, secretName, destination, componentName }: Sent): AuditEntry => ({
    action,
    target: { kind: 'secret', id: secretId, name: secretName ?? ownValueName(componentName) },
    context: { component: componentName },
    detail: { destination, ...why },
  });
}
