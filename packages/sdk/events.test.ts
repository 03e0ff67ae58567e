import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readEvents, type ServerEvent } from './events.ts';

function streamOf(...pieces: readonly string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Buffer.from(piece));
      controller.close();
    },
  });
}

test('events are read across pieces, with their names, their lines and the latest id; comments and a cut one are left out', async () => {
  const events: ServerEvent[] = [];
  const text = 'retry: 1000\n\n: here\n\nid: 7\nevent: log\ndata: {"a":\ndata: 1}\n\ndata: ü\r\n\r\nevent: run\ndata: cut';
  const bytes = Buffer.from(text);
  const cutInU = bytes.indexOf(0xbc);
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const [from, to] of [
        [0, 9],
        [9, 30],
        [30, cutInU],
        [cutInU, bytes.length],
      ] as const)
        controller.enqueue(bytes.subarray(from, to));
      controller.close();
    },
  });
  for await (const event of readEvents(stream)) events.push(event);
  assert.deepEqual(events, [
    { event: 'log', data: '{"a":\n1}', id: '7' },
    { event: 'message', data: 'ü', id: '7' },
  ]);
});

test('what never ends is no event', async () => {
  const endless = streamOf(`data: ${'x'.repeat(4_194_305)}`);
  await assert.rejects(readEvents(endless).next(), RangeError);
});
