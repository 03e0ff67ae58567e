import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fingerprint, fromBase64url } from '@holdfast/envelope';
import { signedKey, testSigner } from '@holdfast/seal/testing';
import { createClient, fetchSealingKey, type SigningKeyPins, setSecret, trustSigningKey } from './index.ts';

const URL_OF_TEST = 'http://holdfast.test';
const publicKey = new Uint8Array(1_216);

function serving(served: object) {
  const sent: string[] = [];
  const fetch = (async (url: string) => {
    sent.push(url);
    return Response.json(served);
  }) as unknown as typeof globalThis.fetch;
  return { sent, client: createClient({ url: URL_OF_TEST, token: 'hf_test', fetch }) };
}

function pinsOf(kept: Record<string, string> = {}): SigningKeyPins & { kept: Record<string, string> } {
  return {
    kept,
    read: (url) => kept[url],
    write(url, key) {
      kept[url] = key;
    },
  };
}

test('the first signing key at an address is remembered', async () => {
  const signed = signedKey(publicKey);
  const pins = pinsOf();
  await fetchSealingKey(serving(signed).client, 'acme', pins);
  assert.deepEqual(pins.kept, { [URL_OF_TEST]: signed.signingKey });
});

test('a key with a wrong signature is neither taken nor remembered', async () => {
  const signed = signedKey(publicKey);
  const pins = pinsOf();
  const { client } = serving({ ...signed, generation: signed.generation + 1 });
  await assert.rejects(fetchSealingKey(client, 'acme', pins), { code: 'sealing_key_invalid' });
  assert.deepEqual(pins.kept, {});
});

test('when another signing key is shown, nothing is sealed or sent, and the old one stays', async () => {
  const trusted = testSigner().signingKey;
  const pins = pinsOf({ [URL_OF_TEST]: trusted });
  // Of another instance, too: whoever took over the server chooses what it says about itself.
  const { client, sent } = serving(signedKey(publicKey));
  const secret = { organization: 'acme', name: 'API_KEY', value: 'a value to seal' };
  await assert.rejects(setSecret(client, pins, secret), { code: 'signing_key_changed' });
  assert.deepEqual(sent, [`${URL_OF_TEST}/api/organizations/acme/sealing-key`]);
  assert.deepEqual(pins.kept, { [URL_OF_TEST]: trusted });
});

test('another signing key is trusted by its own fingerprint alone', async () => {
  const signed = signedKey(publicKey);
  const pins = pinsOf({ [URL_OF_TEST]: testSigner().signingKey });
  const { client } = serving(signed);
  const before = { ...pins.kept };
  await assert.rejects(trustSigningKey(client, 'acme', pins, '0000·0000·0000·0000'), { code: 'signing_key_changed' });
  assert.deepEqual(pins.kept, before);
  const named = (await fingerprint(fromBase64url(signed.signingKey))).toLowerCase().replaceAll('·', ' ');
  await trustSigningKey(client, 'acme', pins, named);
  assert.deepEqual(pins.kept, { [URL_OF_TEST]: signed.signingKey });
});
