import assert from 'node:assert/strict';
import nodeCrypto from 'node:crypto';
import { test } from 'node:test';
import { AEAD_AES_256_GCM, CipherSuite, KDF_HKDF_SHA256, KEM_MLKEM768_X25519 } from 'hpke';
import { encrypt, encryptInBrowser, encryptInSoftware, encryptionOfNode, encryptNatively } from './hpke-suite.ts';
import { nodePrimitives } from './node-primitives.ts';

const suite = new CipherSuite(KEM_MLKEM768_X25519, KDF_HKDF_SHA256, AEAD_AES_256_GCM);
const bound = { info: new Uint8Array([1]), aad: new Uint8Array([2]) };

test('an error that is not about support is not hidden behind the software implementation', async () => {
  await assert.rejects(encryptInBrowser(new Uint8Array(5), new Uint8Array(1), bound));
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
    const { encapsulation, ciphertext } = await encryptInBrowser(publicKey, new TextEncoder().encode(message), bound);
    assert.equal(new TextDecoder().decode(await suite.Open(pair, encapsulation, ciphertext, bound)), message);
  }
  assert.equal(refused, 1, 'what WebCrypto lacks is asked for once');
});

test('what node:crypto, WebCrypto and the software seal is opened by hpke with the same key', async () => {
  const inNode = await encryptionOfNode();
  assert.ok(inNode, 'this Node has ML-KEM');
  const pair = await suite.GenerateKeyPair();
  const publicKey = await suite.SerializePublicKey(pair.publicKey);
  for (const length of [1, 300, 65_536]) {
    const message = crypto.getRandomValues(new Uint8Array(length));
    for (const encryption of [inNode, encrypt, encryptNatively, encryptInSoftware]) {
      const { encapsulation, ciphertext } = await encryption(publicKey, message, bound);
      assert.deepEqual([encapsulation.length, ciphertext.length], [1_120, length + 16]);
      assert.deepEqual(await suite.Open(pair, encapsulation, ciphertext, bound), message);
      await assert.rejects(suite.Open(pair, encapsulation, ciphertext, { ...bound, aad: new Uint8Array([3]) }));
    }
  }
});

test('node:crypto seals when a value is sealed in Node, and never twice with the same bytes', async (context) => {
  const publicKey = await suite.SerializePublicKey((await suite.GenerateKeyPair()).publicKey);
  const used = context.mock.method(crypto.subtle, 'encrypt');
  const [first, second] = [await encrypt(publicKey, new Uint8Array(64), bound), await encrypt(publicKey, new Uint8Array(64), bound)];
  assert.equal(used.mock.callCount(), 0);
  assert.notDeepEqual(first.encapsulation.subarray(-32), second.encapsulation.subarray(-32));
  assert.notDeepEqual(first.encapsulation.subarray(0, 32), second.encapsulation.subarray(0, 32));
  assert.notDeepEqual(first.ciphertext, second.ciphertext);
});

test('a public key that is no key is refused in Node too', async () => {
  const inNode = await encryptionOfNode();
  assert.ok(inNode);
  await assert.rejects(inNode(new Uint8Array(5), new Uint8Array(1), bound));
  // The curve's point of order one: the agreement would be zero for everybody.
  const publicKey = await suite.SerializePublicKey((await suite.GenerateKeyPair()).publicKey);
  publicKey.fill(0, -32);
  await assert.rejects(inNode(publicKey, new Uint8Array(1), bound));
});

test('the primitives of node:crypto say of themselves what those of hpke say', () => {
  const ours = nodePrimitives();
  assert.ok(ours);
  for (const [own, theirs] of [
    [ours.kem(), KEM_MLKEM768_X25519()],
    [ours.kdf(), KDF_HKDF_SHA256()],
    [ours.aead(), AEAD_AES_256_GCM()],
  ] as const) {
    const facts = Object.entries(own).filter(([, fact]) => typeof fact !== 'function');
    assert.deepEqual(
      facts,
      facts.map(([name]) => [name, (theirs as unknown as Record<string, unknown>)[name]]),
    );
  }
});

test('HKDF over node:crypto is that of RFC 5869, over several blocks too', async () => {
  const kdf = nodePrimitives()?.kdf();
  assert.ok(kdf);
  const [material, salt, info] = ['key material', 'salt', 'info'].map((text) => new TextEncoder().encode(text)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  for (const length of [32, 80]) {
    assert.deepEqual(
      Buffer.from(await kdf.Expand(await kdf.Extract(salt, material), info, length)),
      Buffer.from(nodeCrypto.hkdfSync('sha256', material, salt, info, length)),
    );
  }
});

test('what was agreed on is overwritten once the key is made of it', async (context) => {
  const agreed: Buffer[] = [];
  const kept = (buffer: Buffer) => {
    agreed.push(buffer);
    return buffer;
  };
  const watched = {
    ...nodeCrypto,
    encapsulate(key: nodeCrypto.KeyObject) {
      const { sharedKey, ciphertext } = nodeCrypto.encapsulate(key);
      return { sharedKey: kept(sharedKey), ciphertext };
    },
    diffieHellman: (keys: Parameters<typeof nodeCrypto.diffieHellman>[0]) => kept(nodeCrypto.diffieHellman(keys)),
  };
  context.mock.method(process, 'getBuiltinModule', () => watched);
  const kem = nodePrimitives()?.kem();
  assert.ok(kem);
  const publicKey = await suite.SerializePublicKey((await suite.GenerateKeyPair()).publicKey);
  await kem.Encap(await kem.DeserializePublicKey(publicKey));
  assert.equal(agreed.length, 2);
  for (const buffer of agreed) assert.deepEqual(buffer, Buffer.alloc(buffer.length));
});
