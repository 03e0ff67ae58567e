import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { CheckpointError, formatCheckpoint, genesisHash, splitCheckpoints, verifyCheckpoint, verifyExport } from './index.ts';
import { merkleRoot } from './merkle-root.ts';
import { chainOf, EXPORTED_AT, exportOf, INSTANCE, ORGANIZATION } from './testing/chain.ts';

const OTHER = '01932c00-0000-7000-8000-0000000000ff';

function signer() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return { publicKey: raw, signingKey: raw.toString('base64url'), sign: (bytes: Uint8Array) => sign(null, bytes, privateKey) };
}
const trusted = signer();
const events = [...chainOf(10)];

function note(sequence: number, time: string, by = trusted, hash = Buffer.from(events[sequence - 1]?.hash ?? '', 'hex')): Promise<string> {
  const heads = [
    { organizationId: OTHER, sequence: 0, hash: genesisHash(OTHER) },
    { organizationId: ORGANIZATION, sequence, hash },
  ];
  return formatCheckpoint({ instanceId: INSTANCE, time: new Date(time), heads }, by);
}

test('a checkpoint has the form of C2SP and reads back as what it was made of', async () => {
  const text = await note(4, '2026-11-24T11:30:00Z');
  const lines = text.split('\n');
  assert.equal(lines[0], `holdfast/${INSTANCE}`);
  assert.equal(lines[1], '4');
  assert.match(lines[2] ?? '', /^[A-Za-z0-9+/]{43}=$/);
  assert.equal(lines[3], 'time 2026-11-24T11:30:00.000Z');
  assert.ok(lines[4]?.startsWith(`organization ${ORGANIZATION} 4 `) && lines[5]?.startsWith(`organization ${OTHER} 0 `));
  assert.equal(lines[6], '');
  const keyHash = createHash('sha256').update(`holdfast/${INSTANCE}\n\u0001`).update(trusted.publicKey).digest().subarray(0, 4);
  const signature = Buffer.from(lines[7]?.split(' ')[2] ?? '', 'base64');
  assert.deepEqual(signature.subarray(0, 4), keyHash);
  assert.equal(signature.length, 68);

  const checkpoint = verifyCheckpoint(text, trusted.signingKey);
  assert.deepEqual([checkpoint.instanceId, checkpoint.size, checkpoint.time], [INSTANCE, 4, '2026-11-24T11:30:00.000Z']);
  assert.equal(Buffer.from(checkpoint.heads[0]?.hash ?? []).toString('hex'), events[3]?.hash);
});

test('a checkpoint with any character changed is refused', async () => {
  const text = await note(4, '2026-11-24T11:30:00Z');
  for (let position = 0; position < text.length - 1; position++) {
    const changed = text.slice(0, position) + (text[position] === 'A' ? 'B' : 'A') + text.slice(position + 1);
    assert.throws(
      () => verifyCheckpoint(changed, trusted.signingKey),
      CheckpointError,
      `character ${position}: ${JSON.stringify(text[position])}`,
    );
  }
});

test('a checkpoint is accepted from any of the trusted keys, beside signatures of witnesses, and from no other', async () => {
  const text = await note(4, '2026-11-24T11:30:00Z');
  const witness = `— witness.example ${Buffer.alloc(68).toString('base64')}\n`;
  assert.equal(verifyCheckpoint(`${text}${witness}`, [signer().signingKey, trusted.signingKey]).size, 4);
  assert.throws(() => verifyCheckpoint(text, signer().signingKey), CheckpointError);
  assert.throws(() => verifyCheckpoint(text, []), CheckpointError);
});

