import { createHash, createPublicKey, verify } from 'node:crypto';
import { merkleRoot } from './merkle-root.ts';

/** How far one organization's chain has come. */
export interface CheckpointHead {
  readonly organizationId: string;
  readonly sequence: number;
  readonly hash: Uint8Array;
}

/** A signed statement of every organization's head. */
export interface Checkpoint {
  readonly instanceId: string;
  /** ISO 8601 in UTC. */
  readonly time: string;
  /** Number of events in all chains together. */
  readonly size: number;
  /** Merkle tree hash over the lines of the heads. */
  readonly root: Buffer;
  /** In ascending order of organization ids. */
  readonly heads: readonly CheckpointHead[];
}

/** The text is not a checkpoint of this instance that one of the trusted keys signed. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly code = 'checkpoint_invalid';
}

const ORIGIN = 'holdfast/';
const ED25519 = 1;
const HEAD_LINE = /^organization ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}) (0|[1-9][0-9]{0,15}) ([A-Za-z0-9+/]{43}=)$/;

/**
 * Writes a checkpoint as a C2SP signed note (c2sp.org/signed-note, c2sp.org/tlog-checkpoint): origin `holdfast/<instance id>`, size, root, then
 * the time and one line for each organization as extension lines, and an Ed25519 signature whose key is named like the origin.
 * `sign` gets the bytes of the text; `publicKey` is its raw 32-byte key.
 */
export async function formatCheckpoint(
  facts: { readonly instanceId: string; readonly time: Date; readonly heads: readonly CheckpointHead[] },
  signer: { readonly publicKey: Uint8Array; readonly sign: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array> },
): Promise<string> {
  const lines = facts.heads.map(headLine).sort();
  const size = facts.heads.reduce((sum, head) => sum + head.sequence, 0);
  const root = merkleRoot(lines.map((line) => Buffer.from(line)));
  const origin = `${ORIGIN}${facts.instanceId}`;
  const text = `${[origin, size, root.toString('base64'), `time ${facts.time.toISOString()}`, ...lines].join('\n')}\n`;
  const signature = await signer.sign(Buffer.from(text));
  const signed = Buffer.concat([keyHash(origin, signer.publicKey), signature]).toString('base64');
  return `${text}\n— ${origin} ${signed}\n`;
}

/**
 * Checks a checkpoint's signature, against one or several signing keys (raw Ed25519, base64url), and that its size, root and lines agree.
 * Signatures of other keys, such as witnesses', are passed over. Throws {@link CheckpointError}.
 */
export function verifyCheckpoint(note: string, signingKeys: string | readonly string[]): Checkpoint {
  const end = note.lastIndexOf('\n\n');
  if (end < 0) throw new CheckpointError('The checkpoint has no signature.');
  const text = note.slice(0, end + 1);
  const checkpoint = parseText(text);
  const keys = [signingKeys].flat().map((key) => Buffer.from(key, 'base64url'));
  if (!isSigned(text, note.slice(end + 2), `${ORIGIN}${checkpoint.instanceId}`, keys)) {
    throw new CheckpointError('The checkpoint is not signed by a signing key that is trusted.');
  }
  return checkpoint;
}

function parseText(text: string): Checkpoint {
  const [origin = '', size = '', root = '', time = '', ...lines] = text.slice(0, -1).split('\n');
  if (!origin.startsWith(ORIGIN)) throw new CheckpointError('The checkpoint does not come from Holdfast.');
  const heads = lines.map((line) => {
    const [, organizationId, sequence, hash] = HEAD_LINE.exec(line) ?? [];
    if (organizationId === undefined || hash === undefined) throw new CheckpointError('The checkpoint has a line that is not a head.');
    return { organizationId, sequence: Number(sequence), hash: Buffer.from(hash, 'base64') };
  });
  const sorted = heads.every((head, position) => position === 0 || (heads[position - 1]?.organizationId ?? '') < head.organizationId);
  const computed = merkleRoot(lines.map((line) => Buffer.from(line)));
  const sum = heads.reduce((total, head) => total + head.sequence, 0);
  const moment = /^time (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z)$/.exec(time)?.[1];
  if (!sorted || moment === undefined || size !== String(sum) || root !== computed.toString('base64')) {
    throw new CheckpointError('The size, root, time and heads of the checkpoint do not agree.');
  }
  return { instanceId: origin.slice(ORIGIN.length), time: moment, size: sum, root: computed, heads };
}

function headLine(head: CheckpointHead): string {
  const line = `organization ${head.organizationId} ${head.sequence} ${Buffer.from(head.hash).toString('base64')}`;
  if (!HEAD_LINE.test(line)) throw new RangeError('A head is an organization id in lower case, a sequence, and a hash of 32 bytes.');
  return line;
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
