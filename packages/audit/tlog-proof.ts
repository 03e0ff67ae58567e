import { CheckpointError, type VerifiedCheckpoint, verifyCheckpoint } from './checkpoint.ts';
import { entryBytes, entryHash, type LogEntry, parseEntryBytes } from './entry.ts';
import { verifyInclusion } from './proofs.ts';

const HEADER = 'c2sp.org/tlog-proof@v1';

export interface EntryProof {
  readonly organizationId: string;
  readonly entry: LogEntry;
  /** RFC 9162, section 2.1.3.1: lowest sibling first. */
  readonly hashes: readonly Uint8Array[];
  /** A checkpoint over the entry, as a signed note. */
  readonly checkpoint: string;
}

/** Whether a text claims to be such a proof. */
export function isEntryProof(text: string): boolean {
  return text.startsWith(`${HEADER}\n`);
}

/**
 * The proof that a log has an entry, as one file that needs nothing else: c2sp.org/tlog-proof, with the bytes
 * of the entry (see {@link entryBytes}) as its extra data.
 *
 * @throws RangeError as {@link entryBytes}.
 */
export function formatEntryProof({ organizationId, entry, hashes, checkpoint }: EntryProof): string {
  return [
    HEADER,
    `extra ${entryBytes(organizationId, entry).toString('base64')}`,
    `index ${entry.sequence - 1}`,
    ...hashes.map((hash) => Buffer.from(hash).toString('base64')),
    '',
    checkpoint,
  ].join('\n');
}

export interface ProvenEntry {
  readonly valid: true;
  readonly organizationId: string;
  readonly entry: LogEntry;
  /** It holds the entry, and was signed by a trusted key. */
  readonly checkpoint: VerifiedCheckpoint;
}

export interface UnprovenEntry {
  readonly valid: false;
  readonly code: 'proof_malformed' | 'proof_invalid' | 'checkpoint_invalid';
  readonly reason: string;
}

/**
 * Checks a proof against the signing keys (raw Ed25519, base64url) that one of must have signed its
 * checkpoint.
 *
 * @returns what is wrong, if anything is, by its `code`; no text throws.
 */
export function verifyEntryProof(text: string, signingKeys: readonly string[]): ProvenEntry | UnprovenEntry {
  const proof = parseProof(text);
  if (proof === undefined) {
    return { valid: false, code: 'proof_malformed', reason: `The file is not a proof of the form ${HEADER} with an entry of Holdfast.` };
  }
  const { organizationId, entry, index, hashes } = proof;
  let checkpoint: VerifiedCheckpoint;
  try {
    checkpoint = verifyCheckpoint(proof.checkpoint, signingKeys);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    return { valid: false, code: 'checkpoint_invalid', reason: error.message };
  }
  // The bytes of an entry hold both, but a proof must not be read as one about another log or place.
  const isOfThisLog = checkpoint.organizationId === organizationId && entry.sequence === index + 1;
  if (!isOfThisLog || !verifyInclusion(entryHash(organizationId, entry), index, checkpoint, hashes)) {
    const reason = `The log of ${checkpoint.time} does not have this entry: it was changed, or the proof belongs to another one.`;
    return { valid: false, code: 'proof_invalid', reason };
  }
  return { valid: true, organizationId, entry, checkpoint };
}

function parseProof(text: string): (EntryProof & { readonly index: number }) | undefined {
  const end = text.indexOf('\n\n');
  const [header, extra = '', indexLine = '', ...hashLines] = text.slice(0, end).split('\n');
  if (end < 0 || header !== HEADER || !extra.startsWith('extra ')) return undefined;
  const found = parseEntryBytes(Buffer.from(extra.slice('extra '.length), 'base64'));
  const index = Number(/^index (0|[1-9][0-9]{0,15})$/.exec(indexLine)?.[1] ?? Number.NaN);
  const hashes = hashLines.map((line) => Buffer.from(line, 'base64'));
  const areHashes = hashes.every((hash, at) => hash.length === 32 && hash.toString('base64') === hashLines[at]);
  if (found === undefined || !Number.isSafeInteger(index) || !areHashes) return undefined;
  return { ...found, index, hashes, checkpoint: text.slice(end + 2) };
}
