import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from 'hpke';
import { encrypt } from './hpke-suite.ts';

const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
const bound = { info: new Uint8Array([1]), aad: new Uint8Array([2]) };

test('an error that is not about support is not hidden behind the software implementation', async () => {
  await assert.rejects(encrypt(new Uint8Array(5), new Uint8Array(1), bound));
});

test('where WebCrypto has no ML-KEM the value is sealed in software, and opens all the same', async (context) => {
  const pair = await suite.GenerateKeyPair();
  const publicKey = await suite.SerializePublicKey(pair.publicKey);
  const importKey = crypto.subtle.importKey.bind(crypto.subtle) as (...input: unknown[]) => Promise<CryptoKey>;
  let refused = 0;
  context.mock.method(crypto.subtle, 'importKey', async (format: string, ...rest: unknown[]) => {
    // What Chromium before 156 says to a format of keys that it does not know.
    if (format === 'raw-public' && ++refused)
      throw new TypeError("The provided value 'raw-public' is not a valid enum value of type KeyFormat.");
    return importKey(format, ...rest);
  });
  for (const message of ['first', 'second']) {
    const { encapsulation, ciphertext } = await encrypt(publicKey, new TextEncoder().encode(message), bound);
    assert.equal(new TextDecoder().decode(await suite.Open(pair, encapsulation, ciphertext, bound)), message);
  }
  assert.equal(refused, 1, 'what WebCrypto lacks is asked for once');
});
