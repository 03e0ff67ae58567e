import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AuditEvent, type ExportVerification, entryTime, type LogEntry, linesOf, verifyExport } from './index.ts';
import { checkpointOver, EXPORTED_AT, entryOf, exportOf, INSTANCE, LOG, line, logOf, OTHER, testSigner, treeOf } from './testing/log.ts';

const COUNT = 12;
const entries = [...logOf(COUNT)];
const at = fc.integer({ min: 0, max: COUNT - 1 });
const trusted = testSigner();
const stranger = testSigner();
const signingKeys = [trusted.signingKey];
const over = (size: number, time: string, by = trusted, log = LOG) => checkpointOver(entries, size, time, by, log);

/** The code, and the entries that are named, as `code from-to`. */
function finding(found: ExportVerification): string {
  if (found.valid) return 'sound';
  return `${found.code}${found.entries === undefined ? '' : ` ${found.entries.from}-${found.entries.to}`}`;
}
const verified = async (lines: Iterable<string>, evidence?: Parameters<typeof verifyExport>[1]) =>
  finding(await verifyExport(lines, evidence));

/** An export in which a checkpoint stands after each of these entries. */
function withCheckpoints(lines: readonly string[], notes: Readonly<Record<number, string>>): string[] {
  return lines.flatMap((each, index) => [each, ...(notes[index] === undefined ? [] : [line({ kind: 'checkpoint', note: notes[index] })])]);
}

/** What somebody leaves who edits the entries and forgets the end. */
function edited(change: (entries: readonly LogEntry[]) => readonly LogEntry[]): string[] {
  const [header = '', ...rest] = exportOf(entries);
  return [header, ...change(entries).map((entry) => line({ kind: 'entry', entry })), rest.at(-1) ?? ''];
}

test('a sound export is found sound, with its size and root', async () => {
  const found = await verifyExport(exportOf(entries));
  assert.ok(found.valid);
  assert.deepEqual([found.size, found.root], [COUNT, treeOf(entries).root().toString('base64')]);
  assert.deepEqual([found.checkpoints, found.proven, found.laterCheckpoints, found.accepted], [0, undefined, 0, 0]);
  assert.ok((await verifyExport(exportOf([]))).valid);
});

test('wherever an entry is changed, the export is not sound', async () => {
  const change = fc.constantFrom<(entry: LogEntry) => LogEntry>(
    (entry) => ({ ...entry, body: entry.body.replace('success', 'failed') }),
    (entry) => ({ ...entry, time: entry.time.replace('001Z', '002Z') }),
  );
  await fc.assert(
    fc.asyncProperty(at, change, async (position, edit) => {
      const lines = edited((all) => all.map((entry, index) => (index === position ? edit(entry) : entry)));
      assert.equal(await verified(lines), `root_differs 1-${COUNT}`);
    }),
  );
});

test('who recorded an entry, and its form, are checked one by one', async () => {
  for (const change of [{ recordedBy: 'data' }, { recordedBy: 'postgres' }, { body: '{}' }, { body: `${entries[0]?.body} ` }]) {
    const lines = exportOf(entries.map((entry, index) => (index === 4 ? { ...entry, ...change } : entry)));
    assert.equal(await verified(lines), 'record_violation 5-5', JSON.stringify(change));
  }
});

test('an entry that is nested deeper than the stack is named', async () => {
  const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
  const body = entries[4]?.body ?? '';
  for (const deep of [body.replace('"outcome"', `"detail":{"a":${nested}},"outcome"`), body.replace('"run.cancel"', nested)]) {
    const lines = exportOf(entries.map((entry, index) => (index === 4 ? { ...entry, body: deep } : entry)));
    assert.equal(await verified(lines), 'record_violation 5-5');
  }
});

test('an entry whose time is none makes the export malformed', async () => {
  for (const stored of [Number.POSITIVE_INFINITY, new Date(Date.UTC(12_026)), new Date(Number.NaN)]) {
    const lines = [...exportOf(entries)];
    const [, first] = lines;
    lines[1] = JSON.stringify({ ...JSON.parse(first ?? ''), time: entryTime(stored) });
    assert.equal(await verified(lines), 'export_malformed');
  }
});

