import { UUID_SOURCE } from '@holdfast/envelope';
import { NoteError, noteVerifierKey, signerOf, signNote, textOfNote } from './signed-note.ts';
import { isUtcTime } from './utc-time.ts';

/**
 * The log of one organization, in one epoch of the instance. A restore begins a new epoch: what it lost may
 * have been signed.
 */
export interface LogName {
  readonly instanceId: string;
  readonly organizationId: string;
  /** 0 until the instance was restored. */
  readonly epoch: number;
}

/** A signed statement of how long a log was at a moment, and what it then held. */
export interface Checkpoint extends LogName {
  /** Number of entries. */
  readonly size: number;
  /** The Merkle tree hash over their leaf hashes (RFC 9162), 32 bytes. */
  readonly root: Buffer;
  /**
   * ISO 8601 in UTC with milliseconds: when it was signed, by the signer's clock. A signer never writes an
   * earlier time than it did before.
   */
  readonly time: string;
}

export interface VerifiedCheckpoint extends Checkpoint {
  /** Which of the trusted keys signed it: raw Ed25519, base64url. */
  readonly signingKey: string;
}

/** The text is not a checkpoint of Holdfast that one of the trusted keys signed. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly code = 'checkpoint_invalid';
}

const ORIGIN = new RegExp(`^holdfast/(${UUID_SOURCE})/(${UUID_SOURCE})/(0|[1-9][0-9]{0,8})$`);

/** The origin line and the name of the key: `holdfast/<instance id>/<organization id>/<epoch>`. */
export function logOrigin({ instanceId, organizationId, epoch }: LogName): string {
  return `holdfast/${instanceId}/${organizationId}/${epoch}`;
}

/**
 * Writes a checkpoint (c2sp.org/tlog-checkpoint) as a signed note (c2sp.org/signed-note): origin, size, root,
 * the time as an extension line, and an Ed25519 signature whose key is named like the origin. `sign` gets the
 * bytes of the text; `publicKey` is its raw 32-byte key.
 *
 * @throws CheckpointError when the checkpoint could not be read back.
 */
export async function formatCheckpoint(
  { size, root, time, ...log }: Checkpoint,
  signer: { readonly publicKey: Uint8Array; readonly sign: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array> },
): Promise<string> {
  const origin = logOrigin(log);
  const text = `${[origin, size, Buffer.from(root).toString('base64'), `time ${time}`].join('\n')}\n`;
  parseText(text);
  return signNote(text, origin, signer);
}

/**
 * Checks a checkpoint's signature, against one or several signing keys (raw Ed25519, base64url). Signatures
 * of other keys, such as witnesses', are passed over.
 *
 * @throws CheckpointError `checkpoint_invalid` for what is no checkpoint of Holdfast, was changed since it
 *   was signed, or was signed by none of the keys.
 */
export function verifyCheckpoint(note: string, signingKeys: string | readonly string[]): VerifiedCheckpoint {
  try {
    const checkpoint = parseText(textOfNote(note));
    return { ...checkpoint, signingKey: signerOf(note, logOrigin(checkpoint), [signingKeys].flat()) };
  } catch (error) {
    if (error instanceof NoteError) throw new CheckpointError(`The checkpoint ${error.message}.`);
    throw error;
  }
}

/**
 * A signing key as tools for signed notes take it (`golang.org/x/mod/sumdb/note`): name, hash of the key,
 * type and key.
 *
 * @param signingKey 32 bytes.
 */
export function verifierKey(log: LogName, signingKey: Uint8Array): string {
  return noteVerifierKey(logOrigin(log), signingKey);
}

function parseText(text: string): Checkpoint {
  const [origin = '', written = '', root = '', timeLine = '', ...more] = text.slice(0, -1).split('\n');
  const [, instanceId, organizationId, epoch] = ORIGIN.exec(origin) ?? [];
  if (instanceId === undefined || organizationId === undefined) throw new CheckpointError('The checkpoint does not come from Holdfast.');
  const size = Number(written);
  const hash = Buffer.from(root, 'base64');
  const time = timeLine.startsWith('time ') ? timeLine.slice('time '.length) : '';
  const sizeIsSound = Number.isSafeInteger(size) && size >= 0 && String(size) === written;
  const rootIsSound = hash.length === 32 && hash.toString('base64') === root;
  if (!sizeIsSound || !rootIsSound || !isUtcTime(time) || more.length > 0) {
    throw new CheckpointError('The size, root or time of the checkpoint cannot be read.');
  }
  return { instanceId, organizationId, epoch: Number(epoch), size, root: hash, time };
}
