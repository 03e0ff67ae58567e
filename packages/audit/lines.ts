import { ExportError } from './export-error.ts';

/** A body of 65,536 bytes is at most six times as long in JSON in JSON; the rest of a line is short. */
const LINE_MAXIMUM_CHARACTERS = 524_288;

/**
 * Splits a stream of UTF-8 into lines and holds at most one of them.
 *
 * @throws ExportError `export_malformed` for a line of which more than 524,288 characters came without its
 *   end, and for what is not UTF-8; what the stream fails with.
 */
export async function* linesOf(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 1;
  let rest = '';
  const decode = (chunk?: Uint8Array) => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined });
    } catch {
      throw new ExportError(number, 'is not UTF-8 text');
    }
  };
  for await (const chunk of bytes) {
    const lines = (rest + decode(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      yield line;
      number++;
    }
    if (rest.length > LINE_MAXIMUM_CHARACTERS) throw new ExportError(number, `is longer than ${LINE_MAXIMUM_CHARACTERS} characters`);
  }
  rest += decode();
  if (rest !== '') yield rest;
}
