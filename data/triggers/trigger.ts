import { SLUG_PATTERN } from '@holdfast/api';
import type { AuditActor } from '@holdfast/audit';
import { CURRENT_VALUE, type Database, type TriggerConfiguration } from '@holdfast/db/data';
import { isUuid } from '@holdfast/envelope';
import type { Kysely } from 'kysely';
import { sql } from 'kysely';
import { type SecretRow, STORED_SECRET, storedSecretOf } from '../use/stored-secret.ts';
import type { StoredSecret } from '../use/values/wanted-use.ts';

/** A trigger as the database has it. */
export interface Trigger {
  readonly organizationId: string;
  readonly id: string;
  readonly name: string;
  readonly kind: TriggerConfiguration['kind'];
  readonly enabled: boolean;
  readonly revision: number;
  readonly configuration: TriggerConfiguration;
  readonly workflowId: string;
  readonly workflowName: string;
  readonly projectId: string;
  readonly projectName: string;
  /** Of an upload address. */
  readonly tokenHash: Buffer | null;
  readonly tokenExpiresAt: Date | null;
  /** What a webhook's key is bound to; `secret` is absent when it was deleted. */
  readonly key: { readonly secretName: string | null; readonly secret: StoredSecret | undefined } | undefined;
}

type TriggerRow = Omit<Trigger, 'key'> &
  Omit<SecretRow, 'secret_id'> & { readonly secret_id: string | null; readonly secret_name: string | null; readonly is_bound: boolean };

/**
 * A trigger by what its address names: the short name or id of its organization, and its own id; `undefined`
 * when there is none.
 */
export async function findTrigger(db: Kysely<Database>, slugOrId: string, triggerId: string): Promise<Trigger | undefined> {
  const id = isUuid(slugOrId) ? slugOrId : null;
  if (!SLUG_PATTERN.test(slugOrId) && id === null) return undefined;
  const { rows } = await sql<TriggerRow>`
    select t.organization_id as "organizationId", t.id, t.name, t.kind, t.enabled, t.revision, t.configuration,
      t.workflow_id as "workflowId", w.name as "workflowName", w.project_id as "projectId", p.name as "projectName",
      t.token_hash as "tokenHash", t.token_expires_at as "tokenExpiresAt",
      b.id is not null as is_bound, b.secret_name,
      ${sql.raw(STORED_SECRET)}
    from auth.organization o
    join workflow_trigger t on t.organization_id = o.id
    join workflow w on w.organization_id = t.organization_id and w.id = t.workflow_id
    join project p on p.organization_id = w.organization_id and p.id = w.project_id
    left join binding b on b.organization_id = t.organization_id and b.trigger_id = t.id
    left join secret s on s.organization_id = b.organization_id and s.id = b.secret_id
    ${sql.raw(CURRENT_VALUE)}
    where (o.slug = ${slugOrId} or o.id = ${id}::uuid) and t.id = ${triggerId}
      and not exists (select from organization_deletion d where d.organization_id = o.id and d.begun_at is not null)`.execute(db);
  const [row] = rows;
  if (row === undefined) return undefined;
  const secret = row.secret_id === null ? undefined : storedSecretOf({ ...row, secret_id: row.secret_id });
  return { ...row, key: row.is_bound ? { secretName: row.current_name ?? row.secret_name, secret } : undefined };
}

/** How a run that a trigger starts, and what it uses for that, says who did it. */
export function actorOf({ id, name }: Pick<Trigger, 'id' | 'name'>): AuditActor {
  return { kind: 'trigger', id, name };
}