test('wherever an entry is dropped, it is named', async () => {
  for (let position = 0; position < COUNT - 1; position++) {
    assert.equal(await verified(edited((all) => all.toSpliced(position, 1))), `entry_missing ${position + 1}-${position + 1}`);
  }
  assert.equal(await verified(edited((all) => all.slice(0, -1))), `export_truncated ${COUNT}-${COUNT}`);
});

test('wherever two entries are swapped, the first of their places is named', async () => {
  await fc.assert(
    fc.asyncProperty(at, at, async (one, two) => {
      fc.pre(one < two);
      const [first, second] = [entries[one], entries[two]];
      assert.ok(first && second);
      const lines = edited((all) => all.with(one, second).with(two, first));
      assert.equal(await verified(lines), `entry_missing ${one + 1}-${one + 1}`);
    }),
  );
});

test('an entry that comes twice is named', async () => {
  await fc.assert(
    fc.asyncProperty(at, async (position) => {
      const twice = entries[position];
      assert.ok(twice);
      const lines = edited((all) => all.toSpliced(position, 0, twice));
      assert.equal(await verified(lines), `entry_unexpected ${position + 2}-${position + 2}`);
    }),
  );
});

test('an entry more than the end says is named', async () => {
  assert.equal(await verified(edited((all) => [...all, entryOf(COUNT + 1)])), `entry_unexpected ${COUNT + 1}-${COUNT + 1}`);
});

test('a download that was interrupted between two lines is named', async () => {
  const lines = [...exportOf(entries)];
  for (let kept = 1; kept <= COUNT + 1; kept++) {
    assert.match(await verified(lines.slice(0, kept)), /^export_truncated/, `${kept} lines`);
  }
});

test('rows beside the log are named, whatever is in them', async () => {
  const [header = '', ...rest] = exportOf(entries);
  const strays = [-1, 4_000].map((sequence) => line({ kind: 'stray', row: { sequence, recordedBy: 'control', body: 'anything' } }));
  assert.equal(await verified([header, ...rest.slice(0, -1), ...strays, ...rest.slice(-1)]), 'entry_stray -1-4000');
  // One after the other, as from a file: they are not kept.
  function* many() {
    yield* [header, ...rest.slice(0, -1)];
    for (let index = 0; index < 200_000; index++) yield line({ kind: 'stray', row: { sequence: index - 9, recordedBy: 'x', body: '' } });
    yield* rest.slice(-1);
  }
  assert.equal(await verified(many()), 'entry_stray -9-199990');
});

test('a header with more signing keys than any instance has had is refused', async () => {
  const [header = '', ...rest] = exportOf(entries);
  const facts = JSON.parse(header);
  const keys = Array.from({ length: 1_001 }, () => 'k'.repeat(43));
  const found = await verifyExport([JSON.stringify({ ...facts, signingKeys: keys }), ...rest]);
  assert.ok(!found.valid && found.code === 'export_malformed');
  assert.match(found.reason, /names more than 1000 signing keys/);
});

test('a log of another organization is not accepted for this one', async () => {
  const [, ...rest] = exportOf(entries);
  const [header = ''] = exportOf([], { organizationId: OTHER });
  assert.equal(await verified([header, ...rest]), `root_differs 1-${COUNT}`);
});

test('checkpoints without a signing key are refused rather than passed over', async () => {
  await assert.rejects(verifyExport(exportOf(entries), { checkpoints: [] }), TypeError);
});

test('every checkpoint, in the export and beside it, is compared, and the newest is named with its key', async () => {
  const [three, ten] = [await over(3, '2026-11-24T11:10:00.000Z'), await over(10, '2026-11-24T11:20:00.000Z')];
  const lines = withCheckpoints([...exportOf(entries)], { 3: three, 10: ten });
  const found = await verifyExport(lines, { checkpoints: [ten, await over(5, '2026-11-24T11:15:00.000Z'), three], signingKeys });
  assert.ok(found.valid);
  assert.equal(found.checkpoints, 5);
  assert.deepEqual(found.proven, { size: 10, time: '2026-11-24T11:20:00.000Z', signingKey: trusted.signingKey, trusted: true });
});

