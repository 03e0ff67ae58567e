import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519, NotSupportedError } from 'hpke';

export type Encrypt = (
  publicKey: Uint8Array,
  plaintext: Uint8Array,
  bound: { readonly info: Uint8Array; readonly aad: Uint8Array },
) => Promise<{ readonly encapsulation: Uint8Array; readonly ciphertext: Uint8Array }>;

/**
 * HPKE in base mode, single-shot (RFC 9180, section 6.1), with KEM 0x647a (ML-KEM-768 + X25519, the X-Wing combiner), HKDF-SHA256
 * and AES-256-GCM. Each call encapsulates afresh.
 */
function encryptWith(kem: typeof KEM_MLKEM768_X25519): Encrypt {
  let suite: CipherSuite | undefined;
  return async (publicKey, plaintext, bound) => {
    suite ??= new CipherSuite(kem, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
    const recipient = await suite.DeserializePublicKey(publicKey);
    const { encapsulatedSecret, ciphertext } = await suite.Seal(recipient, plaintext, bound);
    return { encapsulation: encapsulatedSecret, ciphertext };
  };
}

/** With the ML-KEM of the browser or of Node. Rejects with hpke's NotSupportedError where there is none. */
export const encryptNatively: Encrypt = encryptWith(KEM_MLKEM768_X25519);

let software: Promise<Encrypt> | undefined;

/** With ML-KEM in JavaScript, loaded when it is first needed. */
export const encryptInSoftware: Encrypt = async (...input) => {
  software ??= import('./software-kem.ts').then((loaded) => encryptWith(loaded.KEM_MLKEM768_X25519));
  return (await software)(...input);
};

let native = true;

/** Natively where it works; the first refusal decides for the life of the page or process. */
export const encrypt: Encrypt = async (...input) => {
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
