import { TEXT_MAXIMUM_CHARACTERS, tooLong } from './check-text.ts';

const CARRIAGE_RETURN = 13;
const LINE_FEED = 10;
/** UTF-8 has at most three bytes for each unit of a string. */
const UTF8_BYTES_OF_A_UNIT = 3;

/**
 * The whole of a plain document, which is its text.
 *
 * @throws DocumentTextError `too_large`, before anything of that length is decoded.
 */
export function plainText(bytes: Uint8Array): string {
  const encoding = markedEncoding(bytes) ?? 'utf-8';
  const lines = withLineFeeds(bytes, encoding);
  const unitsMinimum = lines.length / (encoding === 'utf-8' ? UTF8_BYTES_OF_A_UNIT : 2);
  if (unitsMinimum > TEXT_MAXIMUM_CHARACTERS) throw tooLong();
  return decoded(lines, encoding);
}

/** UTF-8, UTF-16 by its byte order mark, or else Windows-1252, in which every byte is a character. */
export function decodePlainText(bytes: Uint8Array): string {
  const encoding = markedEncoding(bytes) ?? 'utf-8';
  return decoded(withLineFeeds(bytes, encoding), encoding);
}

type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be';

function markedEncoding([first, second]: Uint8Array): Encoding | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return undefined;
}

function decoded(bytes: Uint8Array, encoding: Encoding): string {
  if (encoding !== 'utf-8') return new TextDecoder(encoding).decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

/**
 * Line ends become `\n` here and not in the string: a regular expression over a string of line ends takes
 * seconds and gigabytes for some MiB of them, one pass over the bytes milliseconds. UTF-8 and Windows-1252
 * have these two bytes for nothing else.
 */
function withLineFeeds(bytes: Uint8Array, encoding: Encoding): Uint8Array {
  if (!bytes.includes(CARRIAGE_RETURN)) return bytes;
  const width = encoding === 'utf-8' ? 1 : 2;
  const low = encoding === 'utf-16be' ? 1 : 0;
  const is = (at: number, character: number) => bytes[at + low] === character && (width === 1 || bytes[at + 1 - low] === 0);
  const lines = new Uint8Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; at += width) {
    const ends = is(at, CARRIAGE_RETURN);
    for (let byte = at; byte < Math.min(at + width, bytes.length); byte++) {
      lines[length] = ends && byte === at + low ? LINE_FEED : (bytes[byte] as number);
      length += 1;
    }
    if (ends && is(at + width, LINE_FEED)) at += width;
  }
  return lines.subarray(0, length);
}
