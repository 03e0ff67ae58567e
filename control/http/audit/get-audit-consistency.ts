import { getAuditConsistency, HoldfastError } from '@holdfast/api';
import { consistencyProof } from '@holdfast/audit';
import { tileReader } from '@holdfast/db/control';
import { newestCheckpoint, provable } from '../../audit/newest-checkpoint.ts';
import { implement } from '../implement.ts';

export const getAuditConsistencyHandler = implement(getAuditConsistency, async ({ organization, query }, { db }) => {
  const { size } = await newestCheckpoint(db, organization.id, query.to ?? query.from);
  const { from, to = size } = query;
  if (from > to) {
    throw new HoldfastError('invalid_request', 'The log of “from” entries must not be longer than the log of “to” entries.', {
      field: 'from',
      remedy: 'Name the smaller size first.',
    });
  }
  const proof = await provable(() => consistencyProof(from, to, tileReader(db, organization.id, to)));
  return { status: 200, body: { from, to, proof: proof.map((hash) => hash.toString('base64')) } };
});
