import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newAccessToken } from '@holdfast/api';
import { fingerprint, fromBase64url, uuidv7 } from '@holdfast/envelope';
import type { SignedSealingKey } from '@holdfast/seal';
import { signedKey, testSigner } from '@holdfast/seal/testing';
import { createClient, fetchSealingKey, type Pin, type Pins, setSecret, trustSigningKey } from './index.ts';

const URL_OF_TEST = 'http://holdfast.test';
const publicKey = new Uint8Array(1_216);

/**
 * A server that answers with this key to every caller, and whose session says that “acme” is the organization
 * of the key.
 */
function serving(served: SignedSealingKey, token?: string, acme: string = served.organizationId) {
  const sent: string[] = [];
  const fetch = (async (url: string) => {
    sent.push(url.slice(URL_OF_TEST.length));
    if (!url.endsWith('/api/session')) return Response.json(served);
    return Response.json({ user: {}, organizations: [{ id: acme, slug: 'acme' }] });
  }) as unknown as typeof globalThis.fetch;
  return { sent, client: createClient({ url: URL_OF_TEST, fetch, ...(token === undefined ? {} : { token }) }) };
}

function pinsOf(kept: Record<string, Pin> = {}): Pins & { kept: Record<string, Pin> } {
  return {
    kept,
    read: (url) => kept[url],
    write(url, pin) {
      kept[url] = pin;
    },
  };
}

/** What is remembered of a key once it was trusted. */
function pinOf({ signingKey, organizationId, generation, keyId }: SignedSealingKey): Pin {
  return { signingKey, organizations: { acme: organizationId }, sealingKeys: { [organizationId]: { generation, keyId } } };
}

const SECRET = { organization: 'acme', name: 'API_KEY', value: 'a value to seal' };
const ANOTHER = { code: 'sealing_key_of_another_organization' };

test('another organization’s key, correctly signed, is refused by what is pinned for the short name', async () => {
  const signer = testSigner();
  const pins = pinsOf();
  await fetchSealingKey(serving(signedKey(publicKey, signer)).client, 'acme', pins);
  const pinned = structuredClone(pins.kept);
  const { client, sent } = serving(signedKey(publicKey, signer));
  await assert.rejects(setSecret(client, pins, SECRET), ANOTHER);
  assert.deepEqual(
    sent,
    ['/api/organizations/acme/sealing-key'],
    'nothing was sealed or sent, and the server was not asked whose key it is',
  );
  assert.deepEqual(pins.kept, pinned);
});

test('where nothing is pinned, it is refused by the organization that the access token was made for', async () => {
  const { client, sent } = serving(signedKey(publicKey), newAccessToken(uuidv7()));
  const pins = pinsOf();
  await assert.rejects(setSecret(client, pins, SECRET), ANOTHER);
  assert.deepEqual(sent, ['/api/organizations/acme/sealing-key']);
  assert.deepEqual(pins.kept, {});
});

test('where nothing is pinned, it is refused by an id in place of the short name, or beside it', async () => {
  for (const meant of [{ organization: uuidv7() }, { organizationId: uuidv7() }]) {
    const pins = pinsOf();
    await assert.rejects(setSecret(serving(signedKey(publicKey)).client, pins, { ...SECRET, ...meant }), ANOTHER);
    assert.deepEqual(pins.kept, {});
  }
});

test('a token of one organization is of no use for another that was pinned: they disagree, and nothing is asked', async () => {
  const pins = pinsOf({ [URL_OF_TEST]: { organizations: { acme: uuidv7() } } });
  const { client, sent } = serving(signedKey(publicKey), newAccessToken(uuidv7()));
  await assert.rejects(fetchSealingKey(client, 'acme', pins), ANOTHER);
  assert.deepEqual(sent, []);
});

test('without a pin and a token the session says which organization is meant, and what it says is pinned', async () => {
  const signed = signedKey(publicKey);
  const pins = pinsOf();
  await assert.rejects(fetchSealingKey(serving(signed, undefined, uuidv7()).client, 'acme', pins), ANOTHER);
  assert.deepEqual(pins.kept, {});
  await fetchSealingKey(serving(signed).client, 'acme', pins);
  assert.deepEqual(pins.kept[URL_OF_TEST]?.organizations, { acme: signed.organizationId });
});

test('the key of the token’s organization is taken, and further organizations are pinned beside it', async () => {
  const signer = testSigner();
  const [one, two] = [signedKey(publicKey, signer), signedKey(publicKey, signer)];
  const pins = pinsOf();
  await fetchSealingKey(serving(one, newAccessToken(one.organizationId)).client, 'one', pins);
  await fetchSealingKey(serving(two, newAccessToken(two.organizationId)).client, 'two', pins);
  assert.deepEqual(pins.kept[URL_OF_TEST]?.organizations, { one: one.organizationId, two: two.organizationId });
});

test('the first signing key at an address is remembered', async () => {
  const signed = signedKey(publicKey);
  const pins = pinsOf();
  await fetchSealingKey(serving(signed).client, 'acme', pins);
  assert.deepEqual(pins.kept, { [URL_OF_TEST]: pinOf(signed) });
});

