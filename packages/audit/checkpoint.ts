import { createHash, createPublicKey, verify } from 'node:crypto';

/** The log of one organization, in one epoch of the instance. A restore begins a new epoch: what it lost may have been signed. */
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
  /** ISO 8601 in UTC: when it was signed, by the signer's clock. */
  readonly time: string;
}

/** The text is not a checkpoint of Holdfast that one of the trusted keys signed. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly code = 'checkpoint_invalid';
}

const ORIGIN =
  /^holdfast\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/(0|[1-9][0-9]{0,8})$/;
const TIME = /^time (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/;
const ED25519 = 1;

/** The origin line and the name of the key: `holdfast/<instance id>/<organization id>/<epoch>`. */
export function logOrigin({ instanceId, organizationId, epoch }: LogName): string {
  return `holdfast/${instanceId}/${organizationId}/${epoch}`;
}

/**
 * Writes a checkpoint (c2sp.org/tlog-checkpoint) as a signed note (c2sp.org/signed-note): origin, size, root, the time as an
 * extension line, and an Ed25519 signature whose key is named like the origin. `sign` gets the bytes of the text;
 * `publicKey` is its raw 32-byte key.
 */
export async function formatCheckpoint(
  { size, root, time, ...log }: Checkpoint,
  signer: { readonly publicKey: Uint8Array; readonly sign: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array> },
): Promise<string> {
  const origin = logOrigin(log);
  const text = `${[origin, size, Buffer.from(root).toString('base64'), `time ${time}`].join('\n')}\n`;
  parseText(text);
  const signature = await signer.sign(Buffer.from(text));
  const signed = Buffer.concat([keyHash(origin, signer.publicKey), signature]).toString('base64');
  return `${text}\n— ${origin} ${signed}\n`;
}

/**
 * Checks a checkpoint's signature, against one or several signing keys (raw Ed25519, base64url). Signatures of other keys, such as
 * witnesses', are passed over. Throws {@link CheckpointError}.
 */
export function verifyCheckpoint(note: string, signingKeys: string | readonly string[]): Checkpoint {
  const end = note.lastIndexOf('\n\n');
  if (end < 0) throw new CheckpointError('The checkpoint has no signature.');
  const text = note.slice(0, end + 1);
  const checkpoint = parseText(text);
  const keys = [signingKeys].flat().map((key) => Buffer.from(key, 'base64url'));
  if (!isSigned(text, note.slice(end + 2), logOrigin(checkpoint), keys)) {
    throw new CheckpointError('The checkpoint is not signed by a signing key that is trusted.');
  }
  return checkpoint;
}

/**
 * A signing key as tools for signed notes take it (`golang.org/x/mod/sumdb/note`): name, hash of the key, type and key.
 *
 * @param signingKey 32 bytes.
 */
export function verifierKey(log: LogName, signingKey: Uint8Array): string {
  const origin = logOrigin(log);
  const key = Buffer.concat([Uint8Array.of(ED25519), signingKey]).toString('base64');
  return `${origin}+${keyHash(origin, signingKey).toString('hex')}+${key}`;
}

function parseText(text: string): Checkpoint {
  const [origin = '', size = '', root = '', time = '', ...more] = text.slice(0, -1).split('\n');
  const [, instanceId, organizationId, epoch] = ORIGIN.exec(origin) ?? [];
  if (instanceId === undefined || organizationId === undefined) throw new CheckpointError('The checkpoint does not come from Holdfast.');
  const moment = TIME.exec(time)?.[1];
  const hash = Buffer.from(root, 'base64');
  const sound = /^(0|[1-9][0-9]{0,15})$/.test(size) && hash.length === 32 && hash.toString('base64') === root && more.length === 0;
  if (!sound || moment === undefined) throw new CheckpointError('The size, root or time of the checkpoint cannot be read.');
  return { instanceId, organizationId, epoch: Number(epoch), size: Number(size), root: hash, time: moment };
}

function isSigned(text: string, signatures: string, name: string, keys: readonly Buffer[]): boolean {
  const lines = signatures.split('\n').filter((line) => line.startsWith(`— ${name} `));
  return lines.some((line) => {
    const written = line.slice(`— ${name} `.length);
    const bytes = Buffer.from(written, 'base64');
    if (bytes.toString('base64') !== written) return false;
    return keys.some((key) => {
      if (key.length !== 32 || bytes.length !== 4 + 64 || !keyHash(name, key).equals(bytes.subarray(0, 4))) return false;
      const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
      return verify(null, Buffer.from(text), createPublicKey({ key: spki, format: 'der', type: 'spki' }), bytes.subarray(4));
    });
  });
}

/** The first four bytes of SHA-256 over the key's name, a line break, the algorithm and the key, as c2sp.org/signed-note says. */
function keyHash(name: string, publicKey: Uint8Array): Buffer {
  return createHash('sha256').update(`${name}\n`).update(Uint8Array.of(ED25519)).update(publicKey).digest().subarray(0, 4);
}
