import { createHash, verify } from 'node:crypto';
import { ed25519PublicKey } from './ed25519-public-key.ts';

/** The text is not a signed note, or none of the trusted keys signed it. */
export class NoteError extends Error {
  override readonly name = 'NoteError';
}

const ED25519 = 1;
const SIGNATURES_MAXIMUM = 100;
const NOTE_MAXIMUM_CHARACTERS = 1_000_000;

/**
 * Signs a text.
 *
 * @param text ends with a line break.
 * @param name of the key, without spaces and `+`.
 * @param signer of Ed25519: its public key, 32 bytes, and what makes the signature, 64 bytes.
 * @returns the note: the text, an empty line, and the line of the signature.
 * Source: c2sp.org/signed-note.
 */
export async function signNote(
  text: string,
  name: string,
  signer: { readonly publicKey: Uint8Array; readonly sign: (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array> },
): Promise<string> {
  const signature = await signer.sign(Buffer.from(text));
  const signed = Buffer.concat([keyHash(name, signer.publicKey), signature]).toString('base64');
  return `${text}\n— ${name} ${signed}\n`;
}

/**
 * The text of a note with its line break at the end, not yet verified.
 *
 * @throws NoteError for what is no signed note, or has more than 1,000,000 characters or 100 signatures.
 */
export function textOfNote(note: string): string {
  return split(note).text;
}

/**
 * Answers which of the keys (raw Ed25519, base64url), each under this name, signed the note. Signatures of
 * other keys, such as those of witnesses, are passed over; one of a trusted key that does not verify spoils
 * the note.
 *
 * @returns the first of `keys` that signed it.
 * @throws NoteError when it is no signed note, has more than 1,000,000 characters or 100 signatures, was
 *   signed by none of the keys, or differs from what one of them signed. Its message is the end of a
 *   sentence.
 * Source: c2sp.org/signed-note.
 */
export function signerOf(note: string, name: string, keys: readonly string[]): string {
  const { text, signatures } = split(note);
  const trusted = new Map(keys.map((key) => [hashHex(name, Buffer.from(key, 'base64url')), key]));
  let signer: string | undefined;
  for (const signature of signatures) {
    const key = signature.name === name ? trusted.get(signature.bytes.subarray(0, 4).toString('hex')) : undefined;
    if (key === undefined) continue;
    if (!isSignedBy(Buffer.from(key, 'base64url'), text, signature.bytes.subarray(4))) {
      throw new NoteError('does not fit its signature: it was changed after it was signed');
    }
    signer ??= key;
  }
  if (signer === undefined) throw new NoteError('is not signed by a signing key that is trusted');
  return signer;
}

/**
 * A key as tools for signed notes take it (`golang.org/x/mod/sumdb/note`): name, hash of the key, type and
 * key.
 */
export function noteVerifierKey(name: string, publicKey: Uint8Array): string {
  const key = Buffer.concat([Uint8Array.of(ED25519), publicKey]).toString('base64');
  return `${name}+${hashHex(name, publicKey)}+${key}`;
}

interface Signature {
  readonly name: string;
  /** The first four are the hash of the key. */
  readonly bytes: Buffer;
}

function split(note: string): { text: string; signatures: Signature[] } {
  if (note.length > NOTE_MAXIMUM_CHARACTERS) throw new NoteError('is too long');
  // Control characters could hide what a terminal shows.
  if (!note.isWellFormed() || [...note].some((character) => character < ' ' && character !== '\n')) {
    throw new NoteError('holds control characters');
  }
  const end = note.lastIndexOf('\n\n');
  const block = note.slice(end + 2);
  if (end < 0 || !block.endsWith('\n')) throw new NoteError('has no signature');
  const lines = block.slice(0, -1).split('\n');
  if (lines.length > SIGNATURES_MAXIMUM) throw new NoteError(`has more than ${SIGNATURES_MAXIMUM} signatures`);
  return { text: note.slice(0, end + 1), signatures: lines.map(readSignature) };
}

function readSignature(line: string): Signature {
  const [, name, written] = /^— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/u.exec(line) ?? [];
  const bytes = Buffer.from(written ?? '', 'base64');
  if (name === undefined || bytes.toString('base64') !== written || bytes.length < 5) throw new NoteError('has a malformed signature');
  return { name, bytes };
}

function isSignedBy(key: Buffer, text: string, signature: Buffer): boolean {
  if (key.length !== 32 || signature.length !== 64) return false;
  return verify(null, Buffer.from(text), ed25519PublicKey(key), signature);
}

/** The first four bytes of SHA-256 over the key's name, a line break, the type and the key. */
function keyHash(name: string, publicKey: Uint8Array): Buffer {
  return createHash('sha256').update(`${name}\n`).update(Uint8Array.of(ED25519)).update(publicKey).digest().subarray(0, 4);
}

function hashHex(name: string, publicKey: Uint8Array): string {
  return keyHash(name, publicKey).toString('hex');
}
