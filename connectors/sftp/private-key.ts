import { createPrivateKey } from 'node:crypto';
import { ConnectorError } from '@holdfast/connector';
import ssh2, { type ParsedKey } from 'ssh2';
import type { Place } from './options.ts';

/**
 * The file says how long it takes to decrypt it, and here all other uses wait for it: some 25 ms for each
 * round. ssh-keygen takes 16 or 24 unless it is asked for more.
 */
const BCRYPT_ROUNDS_MAXIMUM = 32;
/** In characters: an RSA key of 16,384 bits has 13,000. */
const TEXT_MAXIMUM = 16 * 1024;

/**
 * The private key of the options, decrypted. What the library says of one that it cannot read is not shown:
 * it may have a part of it.
 *
 * @returns `undefined` when there is none.
 * @throws ConnectorError `option_invalid`, with a remedy.
 */
export function readPrivateKey({ privateKey, passphrase }: Pick<Place, 'privateKey' | 'passphrase'>): ParsedKey | undefined {
  if (privateKey === undefined) return undefined;
  if (privateKey.length > TEXT_MAXIMUM) {
    throw new ConnectorError('option_invalid', 'The option “Private key” holds more than 16,384 characters, which no private key has.', {
      remedy: 'Paste the file of the private key alone.',
    });
  }
  const text = outOfPkcs8(`${privateKey.trim().replaceAll('\r\n', '\n')}\n`);
  const rounds = bcryptRounds(text);
  if (rounds > BCRYPT_ROUNDS_MAXIMUM) {
    throw new ConnectorError(
      'option_invalid',
      `The private key is encrypted with ${rounds} rounds of bcrypt; ${BCRYPT_ROUNDS_MAXIMUM} are the most that Holdfast takes.`,
      { remedy: 'Run ssh-keygen -p -a 24 -f FILE on a copy of the file, and paste the copy.' },
    );
  }
  const parsed = ssh2.utils.parseKey(text, passphrase);
  if (!(parsed instanceof Error)) {
    const [key] = Array.isArray(parsed) ? parsed : [parsed];
    if (key?.isPrivateKey()) return key;
    throw new ConnectorError('option_invalid', 'The option “Private key” holds a public key.', {
      remedy: 'Use the file without .pub at the end of its name.',
    });
  }
  if (/passphrase/i.test(parsed.message) && passphrase === undefined) {
    throw new ConnectorError('option_invalid', 'The private key has a passphrase, and the option “Passphrase” is empty.', {
      remedy: 'Choose the secret with the passphrase, or use a key that has none.',
    });
  }
  throw new ConnectorError('option_invalid', 'The option “Private key” holds no private key that can be read.', {
    remedy:
      passphrase === undefined
        ? 'Paste the whole file, from -----BEGIN on: an Ed25519 key of OpenSSH, or an ECDSA or RSA key of OpenSSH or in PEM.'
        : 'Check that the passphrase is the one of this key, and that the whole file was pasted, from -----BEGIN on.',
  });
}

/**
 * ssh2 reads no PKCS #8 (RFC 5958), in which openssl and others write: of ECDSA and RSA there is a form that
 * it reads. How long it takes to decrypt one says the file itself, and here all others would wait for it.
 */
function outOfPkcs8(text: string): string {
  if (text.startsWith('-----BEGIN ENCRYPTED PRIVATE KEY-----')) {
    throw new ConnectorError('option_invalid', 'The option “Private key” holds a key that is encrypted in the form of PKCS #8.', {
      remedy: 'Run ssh-keygen -p -f FILE on a copy of the file, which writes it in the form of OpenSSH, and paste that.',
    });
  }
  if (!text.startsWith('-----BEGIN PRIVATE KEY-----')) return text;
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === 'rsa') return key.export({ type: 'pkcs1', format: 'pem' }).toString();
    if (key.asymmetricKeyType === 'ec') return key.export({ type: 'sec1', format: 'pem' }).toString();
  } catch {
    // It is said below that it cannot be read.
  }
  return text;
}

/**
 * Of an OpenSSH private key that is encrypted; 0 of any other text. It begins with a word and a zero, then
 * come the names of cipher and key derivation, and the latter's options: a salt, and the rounds. Each but the
 * rounds has its length before it.
 * Source: PROTOCOL.key of OpenSSH.
 */
function bcryptRounds(text: string): number {
  // Whatever is between, as ssh2 reads it.
  const [, base64 = ''] = /^-----BEGIN OPENSSH PRIVATE KEY-----\n([\s\S]+)\n-----END/.exec(text) ?? [];
  const bytes = Buffer.from(base64, 'base64');
  let at = 'openssh-key-v1\0'.length;
  const next = (): Buffer => {
    const length = at + 4 <= bytes.length ? bytes.readUInt32BE(at) : 0;
    const field = bytes.subarray(at + 4, at + 4 + length);
    at += 4 + length;
    return field;
  };
  next();
  if (next().toString() !== 'bcrypt') return 0;
  const options = next();
  return options.length < 4 ? 0 : options.readUInt32BE(options.length - 4);
}
