import assert from 'node:assert/strict';
import { test } from 'node:test';
import { signedKey, testSigner } from '@holdfast/seal/testing';
import { createClient, fetchSealingKey, type SigningKeyPins, setSecret } from './index.ts';

const publicKey = new Uint8Array(1_216);

function serving(served: object) {
  const sent: string[] = [];
  const fetch = (async (url: string) => {
    sent.push(url);
    return Response.json(served);
  }) as unknown as typeof globalThis.fetch;
  return { sent, client: createClient({ url: 'http://holdfast.test', token: 'hf_test', fetch }) };
}

function pinsOf(kept: Record<string, string> = {}): SigningKeyPins & { kept: Record<string, string> } {
  return {
    kept,
    read: (instanceId) => kept[instanceId],
    write(instanceId, key) {
      kept[instanceId] = key;
    },
  };
}

test('the first signing key of an instance is remembered', async () => {
  const signed = signedKey(publicKey);
  const pins = pinsOf();
  await fetchSealingKey(serving(signed).client, 'acme', pins);
  assert.deepEqual(pins.kept, { [signed.instanceId]: signed.signingKey });
});

test('a key with a wrong signature is neither taken nor remembered', async () => {
  const signed = signedKey(publicKey);
  const pins = pinsOf();
  const { client } = serving({ ...signed, generation: signed.generation + 1 });
  await assert.rejects(fetchSealingKey(client, 'acme', pins), { code: 'sealing_key_invalid' });
  assert.deepEqual(pins.kept, {});
});

test('when the instance shows another signing key, nothing is sealed or sent, and the old one stays', async () => {
  const signed = signedKey(publicKey);
  const trusted = testSigner().signingKey;
  const pins = pinsOf({ [signed.instanceId]: trusted });
  const { client, sent } = serving(signed);
  const secret = { organization: 'acme', name: 'API_KEY', value: 'a value to seal' };
  await assert.rejects(setSecret(client, pins, secret), { code: 'signing_key_changed' });
  assert.deepEqual(sent, ['http://holdfast.test/api/organizations/acme/sealing-key']);
  assert.equal(pins.kept[signed.instanceId], trusted);
});
