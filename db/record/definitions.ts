import { componentDefinition, type Definition, secretDefinition, triggerDefinition } from '@holdfast/audit';
import { sql } from 'kysely';
import type { InTransaction } from '../connection/statements.ts';

/** An event holds so many at the most; more of them go into further events. */
export const DEFINITIONS_PER_EVENT = 300;

/** The policies of secrets as they are now in this transaction, for the event that changed them to state. */
export async function secretDefinitions(tx: InTransaction, organizationId: string, secretIds: readonly string[]): Promise<Definition[]> {
  if (secretIds.length === 0) return [];
  const { rows } = await sql<Parameters<typeof secretDefinition>[0]>`
    select s.id as "secretId", s.component_id as "componentId", s.all_projects as "allProjects", s.expires_at as "expiresAt", s.destinations,
      coalesce(array_agg(p.project_id::text) filter (where p.project_id is not null), '{}') as "projectIds"
    from secret s
    left join secret_scope p on p.organization_id = s.organization_id and p.secret_id = s.id
    where s.organization_id = ${organizationId} and s.id = any(${secretIds}::uuid[])
    group by s.organization_id, s.id order by s.id`.execute(tx);
  return rows.map(secretDefinition);
}

/**
 * What components are and are bound to, as it is now in this transaction, for the event that changed it to
 * state.
 */
export async function componentDefinitions(
  tx: InTransaction,
  organizationId: string,
  componentIds: readonly string[],
): Promise<Definition[]> {
  if (componentIds.length === 0) return [];
  const { rows } = await sql<Parameters<typeof componentDefinition>[0]>`
    select c.id as "componentId", c.project_id as "projectId", c.type, c.configuration,
      coalesce(jsonb_agg(jsonb_build_object('option', b.option, 'reference', b.reference, 'secretId', b.secret_id)) filter (where b.id is not null), '[]') as bindings
    from component c
    left join binding b on b.organization_id = c.organization_id and b.component_id = c.id
    where c.organization_id = ${organizationId} and c.id = any(${componentIds}::uuid[])
    group by c.organization_id, c.id order by c.id`.execute(tx);
  return rows.map(componentDefinition);
}

/** The same of triggers. */
export async function triggerDefinitions(tx: InTransaction, organizationId: string, triggerIds: readonly string[]): Promise<Definition[]> {
  if (triggerIds.length === 0) return [];
  const { rows } = await sql<Parameters<typeof triggerDefinition>[0]>`
    select t.id as "triggerId", t.workflow_id as "workflowId", w.project_id as "projectId", t.kind, t.enabled, t.configuration,
      t.token_hash as "tokenHash", t.token_expires_at as "tokenExpiresAt",
      coalesce(jsonb_agg(jsonb_build_object('option', b.option, 'reference', b.reference, 'secretId', b.secret_id)) filter (where b.id is not null), '[]') as bindings
    from workflow_trigger t
    join workflow w on w.organization_id = t.organization_id and w.id = t.workflow_id
    left join binding b on b.organization_id = t.organization_id and b.trigger_id = t.id
    where t.organization_id = ${organizationId} and t.id = any(${triggerIds}::uuid[])
    group by t.organization_id, t.id, w.project_id order by t.id`.execute(tx);
  return rows.map(triggerDefinition);
}
