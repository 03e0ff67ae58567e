import { HoldfastError } from '@holdfast/api';
import { ownValueName } from '@holdfast/audit';
import { type Actor, locking, type Tx } from '@holdfast/db/control';
import { invalid } from '@holdfast/endpoints';
import { destinationOf } from '@holdfast/envelope';
import { sql } from 'kysely';
import type { AuditEntry } from '../audit/record.ts';

export interface Decision {
  readonly decision: 'approve' | 'refuse' | 'revoke';
  readonly items: readonly { readonly secretId: string; readonly destination: string }[];
  readonly reason: string;
}

const STATES = { approve: 'approved', refuse: 'refused', revoke: 'revoked' } as const;

interface DecidedSecret {
  readonly id: string;
  readonly name: string;
  readonly destinations: readonly string[];
}

/**
 * Decides about destinations of secrets; answers what is to be recorded. What is decided so already stays as
 * it is, with nothing to record. Throws `not_found` for a secret that does not exist. Where a secret has
 * destinations of its own they alone decide: throws `destination_refused` for the approval of another place,
 * `destination_of_secret` for taking one of them away.
 */
export async function decide(tx: Tx, organizationId: string, { decision, items, reason }: Decision, actor: Actor): Promise<AuditEntry[]> {
  const wanted = items.map((item, index) => ({
    ...item,
    secretId: item.secretId.toLowerCase(),
    destination: normal(item.destination, index),
  }));
  const secrets = await lockSecrets(
    tx,
    organizationId,
    wanted.map(({ secretId }) => secretId),
  );
  for (const { secretId, destination } of wanted) {
    const secret = secrets.get(secretId);
    if (secret === undefined) throw new HoldfastError('not_found', 'The organization has no such secret.');
    if (decision === 'approve') refuseNarrowed(secret, destination);
    else refuseOwn(secret, destination);
  }
  locking(tx, 'destination');
  const { rows } = await sql<{ secretId: string; destination: string }>`
    insert into secret_destination as d (organization_id, secret_id, destination, state, decided_at, decided_by, reason)
    select ${organizationId}, t.secret_id, t.destination, ${STATES[decision]}, now(), ${JSON.stringify(actor)}::jsonb, ${reason}
    from (select distinct * from unnest(${wanted.map(({ secretId }) => secretId)}::uuid[], ${wanted.map((each) => each.destination)}::text[])
      as w (secret_id, destination)) t
    -- A revocation takes an approval back, and there is none to take back otherwise.
    where ${decision !== 'revoke'} or exists (
      select from secret_destination a
      where a.organization_id = ${organizationId} and a.secret_id = t.secret_id and a.destination = t.destination and a.state = 'approved')
    order by t.secret_id, t.destination
    on conflict (organization_id, secret_id, destination) do update
      set state = excluded.state, decided_at = excluded.decided_at, decided_by = excluded.decided_by, reason = excluded.reason
      where d.state <> excluded.state
    returning secret_id as "secretId", destination`.execute(tx);
  if (rows.length === 0) return [];
  // A use that is open notices it before its next document, and the record decides.
  await sql`
    update secret set destination_decisions = destination_decisions + 1
    where organization_id = ${organizationId} and id = any(${rows.map(({ secretId }) => secretId)}::uuid[])`.execute(tx);
  return rows.map(({ secretId, destination }) => ({
    action: `destination.${decision}` as const,
    target: { kind: 'secret', id: secretId, name: secrets.get(secretId)?.name ?? '' },
    detail: { destination, ...(reason === '' ? {} : { reason }) },
  }));
}

function normal(written: string, index: number): string {
  const destination = destinationOf(written);
  if (destination !== undefined) return destination;
  throw invalid(
    [{ field: `items.${index}.destination`, detail: 'It is no scheme://host:port.' }],
    'Write it like https://api.example.com or postgres://db.example.com:5432.',
  );
}

function refuseNarrowed({ name, destinations }: DecidedSecret, destination: string): void {
  if (destinations.length === 0 || destinations.includes(destination)) return;
  throw new HoldfastError('destination_refused', `“${name}” goes to its own destinations only: ${destinations.join(', ')}.`, {
    remedy: `Add ${destination} to the destinations in the details of the secret.`,
  });
}

/** It could go there all the same. */
function refuseOwn({ name, destinations }: DecidedSecret, destination: string): void {
  if (!destinations.includes(destination)) return;
  const others = destinations.filter((each) => each !== destination);
  const rest = others.length === 0 ? ['none'] : others;
  throw new HoldfastError('destination_of_secret', `“${name}” has ${destination} among its own destinations.`, {
    remedy: `Take ${destination} off them in the details of the secret: holdfast secret edit ${name} ${rest.map((each) => `--destination ${each}`).join(' ')}.${
      others.length === 0 ? ' Without any of its own, it goes only where the value itself names, was sealed for, or somebody approves.' : ''
    }`,
  });
}

/** Nobody deletes them, or decides about them, meanwhile. */
async function lockSecrets(tx: Tx, organizationId: string, ids: readonly string[]): Promise<ReadonlyMap<string, DecidedSecret>> {
  locking(tx, 'secret');
  const { rows } = await sql<Omit<DecidedSecret, 'name'> & { name: string | null; owner: string }>`
    select s.id, s.name, s.destinations,
      (select c.name from component c where c.organization_id = s.organization_id and c.id = s.component_id) as owner
    from secret s where s.organization_id = ${organizationId} and s.id = any(${[...new Set(ids)]}::uuid[])
    order by s.id for no key update of s`.execute(tx);
  return new Map(rows.map(({ id, name, owner, destinations }) => [id, { id, name: name ?? ownValueName(owner), destinations }]));
}