test('without a trusted key, a checkpoint shows what the key that the export names would prove', async () => {
  const lines = withCheckpoints([...exportOf(entries, { signingKeys })], { 3: await over(3, '2026-11-24T11:10:00.000Z') });
  const found = await verifyExport(lines);
  assert.ok(found.valid);
  assert.deepEqual([found.proven?.size, found.proven?.trusted], [3, false]);
  assert.equal(await verified(lines, { signingKeys: [stranger.signingKey] }), 'checkpoint_invalid');
});

test('a key that stands in the export alone is not taken for a trusted one', async () => {
  const forged = withCheckpoints([...exportOf(entries, { signingKeys: [stranger.signingKey] })], {
    3: await over(3, '2026-11-24T11:10:00.000Z', stranger),
  });
  assert.equal(await verified(forged, { signingKeys }), 'checkpoint_invalid');
});

test('a checkpoint over other entries than the export has is found, between which entries', async () => {
  const rewritten = entries.map((entry) => (entry.sequence === 5 ? entryOf(5, { outcome: 'refused' }) : entry));
  const checkpoints = [await over(3, '2026-11-24T11:10:00.000Z'), await over(8, '2026-11-24T11:20:00.000Z')];
  assert.equal(await verified(exportOf(rewritten), { checkpoints, signingKeys }), 'checkpoint_differs 4-8');
  const [three = '', eight = ''] = checkpoints;
  assert.equal(
    await verified(withCheckpoints([...exportOf(rewritten)], { 3: three, 8: eight }), { signingKeys }),
    'checkpoint_differs 4-8',
  );
});

test('a checkpoint that stands after another entry than its size says is found', async () => {
  const note = await over(3, '2026-11-24T11:10:00.000Z');
  assert.equal(await verified(withCheckpoints([...exportOf(entries)], { 4: note }), { signingKeys }), 'checkpoint_differs');
});

test('entries that were cut off are found by a checkpoint made before the export', async () => {
  const evidence = { checkpoints: [await over(9, '2026-11-24T11:59:59.000Z')], signingKeys };
  assert.equal(await verified(exportOf(entries.slice(0, 7)), evidence), 'export_truncated 8-9');
});

test('entries that look cut off by some seconds are found, and what would decide is named', async () => {
  for (const [time, expected] of [
    ['2026-11-24T11:54:59.000Z', /made later, holds 7\. The last ones are missing\.$/],
    ['2026-11-24T11:59:59.000Z', /at about the same time, holds 7\. .* clock of a node is behind\. Export again: /],
  ] as const) {
    const evidence = { checkpoints: [await over(9, time)], signingKeys };
    const found = await verifyExport(exportOf(entries.slice(0, 7)), evidence);
    assert.deepEqual(found.valid ? undefined : [found.code, found.entries], ['export_truncated', { from: 8, to: 9 }]);
    assert.match(found.valid ? '' : found.reason, expected);
    assert.equal(await verified(exportOf(entries, { exportedAt: '2026-11-24T12:00:05.000Z' }), evidence), 'sound');
  }
});

test('a checkpoint made after the export says nothing of it', async () => {
  const checkpoints = [await over(5, '2026-11-24T11:00:00.000Z'), await over(9, EXPORTED_AT)];
  const found = await verifyExport(exportOf(entries.slice(0, 7)), { checkpoints, signingKeys });
  assert.ok(found.valid);
  assert.deepEqual([found.checkpoints, found.laterCheckpoints], [1, 1]);
});

test('a later checkpoint over fewer entries shows a record that was set back', async () => {
  const checkpoints = [await over(9, '2026-11-24T11:10:00.000Z'), await over(5, '2026-11-24T11:20:00.000Z')];
  assert.equal(await verified(exportOf(entries), { checkpoints, signingKeys }), 'record_rolled_back 6-9');
  // Two data planes whose clocks differ by seconds set nothing back.
  const byTwo = [await over(9, '2026-11-24T11:10:00.000Z'), await over(5, '2026-11-24T11:10:02.000Z')];
  assert.equal(await verified(exportOf(entries), { checkpoints: byTwo, signingKeys }), 'sound');
});

