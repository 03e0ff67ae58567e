import type { Retention } from '@holdfast/api';
import type { Database } from '@holdfast/db/control';
import { personOf } from '@holdfast/endpoints';
import type { Kysely } from 'kysely';
import type { RunSettings } from '../config.ts';

/** How long an organization keeps what its runs leave behind. */
export async function readRetention(db: Kysely<Database>, settings: RunSettings, organizationId: string): Promise<Retention> {
  const row = await db.selectFrom('retention').selectAll().where('organization_id', '=', organizationId).executeTakeFirst();
  return {
    documentDays: row?.document_days ?? null,
    logDays: row?.log_days ?? null,
    runDays: row?.run_days ?? null,
    defaults: { documentDays: settings.documentRetentionDays, logDays: null, runDays: null },
    changedAt: row?.changed_at.toISOString() ?? null,
    changedBy: row === undefined ? null : personOf(row.changed_by),
  };
}
