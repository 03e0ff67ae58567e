import { CheckpointError, logOrigin, type VerifiedCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { verifyConsistency } from './proofs.ts';

export interface ComparedCheckpoints {
  readonly valid: true;
  readonly from: VerifiedCheckpoint;
  readonly to: VerifiedCheckpoint;
}

export interface ContradictingCheckpoints {
  readonly valid: false;
  readonly code: 'checkpoint_invalid' | 'checkpoint_foreign' | 'record_rolled_back' | 'checkpoint_differs';
  readonly reason: string;
}

/**
 * Whether a log went from one signed checkpoint to a later one by appending alone: nothing that the first was
 * signed over was changed. `proof` (RFC 9162, section 2.1.4.1) is asked for when both are genuine and of one
 * log.
 *
 * @param notes signed notes, as {@link verifyCheckpoint} takes them.
 * @param signingKeys raw Ed25519, base64url.
 * @returns what is wrong, if anything is, by its `code`.
 * @throws what `proof` rejects with, and nothing else.
 */
export async function compareCheckpoints(
  notes: { readonly from: string; readonly to: string },
  signingKeys: readonly string[],
  proof: (from: VerifiedCheckpoint, to: VerifiedCheckpoint) => Promise<readonly Uint8Array[]>,
): Promise<ComparedCheckpoints | ContradictingCheckpoints> {
  let from: VerifiedCheckpoint;
  let to: VerifiedCheckpoint;
  try {
    [from, to] = [verifyCheckpoint(notes.from, signingKeys), verifyCheckpoint(notes.to, signingKeys)];
  } catch (error) {
    if (error instanceof CheckpointError) return { valid: false, code: 'checkpoint_invalid', reason: error.message };
    throw error;
  }
  if (logOrigin(from) !== logOrigin(to)) {
    const reason = `The checkpoints are of two logs: ${logOrigin(from)} and ${logOrigin(to)}.`;
    return { valid: false, code: 'checkpoint_foreign', reason };
  }
  if (from.size > to.size) {
    const reason = `The first checkpoint is over ${from.size} entries (${from.time}), the second over ${to.size} (${to.time}).`;
    const rolledBack = from.time <= to.time;
    return rolledBack
      ? { valid: false, code: 'record_rolled_back', reason: `${reason} The record was set back between them.` }
      : { valid: false, code: 'checkpoint_invalid', reason: `${reason} Name the older one first.` };
  }
  if (!verifyConsistency(from, to, await proof(from, to))) {
    const reason = `The log of ${to.time} does not extend the one of ${from.time}: among the first ${from.size} entries something was rewritten.`;
    return { valid: false, code: 'checkpoint_differs', reason };
  }
  return { valid: true, from, to };
}