test('a key with a wrong signature is neither taken nor remembered', async () => {
  const signed = signedKey(publicKey);
  const pins = pinsOf();
  const { client } = serving({ ...signed, generation: signed.generation + 1 });
  await assert.rejects(fetchSealingKey(client, 'acme', pins), { code: 'sealing_key_invalid' });
  assert.deepEqual(pins.kept, {});
});

test('when another signing key is shown, nothing is sealed or sent, and the old one stays', async () => {
  const trusted: Pin = { signingKey: testSigner().signingKey };
  const pins = pinsOf({ [URL_OF_TEST]: trusted });
  // Of another instance, too: an attacker who took over the server chooses what it says about itself.
  const signed = signedKey(publicKey);
  const { client, sent } = serving(signed, newAccessToken(signed.organizationId));
  await assert.rejects(setSecret(client, pins, SECRET), { code: 'signing_key_changed' });
  assert.deepEqual(sent, ['/api/organizations/acme/sealing-key']);
  assert.deepEqual(pins.kept, { [URL_OF_TEST]: trusted });
});

test('another signing key is trusted by its own fingerprint alone', async () => {
  const signed = signedKey(publicKey);
  const pins = pinsOf({ [URL_OF_TEST]: { signingKey: testSigner().signingKey, organizations: { acme: uuidv7(), other: uuidv7() } } });
  const { client } = serving(signed);
  const before = { ...pins.kept };
  const shown = await fingerprint(fromBase64url(signed.signingKey));
  for (const wrong of ['', '0000·0000·0000·0000', shown.slice(0, 19), shown.replace(/.$/, (last) => (last === '0' ? '1' : '0'))]) {
    await assert.rejects(trustSigningKey(client, 'acme', pins, wrong), { code: 'signing_key_changed' });
  }
  assert.deepEqual(pins.kept, before);
  await trustSigningKey(client, 'acme', pins, shown.toLowerCase().replaceAll('·', ' '));
  assert.deepEqual(pins.kept, { [URL_OF_TEST]: pinOf(signed) });
});

const ofOne = { instanceId: uuidv7(), organizationId: uuidv7() };
const signer = testSigner();
const generation = (number: number) => signedKey(publicKey, signer, { ...ofOne, generation: number });

test('a rotated sealing key is taken under the same signing key, and remembered as the newest', async () => {
  const pins = pinsOf();
  await fetchSealingKey(serving(generation(1)).client, 'acme', pins);
  const next = generation(2);
  assert.equal((await fetchSealingKey(serving(next).client, 'acme', pins)).keyId, next.keyId);
  assert.deepEqual(pins.kept, { [URL_OF_TEST]: pinOf(next) });
  assert.equal((await fetchSealingKey(serving(next).client, 'acme', pins)).keyId, next.keyId, 'The same once more.');
});

for (const [what, shown, words] of [
  ['that was rotated away and is shown again', () => generation(2), /generation 2, but the one of generation 3/],
  ['of the same generation, as after a restore,', () => generation(3), /another one of that generation/],
] as const) {
  test(`a sealing key ${what} is refused: nothing is sealed or sent, and the newest stays remembered`, async () => {
    const pins = pinsOf();
    const newest = generation(3);
    await fetchSealingKey(serving(newest).client, 'acme', pins);
    const { client, sent } = serving(shown());
    await assert.rejects(setSecret(client, pins, SECRET), (error: Error & { code: string; remedy: string }) => {
      assert.equal(error.code, 'sealing_key_older');
      assert.match(error.message, words);
      return /restored from a backup/.test(error.remedy);
    });
    assert.deepEqual(sent, ['/api/organizations/acme/sealing-key']);
    assert.deepEqual(pins.kept, { [URL_OF_TEST]: pinOf(newest) });
  });
}

test('after a restore the older key is trusted by the fingerprint that the operator reads out', async () => {
  const pins = pinsOf();
  await fetchSealingKey(serving(generation(3)).client, 'acme', pins);
  const restored = generation(1);
  await trustSigningKey(serving(restored).client, 'acme', pins, await fingerprint(fromBase64url(signer.signingKey)));
  assert.deepEqual(pins.kept, { [URL_OF_TEST]: pinOf(restored) });
  assert.equal((await fetchSealingKey(serving(restored).client, 'acme', pins)).generation, 1);
});

test('an answer that was overtaken by a newer one is right, and does not make the newest forgotten', async () => {
  const pins = pinsOf();
  await fetchSealingKey(serving(generation(1)).client, 'acme', pins);
  const first = pins.kept[URL_OF_TEST]?.sealingKeys?.[ofOne.organizationId];
  const newest = generation(2);
  const slow = createClient({
    url: URL_OF_TEST,
    token: newAccessToken(ofOne.organizationId),
    fetch: (async () => {
      await fetchSealingKey(serving(newest).client, 'acme', pins);
      return Response.json(signedKey(publicKey, signer, { ...ofOne, ...first }));
    }) as unknown as typeof globalThis.fetch,
  });
  assert.equal((await fetchSealingKey(slow, 'acme', pins)).generation, 1);
  assert.deepEqual(pins.kept, { [URL_OF_TEST]: pinOf(newest) });
});