for (const [of, log] of [
  ['instance', { ...LOG, instanceId: OTHER }],
  ['organization', { ...LOG, organizationId: OTHER }],
  ['later epoch', { ...LOG, epoch: 1 }],
] as const) {
  test(`a checkpoint of another ${of} is named`, async () => {
    const note = await over(3, '2026-11-24T11:10:00.000Z', trusted, log);
    assert.equal(await verified(exportOf(entries), { checkpoints: [note], signingKeys }), 'checkpoint_foreign');
    assert.equal(await verified(withCheckpoints([...exportOf(entries)], { 3: note }), { signingKeys }), 'checkpoint_foreign');
  });
}

test('after a restore, checkpoints from before it agree as far as they go, and show what was lost', async () => {
  const restored = [...entries.slice(0, 6), entryOf(7, { outcome: 'refused' }), entryOf(8)];
  const header = { epoch: 1 };
  const before = [await over(6, '2026-11-24T11:10:00.000Z')];
  assert.equal(await verified(exportOf(restored, header), { checkpoints: before, signingKeys }), 'sound');
  // Restored to another machine, whose clock is behind.
  const behind = [...before, await checkpointOver(restored, 8, '2026-11-24T10:00:00.000Z', trusted, { ...LOG, epoch: 1 })];
  assert.equal(await verified(exportOf(restored, header), { checkpoints: behind, signingKeys }), 'sound');
  const lost = [...before, await over(8, '2026-11-24T11:20:00.000Z')];
  assert.equal(await verified(exportOf(restored, header), { checkpoints: lost, signingKeys }), 'record_restored 7-8');
  const longer = [...before, await over(12, '2026-11-24T13:20:00.000Z')];
  assert.equal(await verified(exportOf(restored, header), { checkpoints: longer, signingKeys }), 'record_restored 9-12');
});

test('a violation that an operator accepted later is counted once that is signed, and one after it is not', async () => {
  const bad = { ...entryOf(2), recordedBy: 'data' };
  const acceptance = (event: Partial<AuditEvent> = {}, by = 'data') =>
    entryOf(3, { action: 'record.accept', detail: { entries: 2 }, ...event }, by);
  const accept = acceptance();
  const log = (third: LogEntry, ...more: LogEntry[]) => [entryOf(1), bad, third, ...more];
  const signedAt = async (size: number, all: readonly LogEntry[], by = trusted) =>
    withCheckpoints([...exportOf(all)], { [size]: await checkpointOver(all, size, '2026-11-24T11:10:00.000Z', by) });

  const found = await verifyExport(await signedAt(3, log(accept, entryOf(4))), { signingKeys });
  assert.ok(found.valid);
  assert.equal(found.accepted, 1);
  const outside = await checkpointOver(log(accept), 3, '2026-11-24T11:10:00.000Z', trusted);
  assert.equal(await verified(exportOf(log(accept)), { checkpoints: [outside], signingKeys }), 'sound');

  const unsigned = await verifyExport(exportOf(log(accept)));
  assert.equal(finding(unsigned), 'record_violation 2-2');
  assert.match(unsigned.valid ? '' : unsigned.reason, /Entry 3 says .* once a checkpoint is over that entry.* Export again/);
  for (const [what, all, size, expected] of [
    ['a checkpoint before it', log(accept), 2, '2-2'],
    ['a violation after it', log(accept, { ...bad, sequence: 4 }), 3, '4-4'],
    ['a violation after it, said to be accepted', log(acceptance({ detail: { entries: 9 } }), { ...bad, sequence: 4 }), 4, '4-4'],
    ['one of fewer entries', log(acceptance({ detail: { entries: 1 } })), 3, '2-2'],
    ['one that failed', log(acceptance({ outcome: 'failed' })), 3, '2-2'],
    ['another action', log(entryOf(3, { detail: { entries: 2 } })), 3, '2-2'],
    ['the control plane', log({ ...accept, recordedBy: 'control' }), 3, '2-2'],
  ] as const) {
    assert.equal(await verified(await signedAt(size, all), { signingKeys }), `record_violation ${expected}`, what);
  }
  assert.equal(await verified(await signedAt(3, log(accept), stranger), { signingKeys }), 'checkpoint_invalid');
});

