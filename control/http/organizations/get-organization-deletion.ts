import { getOrganizationDeletion } from '@holdfast/api';
import { personOf } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { implement } from '../implement.ts';

interface Counts {
  secrets: number;
  components: number;
  workflows: number;
  runs: number;
  documents: number;
  members: number;
  tokens: number;
  auditEntries: number;
}

export const getOrganizationDeletionHandler = implement(getOrganizationDeletion, async ({ organization: { id } }, { db }) => {
  const asked = await db.selectFrom('organization_deletion').selectAll().where('organization_id', '=', id).executeTakeFirst();
  const { rows } = await sql<Counts>`
    select
      (select count(*) from secret where organization_id = ${id} and name is not null) as secrets,
      (select count(*) from component where organization_id = ${id}) as components,
      (select count(*) from workflow where organization_id = ${id}) as workflows,
      (select count(*) from run where organization_id = ${id}) as runs,
      (select count(*) from document where organization_id = ${id}) as documents,
      (select count(*) from auth.member where "organizationId" = ${id}) as members,
      (select count(*) from access_token where organization_id = ${id}) as tokens,
      coalesce((select sequence from audit_head where organization_id = ${id}), 0) as "auditEntries"`.execute(db);
  const [counts] = rows;
  if (counts === undefined) throw new Error('The counts of an organization have no row.');
  const deletion =
    asked === undefined
      ? null
      : {
          requestedBy: personOf(asked.requested_by),
          requestedAt: asked.requested_at.toISOString(),
          deletesAt: asked.delete_at.toISOString(),
        };
  return { status: 200, body: { deletion, counts } };
});
