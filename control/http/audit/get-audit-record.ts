import { getAuditRecord } from '@holdfast/api';
import { verifierKey } from '@holdfast/audit';
import { signingKeys } from '../../audit/newest-checkpoint.ts';
import { implement } from '../implement.ts';

/** What the data plane has found, as it wrote it down. */
export const getAuditRecordHandler = implement(getAuditRecord, async ({ organization }, { db, instanceId }) => {
  const [head, state, checkpoint, { epoch }, [signingKey]] = await Promise.all([
    db.selectFrom('audit_head').select('sequence').where('organization_id', '=', organization.id).executeTakeFirst(),
    db.selectFrom('record_state').selectAll().where('organization_id', '=', organization.id).executeTakeFirst(),
    db
      .selectFrom('checkpoint')
      .select(['size', 'time', 'note'])
      .where('organization_id', '=', organization.id)
      .orderBy('size', 'desc')
      .limit(1)
      .executeTakeFirst(),
    db.selectFrom('instance').select('epoch').executeTakeFirstOrThrow(),
    signingKeys(db),
  ]);
  const log = { instanceId, organizationId: organization.id, epoch };
  return {
    status: 200,
    body: {
      entries: head?.sequence ?? 0,
      verified: state?.verified_at ? { size: state.size, at: state.verified_at.toISOString() } : null,
      stopped: state?.stopped_since
        ? {
            since: state.stopped_since.toISOString(),
            code: state.code ?? 'record_stopped',
            reason: state.reason ?? 'The record does not verify.',
          }
        : null,
      checkpoint: checkpoint ? { ...checkpoint, time: checkpoint.time.toISOString() } : null,
      verifierKey: signingKey === undefined ? null : verifierKey(log, Buffer.from(signingKey, 'base64url')),
    },
  };
});
