import { createHash, createPrivateKey, createPublicKey, decapsulate, diffieHellman, hash, type KeyObject, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { fingerprint } from '@holdfast/envelope';
import { LRUCache } from 'lru-cache';

/**
 * The private half of HPKE's KEM 0x647a, ML-KEM-768 + X25519 with the X-Wing combiner (draft-ietf-hpke-pq-05
 * section 4, draft-connolly-cfrg-xwing-kem), over node:crypto: an order of magnitude faster than over
 * WebCrypto.
 */
const SEED_BYTES = 32;
const MLKEM_SEED_BYTES = 64;
const MLKEM_PUBLIC_BYTES = 1_184;
const MLKEM_CIPHERTEXT_BYTES = 1_088;
const X25519_BYTES = 32;
/** Some two KiB each. */
const SENDERS_KEPT = 1_000;
const COMBINER_LABEL = Buffer.from('\\.//^\\', 'latin1');

/**
 * PKCS #8 around an ML-KEM-768 seed (RFC 9935) and an X25519 private key (RFC 8410); SubjectPublicKeyInfo
 * around an X25519 public key.
 */
const MLKEM_PKCS8 = Buffer.from('3054020100300b060960864801650304040204428040', 'hex');
const X25519_PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');
const X25519_SPKI = Buffer.from('302a300506032b656e032100', 'hex');

/**
 * A private key that can be used and not read: printing it, in any way, shows the fingerprint of its public
 * key.
 */
export interface OpeningKey {
  readonly fingerprint: string;
  /** 1,216 bytes. */
  readonly publicKey: Uint8Array;
}

interface KeyMaterial {
  readonly mlkem: KeyObject;
  readonly x25519: KeyObject;
  readonly x25519Public: Buffer;
}

/** Apart from the object that is handed around, so that no inspection of that object reaches it. */
const materials = new WeakMap<OpeningKey, KeyMaterial>();

class PrintableOpeningKey implements OpeningKey {
  readonly fingerprint: string;
  readonly publicKey: Uint8Array;

  constructor(printed: string, publicKey: Uint8Array) {
    this.fingerprint = printed;
    this.publicKey = publicKey;
    Object.freeze(this);
  }

  toString(): string {
    return `OpeningKey(${this.fingerprint})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/**
 * A new key pair for an organization. The private key is the 32-byte seed that both parts are expanded from:
 * wrap it at once.
 */
export async function generateOrganizationKey(): Promise<{ publicKey: Uint8Array<ArrayBuffer>; privateKey: Uint8Array<ArrayBuffer> }> {
  const privateKey = new Uint8Array(randomBytes(SEED_BYTES));
  return { publicKey: publicKeyOf(expand(privateKey)), privateKey };
}

/**
 * Takes an unwrapped private key (32 bytes) into use. The caller may overwrite its bytes afterwards.
 *
 * @throws RangeError for another number of bytes.
 */
export async function importOpeningKey(privateKey: Uint8Array): Promise<OpeningKey> {
  const material = expand(privateKey);
  const publicKey = publicKeyOf(material);
  const key = new PrintableOpeningKey(await fingerprint(publicKey), publicKey);
  materials.set(key, material);
  return key;
}

/**
 * Ends the use of a key: from now on it opens nothing but what is being opened already. Its private halves
 * lie in OpenSSL's memory, out of JavaScript's reach; nothing refers to them any more, and OpenSSL overwrites
 * them when they are collected. Twice is the same as once.
 */
export function discardOpeningKey(key: OpeningKey): void {
  materials.delete(key);
}

/**
 * The shared secret of an encapsulation (1,120 bytes): SHA3-256 over both shared secrets, the sender's X25519
 * share, the recipient's X25519 public key and the label. A wrong encapsulation gives another secret (ML-KEM
 * rejects implicitly) or throws.
 *
 * @param besides whether others are opened at the same time: then both agreements are made on other threads.
 *   That takes longer for one alone.
 */
export async function sharedSecret(key: OpeningKey, encapsulation: Uint8Array, besides: boolean): Promise<Buffer> {
  const material = materials.get(key);
  if (material === undefined) throw new TypeError('openSealed takes a key that importOpeningKey has made.');
  const ciphertext = encapsulation.subarray(0, MLKEM_CIPHERTEXT_BYTES);
  const share = encapsulation.subarray(MLKEM_CIPHERTEXT_BYTES);
  const pair = { privateKey: material.x25519, publicKey: senderOf(share) };
  const [fromMlkem, fromX25519] = besides
    ? await Promise.all([threaded((done) => decapsulate(material.mlkem, ciphertext, done)), threaded((done) => diffieHellman(pair, done))])
    : [decapsulate(material.mlkem, ciphertext), diffieHellman(pair)];
  const secrets = Buffer.concat([fromMlkem, fromX25519, share, material.x25519Public, COMBINER_LABEL]);
  fromMlkem.fill(0);
  fromX25519.fill(0);
  const secret = hash('sha3-256', secrets, 'buffer');
  secrets.fill(0);
  return secret;
}

function threaded(work: (done: (error: Error | null, secret: Buffer) => void) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    work((error, secret) => {
      if (error) reject(error);
      else resolve(secret);
    });
  });
}

/**
 * Public halves, which lie beside the values that were sealed with them: a value that is used again has the
 * same.
 */
const senders = new LRUCache<string, KeyObject>({ max: SENDERS_KEPT });

function senderOf(share: Uint8Array): KeyObject {
  const encoded = Buffer.concat([X25519_SPKI, share]).toString('base64');
  const known = senders.get(encoded);
  if (known !== undefined) return known;
  // As PEM: Node first asks of anything but a string whether it is a key already, which takes twice as long
  // as all the rest.
  const sender = createPublicKey(`-----BEGIN PUBLIC KEY-----\n${encoded}\n-----END PUBLIC KEY-----`);
  senders.set(encoded, sender);
  return sender;
}

/** SHAKE256 of the seed is the ML-KEM seed (64 bytes), then the X25519 private key (32 bytes). */
function expand(seed: Uint8Array): KeyMaterial {
  if (seed.length !== SEED_BYTES) throw new RangeError(`A private key has ${SEED_BYTES} bytes; this has ${seed.length}.`);
  const expanded = createHash('shake256', { outputLength: MLKEM_SEED_BYTES + X25519_BYTES })
    .update(seed)
    .digest();
  const mlkem = importPrivate(MLKEM_PKCS8, expanded.subarray(0, MLKEM_SEED_BYTES));
  const x25519 = importPrivate(X25519_PKCS8, expanded.subarray(MLKEM_SEED_BYTES));
  expanded.fill(0);
  return { mlkem, x25519, x25519Public: rawPublic(x25519, X25519_BYTES) };
}

function importPrivate(prefix: Buffer, secret: Buffer): KeyObject {
  const der = Buffer.concat([prefix, secret]);
  try {
    return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  } finally {
    der.fill(0);
  }
}

function publicKeyOf(material: KeyMaterial): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat([rawPublic(material.mlkem, MLKEM_PUBLIC_BYTES), material.x25519Public]));
}

/** A SubjectPublicKeyInfo ends with the raw key. */
function rawPublic(privateKey: KeyObject, length: number): Buffer {
  return createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-length);
}
