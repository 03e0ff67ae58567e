import { connect } from '@holdfast/db';

/** An organization whose audit record does not verify, as the data plane last found. */
export interface StoppedRecord {
  readonly organizationId: string;
  readonly slug: string;
  readonly code: string;
  readonly reason: string;
  readonly since: Date;
}

/** @param url of the control plane's role, which may read what is shown. */
export async function stoppedRecords(url: string): Promise<StoppedRecord[]> {
  const db = connect(url, { name: 'holdfast-records', maximumConnections: 1 });
  try {
    const rows = await db
      .selectFrom('record_state')
      .leftJoin('auth.organization as organization', 'organization.id', 'record_state.organization_id')
      .select(['organization_id', 'slug', 'code', 'reason', 'stopped_since'])
      .where('stopped_since', 'is not', null)
      .orderBy('stopped_since')
      .execute();
    return rows.map((row) => ({
      organizationId: row.organization_id,
      slug: row.slug ?? row.organization_id,
      code: row.code ?? '',
      reason: row.reason ?? '',
      since: row.stopped_since ?? new Date(0),
    }));
  } finally {
    await db.destroy();
  }
}
