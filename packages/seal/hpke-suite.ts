import {
  AEAD_AES_256_GCM,
  type AEADFactory,
  CipherSuite,
  KDF_HKDF_SHA256,
  type KDFFactory,
  KEM_MLKEM768_X25519,
  type KEMFactory,
  type Key,
  NotSupportedError,
} from 'hpke';

export type Encrypt = (
  publicKey: Uint8Array,
  plaintext: Uint8Array,
  bound: { readonly info: Uint8Array; readonly aad: Uint8Array },
) => Promise<{ readonly encapsulation: Uint8Array; readonly ciphertext: Uint8Array }>;

interface Primitives {
  readonly kem: KEMFactory;
  readonly kdf: KDFFactory;
  readonly aead: AEADFactory;
}

const WEB_CRYPTO: Primitives = { kem: KEM_MLKEM768_X25519, kdf: KDF_HKDF_SHA256, aead: AEAD_AES_256_GCM };

/**
 * HPKE in base mode, single-shot (RFC 9180, section 6.1), with KEM 0x647a (ML-KEM-768 + X25519, the X-Wing
 * combiner), HKDF-SHA256 and AES-256-GCM. Each call encapsulates afresh.
 */
function encryptWith({ kem, kdf, aead }: Primitives): Encrypt {
  let suite: CipherSuite | undefined;
  // By its bytes, which a sealing key keeps for as long as it is used.
  const recipients = new WeakMap<Uint8Array, Promise<Readonly<Key>>>();
  return async (publicKey, plaintext, bound) => {
    suite ??= new CipherSuite(kem, kdf, aead);
    let recipient = recipients.get(publicKey);
    if (recipient === undefined) {
      recipient = suite.DeserializePublicKey(publicKey);
      recipients.set(publicKey, recipient);
    }
    const { encapsulatedSecret, ciphertext } = await suite.Seal(await recipient, plaintext, bound);
    return { encapsulation: encapsulatedSecret, ciphertext };
  };
}

/**
 * With the WebCrypto of the browser or of Node. Rejects with hpke's NotSupportedError where it has no ML-KEM.
 */
export const encryptNatively: Encrypt = encryptWith(WEB_CRYPTO);

let software: Promise<Encrypt> | undefined;

/** With ML-KEM in JavaScript, loaded when it is first needed. */
export const encryptInSoftware: Encrypt = async (...input) => {
  software ??= import('./software-kem.ts').then((loaded) => encryptWith({ ...WEB_CRYPTO, kem: loaded.KEM_MLKEM768_X25519 }));
  return (await software)(...input);
};

let inNode: Promise<Encrypt | undefined> | undefined;

/** With node:crypto; `undefined` in a browser, which does not load it, and where Node has no ML-KEM. */
export function encryptionOfNode(): Promise<Encrypt | undefined> {
  inNode ??=
    'process' in globalThis
      ? import('./node-primitives.ts').then(({ nodePrimitives }) => {
          const primitives = nodePrimitives();
          return primitives && encryptWith(primitives);
        })
      : Promise.resolve(undefined);
  return inNode;
}

let native = true;

/**
 * In Node with node:crypto, elsewhere as a browser does.
 *
 * @throws what hpke says, such as of a public key of another length.
 */
export const encrypt: Encrypt = async (...input) => {
  const node = await encryptionOfNode();
  return node === undefined ? encryptInBrowser(...input) : node(...input);
};

/**
 * Natively where it works; the first refusal decides for the life of the page or process.
 *
 * @throws what hpke says, such as of a public key of another length.
 */
export const encryptInBrowser: Encrypt = async (...input) => {
  if (native) {
    try {
      return await encryptNatively(...input);
    } catch (error) {
      if (!(error instanceof NotSupportedError)) throw error;
      native = false;
    }
  }
  return encryptInSoftware(...input);
};
