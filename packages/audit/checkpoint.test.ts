import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { type Checkpoint, CheckpointError, formatCheckpoint, splitCheckpoints, verifierKey, verifyCheckpoint } from './index.ts';
import { signNote } from './signed-note.ts';
import { INSTANCE, LOG, ORGANIZATION, OTHER, testSigner } from './testing/log.ts';

const trusted = testSigner();
const stranger = testSigner();
const checkpoint: Checkpoint = { ...LOG, epoch: 2, size: 4, root: Buffer.alloc(32, 0xab), time: '2026-11-24T11:30:00.000Z' };
const ORIGIN = `holdfast/${INSTANCE}/${ORGANIZATION}/2`;
const note = await formatCheckpoint(checkpoint, trusted);

test('a checkpoint has the form of C2SP, is signed as C2SP says, and reads back as what it was made of', () => {
  const lines = note.split('\n');
  assert.deepEqual(lines.slice(0, 5), [ORIGIN, '4', checkpoint.root.toString('base64'), `time ${checkpoint.time}`, '']);
  const [dash, name, written = ''] = (lines[5] ?? '').split(' ');
  assert.deepEqual([dash, name, lines.slice(6)], ['—', ORIGIN, ['']]);
  const keyHash = createHash('sha256').update(`${ORIGIN}\n\u0001`).update(trusted.publicKey).digest().subarray(0, 4);
  const signature = Buffer.from(written, 'base64');
  assert.deepEqual(signature.subarray(0, 4), keyHash);
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), trusted.publicKey]);
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
  assert.ok(verify(null, Buffer.from(`${lines.slice(0, 4).join('\n')}\n`), key, signature.subarray(4)));

  assert.deepEqual(verifyCheckpoint(note, trusted.signingKey), { ...checkpoint, signingKey: trusted.signingKey });
  assert.match(verifierKey(checkpoint, trusted.publicKey), new RegExp(`^${ORIGIN}\\+${keyHash.toString('hex')}\\+AQ?[A-Za-z0-9+/]+=*$`));
});

test('a checkpoint with any character changed, left out or added is refused', () => {
  for (let position = 0; position < note.length - 1; position++) {
    const character = note[position] === 'A' ? 'B' : 'A';
    for (const changed of [
      note.slice(0, position) + character + note.slice(position + 1),
      note.slice(0, position) + note.slice(position + 1),
      note.slice(0, position) + character + note.slice(position),
    ]) {
      assert.throws(() => verifyCheckpoint(changed, trusted.signingKey), CheckpointError, JSON.stringify(changed));
    }
  }
});

test('a checkpoint is accepted from any of the trusted keys, beside signatures of witnesses, and from no other', () => {
  const witness = `— witness.example ${Buffer.alloc(68).toString('base64')}\n`;
  const found = verifyCheckpoint(`${note}${witness}`, [stranger.signingKey, trusted.signingKey]);
  assert.deepEqual([found.size, found.signingKey], [4, trusted.signingKey]);
  assert.throws(() => verifyCheckpoint(note, stranger.signingKey), CheckpointError);
  assert.throws(() => verifyCheckpoint(note, []), CheckpointError);
  assert.throws(() => verifyCheckpoint(note, ['', 'AAAA']), CheckpointError);
});

test('a signature of a trusted key that does not verify spoils the note, as in other tools', () => {
  const [text = '', signature = ''] = note.split('\n\n');
  const bytes = Buffer.from(signature.split(' ')[2] ?? '', 'base64');
  bytes.writeUInt8(bytes.readUInt8(10) ^ 1, 10);
  const bad = `— ${ORIGIN} ${bytes.toString('base64')}`;
  assert.throws(() => verifyCheckpoint(`${text}\n\n${signature}${bad}\n`, trusted.signingKey), /changed after it was signed/);
});

test('a signature under the name of another log does not count', async () => {
  const [text = ''] = note.split('\n\n');
  const elsewhere = await signNote(`${text}\n`, `holdfast/${INSTANCE}/${OTHER}/2`, trusted);
  assert.throws(() => verifyCheckpoint(elsewhere, trusted.signingKey), /not signed by/);
});

const LINES = [ORIGIN, '4', checkpoint.root.toString('base64'), `time ${checkpoint.time}`];
for (const [why, lines] of [
  ['the size with a zero before', LINES.with(1, '04')],
  ['a size below zero', LINES.with(1, '-1')],
  ['a size that no number holds', LINES.with(1, '9007199254740993')],
  ['a root of 31 bytes', LINES.with(2, Buffer.alloc(31).toString('base64'))],
  ['a root in base64url', LINES.with(2, Buffer.alloc(32, 0xff).toString('base64url'))],
  ['no time', LINES.slice(0, 3)],
  ['a time that is none', LINES.with(3, 'time yesterday')],
  ['a day that does not exist', LINES.with(3, 'time 2026-02-30T11:30:00.000Z')],
  ['a further line', [...LINES, 'more']],
  ['an empty line within', LINES.toSpliced(1, 0, '')],
  ['a control character', LINES.with(3, `time ${checkpoint.time}\r`)],
  ['the origin of somebody else', LINES.with(0, 'example.com/log')],
  ['an origin without epoch', LINES.with(0, `holdfast/${INSTANCE}/${ORGANIZATION}`)],
  ['an epoch with a zero before', LINES.with(0, `holdfast/${INSTANCE}/${ORGANIZATION}/02`)],
] as const) {
  test(`a checkpoint with ${why} is refused although it is well signed`, async () => {
    const signed = await signNote(`${lines.join('\n')}\n`, lines[0] ?? '', trusted);
    assert.throws(() => verifyCheckpoint(signed, trusted.signingKey), CheckpointError);
  });
}

for (const [why, changed] of [
  ['without a signature', note.slice(0, note.indexOf('\n\n') + 2)],
  ['without its last line break', note.slice(0, -1)],
  ['with a signature that is no base64', note.replace(/[A-Za-z0-9+/]+=*\n$/, '????\n')],
  ['with a line that is no signature', `${note}hello\n`],
  ['with 101 signatures', note + `— witness.example ${Buffer.alloc(68).toString('base64')}\n`.repeat(100)],
  ['that is too long', `${'x'.repeat(1_000_001)}\n\n${note}`],
  ['that is empty', ''],
] as const) {
  test(`a note ${why} is refused`, () => assert.throws(() => verifyCheckpoint(changed, trusted.signingKey), CheckpointError));
}

test('nothing is signed that could not be read back', async () => {
  await assert.rejects(formatCheckpoint({ ...checkpoint, root: Buffer.alloc(31) }, trusted), CheckpointError);
  await assert.rejects(formatCheckpoint({ ...checkpoint, organizationId: 'x' }, trusted), CheckpointError);
  await assert.rejects(formatCheckpoint({ ...checkpoint, time: '2026-11-24' }, trusted), CheckpointError);
});

test('a file of checkpoints comes apart into them, with and without blank lines between', async () => {
  const notes = [note, await formatCheckpoint({ ...checkpoint, size: 5 }, trusted), note];
  for (const between of ['', '\n', '\n\n']) {
    assert.deepEqual(await collect(splitCheckpoints(notes.join(between).split('\n'))), notes);
  }
  assert.deepEqual(await collect(splitCheckpoints([])), []);
});

async function collect(source: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const one of source) collected.push(one);
  return collected;
}
