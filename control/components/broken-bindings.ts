import { LATEST_TIME } from '@holdfast/db/control';
import { type RawBuilder, sql } from 'kysely';

/**
 * Bindings of a component whose secret cannot be used now: deleted, expired, or not meant for the project. The same rules as the
 * data plane's, so that the console shows before a run what the run would say.
 */
export function brokenBinding(
  organizationId: RawBuilder<unknown>,
  componentId: RawBuilder<unknown>,
  projectId: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`
    select from binding b
    left join secret s on s.organization_id = b.organization_id and s.id = b.secret_id
    where b.organization_id = ${organizationId} and b.component_id = ${componentId}
      and (s.id is null or s.expires_at <= ${LATEST_TIME} or not (s.all_projects or exists (
        select from secret_scope x
        where x.organization_id = s.organization_id and x.secret_id = s.id and x.project_id = ${projectId})))`;
}
