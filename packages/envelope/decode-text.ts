import { fromUtf8 } from './byte-layout.ts';

/** Text, or why the bytes are none. */
export type DecodedText = { readonly text: string; readonly refusal?: undefined } | { readonly refusal: string };

/**
 * The text of a file or a stream, byte for byte: line ends and a byte order mark are kept. Only UTF-8 is
 * read; the refusal says what to do about anything else, and repeats nothing of the bytes.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return { refusal: 'It is UTF-16 text, as PowerShell and Notepad may write it. Save it as UTF-8.' };
  }
  try {
    return { text: fromUtf8(bytes) };
  } catch {
    return { refusal: 'It is not UTF-8 text. Save it as UTF-8; encode binary data, for example with base64.' };
  }
}
