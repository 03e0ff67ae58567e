import { HoldfastError } from '@holdfast/api';
import {
  type Actor,
  componentDefinitions,
  DEFINITIONS_PER_EVENT,
  deleteRows,
  locking,
  mailWaitingDestinations,
  type Queue,
  type Tx,
  triggerDefinitions,
} from '@holdfast/db/control';
import { invalid } from '@holdfast/endpoints';
import { sql } from 'kysely';
import type { AuditEntry } from '../audit/record.ts';
import { type ReplacedDestination, readReplacedDestinations, settleReplaced } from '../destinations/replace-destinations.ts';
import { requireStoredMatch } from './precondition.ts';
import { countBindings, readBindings } from './read-bindings.ts';
import { requireReplacement } from './require-replacement.ts';
import { secretNotFound } from './secret-not-found.ts';

/**
 * How many of the places that keep a secret from being deleted stand in the answer; all of them are in the
 * list of bindings.
 */
const BINDINGS_SHOWN = 50;

export interface Deletion {
  /** The name once more: what uses the secret is left broken. */
  readonly confirm: string | undefined;
  /** Another secret that takes its place everywhere. */
  readonly replaceWith: string | undefined;
  /** See `requireMatch`. */
  readonly ifMatch: string | undefined;
}

/**
 * Deletes a secret for good, with the sealed values of all its versions. Answers what is to be recorded, and
 * mails owners and admins of destinations that wait since. Throws `not_found`, `secret_in_use` with the
 * places, or says why the replacement cannot take its place.
 */
export async function deleteSecret(
  tx: Tx,
  queue: Queue,
  organizationId: string,
  name: string,
  deletion: Deletion,
  actor: Actor,
): Promise<AuditEntry[]> {
  const { confirm, replaceWith, ifMatch } = deletion;
  if (replaceWith !== undefined) await lockConsumersOf(tx, organizationId, name);
  const locked = await lockSecrets(tx, organizationId, replaceWith === undefined ? [name] : [name, replaceWith]);
  const secret = locked.get(name);
  if (secret === undefined) throw await secretNotFound(tx, organizationId, name);
  await requireStoredMatch(tx, organizationId, secret, ifMatch);
  if (confirm !== undefined && confirm !== name) {
    throw invalid([{ field: 'confirm', detail: 'It is not the name of the secret.' }], `Type “${name}”.`);
  }
  const uses = await countBindings(tx, organizationId, secret.id);
  const next = replaceWith === undefined ? undefined : requireReplacement(name, replaceWith, locked.get(replaceWith));
  // Of the former secret's bindings, which are the other one's next.
  const destinations = next === undefined ? [] : await readReplacedDestinations(tx, { organizationId, from: secret, to: next });
  const rebound = next === undefined ? [] : await rebind(tx, organizationId, secret, next, uses);
  if (uses > 0 && replaceWith === undefined && confirm === undefined) {
    const bindings = await readBindings(tx, organizationId, secret.id, sql`true`, BINDINGS_SHOWN);
    const places = `${uses} ${uses === 1 ? 'place uses' : 'places use'}`;
    throw new HoldfastError('secret_in_use', `${places} “${name}” and would stop working.`, { extra: { bindings, total: uses } });
  }
  locking(tx, 'secret count');
  // Its versions and sealed values go with it; bindings stay, without a secret and with its name.
  await deleteRows(tx, 'secret', organizationId, [secret.id]);
  const left = replaceWith === undefined ? uses : 0;
  const settled = next === undefined ? [] : await settle(tx, queue, organizationId, { from: secret, to: next, destinations }, actor);
  return [
    ...rebound,
    ...settled,
    { action: 'secret.delete', target: { kind: 'secret', id: secret.id, name }, detail: { bindingsLeftBroken: left } },
  ];
}

/** Where the secret that takes the other's place goes is approved or asked for, by mail too. */
async function settle(
  tx: Tx,
  queue: Queue,
  organizationId: string,
  {
    from,
    to,
    destinations,
  }: { readonly from: LockedSecret; readonly to: LockedSecret; readonly destinations: readonly ReplacedDestination[] },
  actor: Actor,
): Promise<readonly AuditEntry[]> {
  const { entries, requested } = await settleReplaced(tx, organizationId, { from, to }, destinations, actor);
  await mailWaitingDestinations(tx, queue, organizationId, requested, {
    by: actor.name,
    component: requested[0]?.componentName ?? '',
    occasion: 'replaced',
  });
  return entries;
}

