/** One server-sent event. */
export interface ServerEvent {
  /** `message` when the server gives none. */
  readonly event: string;
  readonly data: string;
  /** The latest id that the server gave, to go on behind it; empty when it gave none. */
  readonly id: string;
}

/** An event longer than this is no event of ours. */
const EVENT_MAXIMUM_CHARACTERS = 4_194_304;

/**
 * Reads server-sent events as they come, for example of `client.stream(watchRun, …)`. Comments and `retry`
 * are left out, and so is an event that was cut off at the end.
 *
 * @throws RangeError for an event of more than 4 MiB; what the stream throws when the connection is lost.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export async function* readEvents(stream: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  let id = '';
  let rest = '';
  const decoder = new TextDecoder();
  for await (const bytes of chunksOf(stream)) {
    rest += decoder.decode(bytes, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    if (rest.length > EVENT_MAXIMUM_CHARACTERS) throw new RangeError('The server sent an event without an end.');
    for (const block of blocks) {
      const fields = block.split(/\r?\n/).map(fieldOf);
      id = fields.findLast(([name]) => name === 'id')?.[1] ?? id;
      const data = fields.filter(([name]) => name === 'data').map(([, value]) => value);
      const event = fields.findLast(([name]) => name === 'event')?.[1] ?? 'message';
      if (data.length > 0) yield { event, data: data.join('\n'), id };
    }
  }
}

function fieldOf(line: string): readonly [name: string, value: string] {
  const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
  return [name, value];
}

/** Not every browser can iterate a stream. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
