import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ExportedEvent, linesOf, verifyExport } from './index.ts';
import { chainOf, exportOf } from './testing/chain.ts';

const COUNT = 12;
const sound = [...chainOf(COUNT)];
const at = fc.integer({ min: 0, max: COUNT - 1 });

async function firstBad(events: Iterable<ExportedEvent>): Promise<number | undefined> {
  const found = await verifyExport(exportOf(events));
  assert.equal(found.valid, false);
  return found.valid ? undefined : found.sequence;
}

test('a sound export is found sound, with its head', async () => {
  const found = await verifyExport(exportOf(sound));
  assert.ok(found.valid);
  assert.equal(found.events, COUNT);
  assert.equal(found.headHash, sound.at(-1)?.hash);
  assert.equal(found.proven, undefined);
});

test('wherever an event is changed, it is named', async () => {
  const change = fc.constantFrom<(event: ExportedEvent) => ExportedEvent>(
    (event) => ({ ...event, body: event.body.replace('success', 'failed') }),
    (event) => ({ ...event, body: `${event.body} ` }),
    (event) => ({ ...event, time: event.time.replace('000001', '000002') }),
    (event) => ({ ...event, recordedBy: 'postgres' }),
    (event) => ({ ...event, hash: 'f'.repeat(64) }),
    (event) => ({ ...event, previousHash: 'f'.repeat(64) }),
  );
  await fc.assert(
    fc.asyncProperty(at, change, async (position, edit) => {
      const bad = await firstBad(sound.map((event, index) => (index === position ? edit(event) : event)));
      assert.equal(bad, position + 1);
    }),
  );
});

test('wherever an event is dropped but at the end, it is named', async () => {
  for (let position = 0; position < COUNT - 1; position++) {
    assert.equal(await firstBad(sound.toSpliced(position, 1)), position + 1);
  }
});

test('wherever two events are swapped, the first of their places is named', async () => {
  await fc.assert(
    fc.asyncProperty(at, at, async (one, two) => {
      fc.pre(one !== two);
      const [first, second] = [sound[one], sound[two]];
      assert.ok(first && second);
      assert.equal(await firstBad(sound.with(one, second).with(two, first)), Math.min(one, two) + 1);
    }),
  );
});

test('wherever an event is put in, its place is named', async () => {
  await fc.assert(
    fc.asyncProperty(at, at, async (from, to) => {
      const inserted = sound[from];
      assert.ok(inserted);
      fc.pre(from !== to);
      // A copy beside its original shows one place later, where the original no longer fits.
      assert.equal(await firstBad(sound.toSpliced(to, 0, inserted)), to === from + 1 ? to + 1 : Math.min(to, COUNT) + 1);
    }),
  );
});

test('a chain of another organization is not accepted for this one', async () => {
  assert.equal(await firstBad(chainOf(3, '01932c00-0000-7000-8000-0000000000ff')), 1);
});

test('checkpoints without a signing key are refused rather than ignored', async () => {
  await assert.rejects(verifyExport(exportOf(sound), { checkpoints: [] }), TypeError);
});

test('an export of 100,000 events is verified in bounded memory', async () => {
  const found = await verifyExport(exportOf(chainOf(100)));
  assert.ok(found.valid);
  global.gc?.();
  const before = process.memoryUsage().heapUsed;
  let peak = 0;
  function* watched() {
    let number = 0;
    for (const event of chainOf(100_000)) {
      if (++number % 10_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed - before);
      yield event;
    }
  }
  assert.ok((await verifyExport(exportOf(watched()))).valid);
  // The export is 40 MB; what is seen here is garbage that waits to be collected.
  assert.ok(peak < 100 * 1_048_576, `${peak} bytes`);
});

for (const [name, line] of [
  ['text that is no JSON', 'events'],
  ['a list', '[]'],
  ['an event without a hash', '{"sequence":1,"time":"2026-11-24T11:00:00.000001Z","recordedBy":"x","body":"{}","previousHash":"00"}'],
  ['an empty line', ''],
] as const) {
  test(`an export with ${name} is malformed, and the line is named`, async () => {
    const found = await verifyExport([...exportOf(sound.slice(0, 2)), line]);
    assert.ok(!found.valid && found.code === 'export_malformed' && found.reason.startsWith('Line 4 '));
  });
}

test('an empty file is malformed', async () => {
  const found = await verifyExport([]);
  assert.ok(!found.valid && found.code === 'export_malformed');
});

test('bytes are split into lines wherever they are cut', async () => {
  const text = 'one\nzwei ü\n🔑\n\nlast without a break';
  for (const size of [1, 2, 3, 7, 100]) {
    const lines = await collect(linesOf(pieces(Buffer.from(text), size)));
    assert.deepEqual(lines, text.split('\n'));
  }
});

test('a line that is too long, and bytes that are not UTF-8, are refused before memory fills', async () => {
  await assert.rejects(collect(linesOf(pieces(Buffer.alloc(2_000_000, 'a'), 65_536))), /Line 1 .* longer/);
  await assert.rejects(collect(linesOf(pieces(Buffer.from([0x61, 0x0a, 0xff]), 10))), /UTF-8/);
});

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

async function collect(lines: AsyncIterable<string>): Promise<string[]> {
  const collected: string[] = [];
  for await (const line of lines) collected.push(line);
  return collected;
}
