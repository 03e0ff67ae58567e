import type { AuditEvent } from '@holdfast/audit';
import type { TestInstance } from './instance.ts';

/** Every event on the record of an organization, in order. */
export async function recordedEvents({ db }: Pick<TestInstance, 'db'>, organizationId: string): Promise<AuditEvent[]> {
  const rows = await db
    .selectFrom('audit_event')
    .select('body')
    .where('organization_id', '=', organizationId)
    .orderBy('sequence')
    .execute();
  return rows.map(({ body }) => JSON.parse(body) as AuditEvent);
}
