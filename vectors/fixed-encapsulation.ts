import { XWing } from '@noble/post-quantum/hybrid.js';
import { KEM_MLKEM768_X25519 } from '@panva/hpke-noble';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256 } from 'hpke';

/**
 * HPKE's single-shot sealing with chosen randomness (64 bytes: ML-KEM's message, then the X25519 ephemeral
 * key), so that vectors come out the same each time. For vectors only: two values sealed with the same
 * randomness for the same key would share their key and nonce.
 */
export async function encryptWithRandomness(
  randomness: Uint8Array,
  publicKey: Uint8Array,
  plaintext: Uint8Array,
  bound: { readonly info: Uint8Array; readonly aad: Uint8Array },
): Promise<{ encapsulation: Uint8Array; ciphertext: Uint8Array }> {
  const kem = () => ({
    ...KEM_MLKEM768_X25519(),
    async Encap() {
      const { sharedSecret, cipherText } = XWing.encapsulate(publicKey, randomness);
      return { shared_secret: sharedSecret, enc: cipherText };
    },
  });
  const suite = new CipherSuite(kem, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
  const sealed = await suite.Seal(await suite.DeserializePublicKey(publicKey), plaintext, bound);
  return { encapsulation: sealed.encapsulatedSecret, ciphertext: sealed.ciphertext };
}
