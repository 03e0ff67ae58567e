import type * as NodeCrypto from 'node:crypto';
import type { AEADFactory, KDFFactory, KEM, KEMFactory, Key } from 'hpke';

/**
 * The primitives of the suite over node:crypto, for hpke's own extension points: KEM 0x647a (ML-KEM-768 +
 * X25519 with the X-Wing combiner, draft-ietf-hpke-pq-05 section 4, draft-connolly-cfrg-xwing-kem),
 * HKDF-SHA256 and AES-256-GCM. An order of magnitude faster than over WebCrypto. Only what sealing needs:
 * there is no key that opens.
 */
export interface NodePrimitives {
  readonly kem: KEMFactory;
  readonly kdf: KDFFactory;
  readonly aead: AEADFactory;
}

const MLKEM_PUBLIC_BYTES = 1_184;
const MLKEM_CIPHERTEXT_BYTES = 1_088;
const X25519_BYTES = 32;
const SECRET_BYTES = 32;
const TAG_BYTES = 16;
const HASH_BYTES = 32;

/** SubjectPublicKeyInfo around an ML-KEM-768 (RFC 9935) and an X25519 public key (RFC 8410). */
const MLKEM_SPKI = '308204b2300b0609608648016503040402038204a100';
const X25519_SPKI = '302a300506032b656e032100';

class RecipientKey implements Key {
  readonly algorithm = { name: 'MLKEM768-X25519' };
  readonly extractable = true;
  readonly type = 'public';
  readonly mlkem: NodeCrypto.KeyObject;
  readonly x25519: NodeCrypto.KeyObject;
  readonly x25519Bytes: Uint8Array;

  constructor(mlkem: NodeCrypto.KeyObject, x25519: NodeCrypto.KeyObject, x25519Bytes: Uint8Array) {
    this.mlkem = mlkem;
    this.x25519 = x25519;
    this.x25519Bytes = x25519Bytes;
  }
}

/** `undefined` where node:crypto has no ML-KEM: in a browser, and in Node before 24.7. */
export function nodePrimitives(): NodePrimitives | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  const crypto = process?.getBuiltinModule?.('node:crypto') as typeof NodeCrypto | undefined;
  return typeof crypto?.encapsulate === 'function' ? primitivesOf(crypto) : undefined;
}

function primitivesOf(crypto: typeof NodeCrypto): NodePrimitives {
  const combinerLabel = Buffer.from('\\.//^\\', 'latin1');
  // Key objects: with bare bytes for a key HMAC and AES take three times as long.
  const hmac = (key: Uint8Array) => crypto.createHmac('sha256', crypto.createSecretKey(key));
  const importPublic = (prefix: string, raw: Uint8Array) =>
    crypto.createPublicKey({ key: Buffer.concat([Buffer.from(prefix, 'hex'), raw]), format: 'der', type: 'spki' });

  const kem: KEM<RecipientKey> = {
    id: 0x647a,
    type: 'KEM',
    name: 'MLKEM768-X25519',
    Nsecret: SECRET_BYTES,
    Nenc: MLKEM_CIPHERTEXT_BYTES + X25519_BYTES,
    Npk: MLKEM_PUBLIC_BYTES + X25519_BYTES,
    Nsk: SECRET_BYTES,
    async DeserializePublicKey(bytes) {
      const x25519 = bytes.slice(MLKEM_PUBLIC_BYTES);
      return new RecipientKey(importPublic(MLKEM_SPKI, bytes.subarray(0, MLKEM_PUBLIC_BYTES)), importPublic(X25519_SPKI, x25519), x25519);
    },
    async Encap(recipient) {
      const { sharedKey, ciphertext } = crypto.encapsulate(recipient.mlkem);
      const own = crypto.generateKeyPairSync('x25519');
      // As a JSON web key: its raw bytes take a tenth of the time that DER takes.
      const share = Buffer.from(own.publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
      // Throws for a recipient of low order, whose agreement would be zero.
      const agreed = crypto.diffieHellman({ privateKey: own.privateKey, publicKey: recipient.x25519 });
      const shared_secret = crypto.hash(
        'sha3-256',
        Buffer.concat([sharedKey, agreed, share, recipient.x25519Bytes, combinerLabel]),
        'buffer',
      );
      sharedKey.fill(0);
      agreed.fill(0);
      return { shared_secret, enc: Buffer.concat([ciphertext, share]) };
    },
    SerializePublicKey: notForSealing,
    DeriveKeyPair: notForSealing,
    GenerateKeyPair: notForSealing,
    SerializePrivateKey: notForSealing,
    DeserializePrivateKey: notForSealing,
    Decap: notForSealing,
  };

  return {
    kem: () => kem as unknown as KEM,
    kdf: () => ({
      id: 0x0001,
      type: 'KDF',
      name: 'HKDF-SHA256',
      Nh: HASH_BYTES,
      stages: 2,
      // RFC 5869, sections 2.2 and 2.3.
      async Extract(salt, material) {
        return hmac(salt).update(material).digest();
      },
      async Expand(key, info, length) {
        const blocks: Uint8Array[] = [];
        for (let number = 1; (number - 1) * HASH_BYTES < length; number++) {
          blocks.push(
            hmac(key)
              .update(blocks.at(-1) ?? '')
              .update(info)
              .update(Uint8Array.of(number))
              .digest(),
          );
        }
        return Buffer.concat(blocks).subarray(0, length);
      },
      Derive: notForSealing,
    }),
    aead: () => ({
      id: 0x0002,
      type: 'AEAD',
      name: 'AES-256-GCM',
      Nk: 32,
      Nn: 12,
      Nt: TAG_BYTES,
      async Seal(key, nonce, aad, plaintext) {
        const cipher = crypto.createCipheriv('aes-256-gcm', crypto.createSecretKey(key), nonce, { authTagLength: TAG_BYTES });
        cipher.setAAD(aad);
        return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
      },
      Open: notForSealing,
    }),
  };
}

async function notForSealing(): Promise<never> {
  throw new TypeError('What seals has no other use of a key.');
}