test('a checkpoint that does not agree with itself is refused although it is well signed', async () => {
  const [text = ''] = (await note(4, '2026-11-24T11:30:00Z')).split('\n\n');
  const [origin, size, root, time, one, two] = text.split('\n');
  const resigned = (...lines: (string | undefined)[]) => {
    const changed = `${lines.join('\n')}\n`;
    const keyHash = createHash('sha256').update(`${origin}\n\u0001`).update(trusted.publicKey).digest().subarray(0, 4);
    return `${changed}\n— ${origin} ${Buffer.concat([keyHash, trusted.sign(Buffer.from(changed))]).toString('base64')}\n`;
  };
  assert.equal(verifyCheckpoint(resigned(origin, size, root, time, one, two), trusted.signingKey).size, 4);
  const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  const [first, second] = [one, two].map((line) => sha256(Uint8Array.of(0), Buffer.from(line ?? '')));
  assert.ok(first && second);
  const rootOfSwapped = sha256(Uint8Array.of(1), second, first).toString('base64');
  for (const wrong of [
    resigned(origin, '5', root, time, one, two),
    resigned(origin, '04', root, time, one, two),
    resigned(origin, size, Buffer.alloc(32).toString('base64'), time, one, two),
    resigned(origin, size, root, 'time yesterday', one, two),
    resigned(origin, size, rootOfSwapped, time, two, one),
    resigned(origin, size, root, time, one, two, 'more'),
    resigned('elsewhere', size, root, time, one, two),
  ]) {
    assert.throws(() => verifyCheckpoint(wrong, trusted.signingKey), CheckpointError);
  }
});

test('a file of checkpoints comes apart into them, with and without blank lines between', async () => {
  const notes = [await note(2, '2026-11-24T11:10:00Z'), await note(3, '2026-11-24T11:20:00Z'), await note(3, '2026-11-24T11:30:00Z')];
  for (const between of ['', '\n', '\n\n']) {
    assert.deepEqual(await collect(splitCheckpoints(notes.join(between).split('\n'))), notes);
  }
  assert.deepEqual(await collect(splitCheckpoints([])), []);
});

test('an export is compared with every checkpoint of its organization', async () => {
  const checkpoints = [
    await note(2, '2026-11-24T11:10:00Z'),
    await note(2, '2026-11-24T11:11:00Z'),
    await note(10, '2026-11-24T11:20:00Z'),
  ];
  const found = await verifyExport(exportOf(events), { checkpoints, signingKey: trusted.signingKey });
  assert.ok(found.valid);
  assert.deepEqual([found.checkpoints, found.proven], [3, { sequence: 10, time: '2026-11-24T11:20:00.000Z' }]);
});

test('a record that was truncated and chained anew is found by a checkpoint made before the export', async () => {
  const found = await verifyExport(exportOf(events.slice(0, 7)), {
    checkpoints: [await note(9, '2026-11-24T11:59:59Z')],
    signingKey: trusted.signingKey,
  });
  assert.deepEqual({ ...found, reason: '' }, { valid: false, code: 'export_truncated', sequence: 8, reason: '' });
});

test('a checkpoint made after the export says nothing of it', async () => {
  const found = await verifyExport(exportOf(events.slice(0, 7)), {
    checkpoints: [await note(5, '2026-11-24T11:00:00Z'), await note(9, '2026-11-24T12:00:00.000Z')],
    signingKey: trusted.signingKey,
  });
  assert.ok(found.valid);
  assert.deepEqual([found.checkpoints, found.laterCheckpoints], [1, 1]);
  assert.equal(EXPORTED_AT, '2026-11-24T12:00:00.000Z');
});

test('a record that was rewritten from some event on is found at the first checkpoint after it', async () => {
  const found = await verifyExport(exportOf(events), {
    checkpoints: [await note(3, '2026-11-24T11:10:00Z'), await note(6, '2026-11-24T11:20:00Z', trusted, Buffer.alloc(32, 1))],
    signingKey: trusted.signingKey,
  });
  assert.deepEqual({ ...found, reason: '' }, { valid: false, code: 'checkpoint_differs', sequence: 6, reason: '' });
});

test('a checkpoint of another instance is refused', async () => {
  const other = await formatCheckpoint({ instanceId: OTHER, time: new Date(), heads: [] }, trusted);
  const found = await verifyExport(exportOf(events), { checkpoints: [other], signingKey: trusted.signingKey });
  assert.ok(!found.valid && found.code === 'checkpoint_invalid');
});

test('the root is that of RFC 9162', () => {
  const leaves = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((text) => Buffer.from(text));
  for (let count = 0; count <= leaves.length; count++) {
    assert.deepEqual(merkleRoot(leaves.slice(0, count)), recursiveRoot(leaves.slice(0, count)), `${count} leaves`);
  }
});

/** The definition of the RFC, word for word. */
function recursiveRoot(leaves: Buffer[]): Buffer {
  const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return sha256(Uint8Array.of(0), only);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return sha256(Uint8Array.of(1), recursiveRoot(leaves.slice(0, split)), recursiveRoot(leaves.slice(split)));
}

async function collect(notes: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const one of notes) collected.push(one);
  return collected;
}
