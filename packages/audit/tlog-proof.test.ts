import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  compareCheckpoints,
  consistencyProof,
  entryHash,
  formatEntryProof,
  inclusionProof,
  isEntryProof,
  verifyEntryProof,
} from './index.ts';
import { checkpointOver, entryOf, LOG, logOf, ORGANIZATION, OTHER, testSigner, tilesOf } from './testing/log.ts';

const entries = [...logOf(300)];
const readTile = tilesOf(entries.map((entry) => entryHash(ORGANIZATION, entry)));
const trusted = testSigner();
const keys = [trusted.signingKey];
const over = (size: number, time: string, log = LOG, by = trusted) => checkpointOver(entries, size, time, by, log);

async function proofOf(sequence: number, size: number): Promise<string> {
  const entry = entries[sequence - 1];
  assert.ok(entry);
  const hashes = await inclusionProof(sequence - 1, size, readTile);
  return formatEntryProof({ organizationId: ORGANIZATION, entry, hashes, checkpoint: await over(size, '2026-11-24T11:10:00.000Z') });
}

test('the proof of an entry is a C2SP tlog-proof that holds the entry, and verifies alone', async () => {
  const text = await proofOf(7, 300);
  assert.ok(isEntryProof(text) && !isEntryProof('{"format":"holdfast-audit-export/1"}'));
  const [header, extra, index] = text.split('\n');
  assert.deepEqual([header, extra?.slice(0, 6), index], ['c2sp.org/tlog-proof@v1', 'extra ', 'index 6']);
  const found = verifyEntryProof(text, keys);
  assert.ok(found.valid);
  assert.deepEqual([found.entry, found.organizationId, found.checkpoint.size], [entries[6], ORGANIZATION, 300]);
});

test('a log of one entry proves it without a hash', async () => {
  assert.ok(verifyEntryProof(await proofOf(1, 1), keys).valid);
});

test('a proof with any character changed proves nothing', async () => {
  const text = await proofOf(2, 5);
  for (let position = 0; position < text.length; position++) {
    const changed = text.slice(0, position) + (text[position] === 'A' ? 'B' : 'A') + text.slice(position + 1);
    assert.ok(!verifyEntryProof(changed, keys).valid, `${position}: ${JSON.stringify(text[position])}`);
  }
});

test('a proof is worth nothing under another key, with another entry, or of another organization', async () => {
  const codeOf = (text: string, by = keys) => {
    const found = verifyEntryProof(text, by);
    return found.valid ? 'valid' : found.code;
  };
  assert.equal(codeOf(await proofOf(7, 300), [testSigner().signingKey]), 'checkpoint_invalid');
  const hashes = await inclusionProof(6, 300, readTile);
  const checkpoint = await over(300, '2026-11-24T11:10:00.000Z');
  const forged = entryOf(7, { outcome: 'refused' });
  assert.equal(codeOf(formatEntryProof({ organizationId: ORGANIZATION, entry: forged, hashes, checkpoint })), 'proof_invalid');
  const [seventh] = entries.slice(6);
  assert.ok(seventh);
  const foreign = await over(300, '2026-11-24T11:10:00.000Z', { ...LOG, organizationId: OTHER });
  assert.equal(codeOf(formatEntryProof({ organizationId: ORGANIZATION, entry: seventh, hashes, checkpoint: foreign })), 'proof_invalid');
  assert.equal(codeOf('hello'), 'proof_malformed');
});

test('an entry that stands at another place than its number says is not proven, although that is what was signed', async () => {
  const [, second] = entries;
  assert.ok(second);
  const checkpoint = await checkpointOver([second], 1, '2026-11-24T11:10:00.000Z', trusted);
  const text = formatEntryProof({ organizationId: ORGANIZATION, entry: second, hashes: [], checkpoint }).replace('index 1', 'index 0');
  const found = verifyEntryProof(text, keys);
  assert.ok(!found.valid && found.code === 'proof_invalid');
});

function compared(from: string, to: string) {
  return compareCheckpoints({ from, to }, keys, (one, two) => consistencyProof(one.size, two.size, readTile));
}

test('two checkpoints of a log that only grew agree', async () => {
  const found = await compared(await over(100, '2026-11-24T11:10:00.000Z'), await over(300, '2026-11-24T11:20:00.000Z'));
  assert.ok(found.valid);
  assert.deepEqual([found.from.size, found.to.size], [100, 300]);
});

test('two checkpoints that contradict each other are named for what they show', async () => {
  const codeOf = async (from: string, to: string) => {
    const found = await compared(from, to);
    return found.valid ? 'valid' : found.code;
  };
  const whole = await over(300, '2026-11-24T11:20:00.000Z');
  const other = await checkpointOver([entryOf(1, { outcome: 'refused' }), ...entries.slice(1)], 100, '2026-11-24T11:10:00.000Z', trusted);
  assert.equal(await codeOf(other, whole), 'checkpoint_differs');
  assert.equal(await codeOf(whole, await over(100, '2026-11-24T11:30:00.000Z')), 'record_rolled_back');
  assert.equal(await codeOf(whole, await over(100, '2026-11-24T11:10:00.000Z')), 'checkpoint_invalid');
  assert.equal(await codeOf(await over(5, '2026-11-24T11:10:00.000Z', LOG, testSigner()), whole), 'checkpoint_invalid');
  assert.equal(await codeOf(await over(5, '2026-11-24T11:10:00.000Z', { ...LOG, epoch: 1 }), whole), 'checkpoint_foreign');
});