interface LockedSecret {
  readonly id: string;
  readonly name: string;
}

/**
 * Their revision grows when they are bound to another secret. Before the secrets, as everybody locks them.
 */
async function lockConsumersOf(tx: Tx, organizationId: string, name: string): Promise<void> {
  locking(tx, 'trigger');
  await sql`
    select from workflow_trigger t where t.organization_id = ${organizationId} and t.id in (
      select b.trigger_id from binding b join secret s on s.organization_id = b.organization_id and s.id = b.secret_id
      where s.organization_id = ${organizationId} and s.name = ${name})
    order by t.id for no key update`.execute(tx);
  locking(tx, 'component');
  await sql`
    select from component c where c.organization_id = ${organizationId} and c.id in (
      select b.component_id from binding b join secret s on s.organization_id = b.organization_id and s.id = b.secret_id
      where s.organization_id = ${organizationId} and s.name = ${name})
    order by c.id for no key update`.execute(tx);
}

/** Those that exist, by name. Locked against new bindings too: their foreign key needs the row. */
async function lockSecrets(tx: Tx, organizationId: string, names: readonly string[]): Promise<Map<string, LockedSecret>> {
  locking(tx, 'secret');
  const rows = await tx
    .selectFrom('secret')
    .select(['id', 'name'])
    .where('organization_id', '=', organizationId)
    .where('name', 'in', names)
    .orderBy('id')
    .forUpdate()
    .execute();
  return new Map(rows.map(({ id, name }) => [name ?? '', { id, name: name ?? '' }]));
}

async function rebind(tx: Tx, organizationId: string, from: LockedSecret, to: LockedSecret, uses: number): Promise<AuditEntry[]> {
  await requireInScope(tx, organizationId, from, to);
  // A page that was open before must not be saved over this with the old name.
  const { rows } = await sql<{ id: string }>`
    update component c set revision = revision + 1 from binding b
    where c.organization_id = ${organizationId} and b.organization_id = c.organization_id and b.component_id = c.id
      and b.secret_id = ${from.id} returning c.id`.execute(tx);
  const componentIds = [...new Set(rows.map(({ id }) => id))];
  const { rows: triggers } = await sql<{ id: string }>`
    update workflow_trigger t set revision = revision + 1 from binding b
    where t.organization_id = ${organizationId} and b.organization_id = t.organization_id and b.trigger_id = t.id
      and b.secret_id = ${from.id} returning t.id`.execute(tx);
  await tx
    .updateTable('binding')
    .set({ secret_id: to.id, secret_name: to.name })
    .where('organization_id', '=', organizationId)
    .where('secret_id', '=', from.id)
    .execute();
  const entries: AuditEntry[] = [];
  const definitions = [
    ...(await componentDefinitions(tx, organizationId, componentIds)),
    ...(await triggerDefinitions(
      tx,
      organizationId,
      triggers.map(({ id }) => id),
    )),
  ];
  for (let first = 0; first === 0 || first < definitions.length; first += DEFINITIONS_PER_EVENT) {
    entries.push({
      action: 'secret.rebind',
      target: { kind: 'secret', id: from.id, name: from.name },
      detail: { replacedWith: to.name, replacedWithId: to.id, bindings: uses },
      definitions: definitions.slice(first, first + DEFINITIONS_PER_EVENT),
    });
  }
  return entries;
}

async function requireInScope(tx: Tx, organizationId: string, from: LockedSecret, to: LockedSecret): Promise<void> {
  const outside = await tx
    .selectFrom('binding')
    .innerJoin('consumer', (join) =>
      join
        .onRef('consumer.organization_id', '=', 'binding.organization_id')
        .onRef('consumer.kind', '=', 'binding.consumer_kind')
        .onRef('consumer.id', '=', 'binding.consumer_id'),
    )
    .innerJoin('project', (join) =>
      join.onRef('project.organization_id', '=', 'consumer.organization_id').onRef('project.id', '=', 'consumer.project_id'),
    )
    .select('project.name')
    .where('binding.organization_id', '=', organizationId)
    .where('binding.secret_id', '=', from.id)
    .where(sql<boolean>`not exists (select from secret_in_project u
      where u.organization_id = project.organization_id and u.project_id = project.id and u.secret_id = ${to.id} and u.in_scope)`)
    .limit(1)
    .executeTakeFirst();
  if (outside === undefined) return;
  throw new HoldfastError('secret_out_of_scope', `“${to.name}” may not be used in the project “${outside.name}”.`, {
    field: 'replaceWith',
  });
}
