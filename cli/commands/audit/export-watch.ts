/** What was seen of an export as it went by. */
export interface ExportWatch {
  /** Rows that stand beside the log. */
  strayRows: number;
  /** The last line came. */
  ended: boolean;
}

const LONGEST_START = 9;

/** Passes an export on, and looks at how its lines begin. */
export async function* watchExport(chunks: AsyncIterable<Uint8Array>, watch: ExportWatch): AsyncGenerator<Uint8Array> {
  let start = '';
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const lineEnd = chunk.indexOf(10, at);
      const end = lineEnd === -1 ? chunk.length : lineEnd;
      if (start.length < LONGEST_START) {
        start += Buffer.from(chunk.subarray(at, Math.min(end, at + LONGEST_START - start.length))).toString('latin1');
      }
      at = end + 1;
      if (lineEnd === -1) break;
      if (start.startsWith('{"stray":')) watch.strayRows++;
      watch.ended = start.startsWith('{"end":');
      start = '';
    }
    yield chunk;
  }
}