test('an export of 100,000 entries is verified in bounded memory', async () => {
  assert.ok((await verifyExport(exportOf(logOf(100)))).valid);
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  let peak = 0;
  function* watched() {
    for (const entry of logOf(100_000)) {
      if (entry.sequence % 10_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed - before);
      yield entry;
    }
  }
  assert.ok((await verifyExport(exportOf(watched()))).valid);
  // The export is 20 MB; what is seen here is garbage that waits to be collected.
  assert.ok(peak < 100 * 1_048_576, `${peak} bytes`);
});

for (const [name, bad] of [
  ['text that is no JSON', 'entries'],
  ['a list', '[]'],
  ['an entry without a body', '{"sequence":3,"time":"2026-11-24T11:00:00.001Z","recordedBy":"control"}'],
  ['an entry below 1', '{"sequence":0,"time":"2026-11-24T11:00:00.001Z","recordedBy":"control","body":"{}"}'],
  ['a recorder with a line break', '{"sequence":3,"time":"2026-11-24T11:00:00.001Z","recordedBy":"a\\nb","body":"{}"}'],
  ['a day that does not exist', '{"sequence":3,"time":"2026-02-30T11:00:00.001Z","recordedBy":"control","body":"{}"}'],
  ['a checkpoint that is no text', '{"checkpoint":1}'],
  ['an end without a root', '{"end":{"size":2}}'],
  ['a stray row that is none', '{"stray":[]}'],
  ['an empty line', ''],
] as const) {
  test(`an export with ${name} is malformed, and the line is named`, async () => {
    const found = await verifyExport([...[...exportOf(entries)].slice(0, 3), bad]);
    assert.ok(!found.valid && found.code === 'export_malformed' && found.reason.startsWith('Line 4 '), JSON.stringify(found));
  });
}

test('nothing may stand after the end', async () => {
  const lines = [...exportOf(entries)];
  assert.equal(await verified([...lines, lines.at(-1) ?? '']), 'export_malformed');
  assert.equal(await verified([...lines, line({ kind: 'entry', entry: entryOf(COUNT + 1) })]), 'export_malformed');
});

test('a header that does not say all that it should is malformed', async () => {
  assert.equal(await verified([]), 'export_malformed');
  const [header = '', ...rest] = exportOf(entries);
  for (const field of ['format', 'instanceId', 'organizationId', 'epoch', 'exportedAt', 'signingKeys']) {
    for (const wrong of [undefined, 7.5, 'x', ['x']]) {
      const found = await verified([JSON.stringify({ ...JSON.parse(header), [field]: wrong }), ...rest]);
      assert.equal(found, 'export_malformed', `${field}: ${wrong}`);
    }
  }
  assert.equal(JSON.parse(header).instanceId, INSTANCE);
});

test('bytes are split into lines wherever they are cut', async () => {
  const text = 'one\nzwei ü\n🔑\n\nlast without a break';
  for (const size of [1, 2, 3, 7, 100]) {
    assert.deepEqual(await collect(linesOf(pieces(Buffer.from(text), size))), text.split('\n'));
  }
});

test('a line that is too long, and bytes that are not UTF-8, are refused before memory fills', async () => {
  await assert.rejects(collect(linesOf(pieces(Buffer.alloc(2_000_000, 'a'), 65_536))), /Line 1 .* longer/);
  await assert.rejects(collect(linesOf(pieces(Buffer.from([0x61, 0x0a, 0xff]), 10))), /UTF-8/);
});

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

async function collect(source: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const one of source) collected.push(one);
  return collected;
}
