import {
  createCipheriv,
  createDecipheriv,
  createHash,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

export interface SealingFloor {
  seal(): unknown;
  open(): Buffer;
}

/**
 * The bare cryptography of one sealed value over node:crypto: one ML-KEM-768 operation, one X25519 agreement
 * (with a new key pair, to seal), one SHA3-256, one HKDF and one AES-256-GCM. No key schedule, no record, no
 * padding, no check.
 */
export function sealingFloor(value: string): SealingFloor {
  const lattice = generateKeyPairSync('ml-kem-768');
  const curve = generateKeyPairSync('x25519');
  const plaintext = Buffer.from(value);
  const keyOf = (...secrets: Buffer[]) => Buffer.from(hkdfSync('sha256', Buffer.concat(secrets), Buffer.alloc(0), 'bench', 44));
  const combine = (first: Buffer, second: Buffer) => createHash('sha3-256').update(first).update(second).digest();

  const seal = (): { ciphertext: Buffer; latticeCiphertext: Buffer; share: KeyObject } => {
    const { sharedKey, ciphertext: latticeCiphertext } = encapsulate(lattice.publicKey);
    const own = generateKeyPairSync('x25519');
    const agreed = diffieHellman({ privateKey: own.privateKey, publicKey: curve.publicKey });
    const bytes = keyOf(combine(sharedKey, agreed));
    const cipher = createCipheriv('aes-256-gcm', bytes.subarray(0, 32), bytes.subarray(32));
    const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
    return { ciphertext, latticeCiphertext, share: own.publicKey };
  };
  const { ciphertext, latticeCiphertext, share } = seal();
  const open = () => {
    const shared = decapsulate(lattice.privateKey, latticeCiphertext);
    const agreed = diffieHellman({ privateKey: curve.privateKey, publicKey: share });
    const bytes = keyOf(combine(shared, agreed));
    const decipher = createDecipheriv('aes-256-gcm', bytes.subarray(0, 32), bytes.subarray(32));
    decipher.setAuthTag(ciphertext.subarray(-16));
    return Buffer.concat([decipher.update(ciphertext.subarray(0, -16)), decipher.final()]);
  };
  return { seal, open };
}
