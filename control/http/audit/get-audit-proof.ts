import { getAuditProof, HoldfastError } from '@holdfast/api';
import { entryHash, formatEntryProof, inclusionProof, verifyInclusion } from '@holdfast/audit';
import { readEntries, tileReader } from '@holdfast/db/control';
import { newestCheckpoint, provable, unprovable } from '../../audit/newest-checkpoint.ts';
import { implement } from '../implement.ts';

export const getAuditProofHandler = implement(getAuditProof, async ({ organization, params }, { db }) => {
  const sequence = Number(params.sequence);
  const [entry] = await readEntries(db, organization.id, sequence, sequence);
  if (entry === undefined) throw new HoldfastError('not_found', `The record has no entry ${sequence}.`);
  const checkpoint = await newestCheckpoint(db, organization.id, entry.sequence);
  const index = entry.sequence - 1;
  const { hashes, leaf } = await provable(async () => ({
    hashes: await inclusionProof(index, checkpoint.size, tileReader(db, organization.id, checkpoint.size)),
    leaf: entryHash(organization.id, entry),
  }));
  if (!verifyInclusion(leaf, index, checkpoint, hashes)) {
    throw unprovable(`entry ${entry.sequence} is not what was signed, or the stored tree was changed.`);
  }
  return {
    status: 200,
    body: {
      sequence: entry.sequence,
      checkpoint: { size: checkpoint.size, time: checkpoint.time },
      proof: formatEntryProof({ organizationId: organization.id, entry, hashes, checkpoint: checkpoint.note }),
    },
  };
});
