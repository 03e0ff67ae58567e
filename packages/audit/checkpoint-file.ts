const EMPTY_LINE = Buffer.from('\n\n');
const SIGNATURE = Buffer.from('\n— ');

/**
 * How many of these bytes, the end of a file of checkpoints with an empty line after each, are whole notes:
 * behind them stands what a write left that was cut short. A note holds an empty line itself, before its
 * signatures.
 */
export function wholeNotesLength(bytes: Buffer): number {
  for (let end = bytes.lastIndexOf(EMPTY_LINE); end > 0; end = bytes.lastIndexOf(EMPTY_LINE, end - 1)) {
    const line = bytes.lastIndexOf('\n', end - 1);
    if (line >= 0 && bytes.subarray(line, line + SIGNATURE.length).equals(SIGNATURE)) return end + EMPTY_LINE.length;
  }
  return 0;
}

/**
 * Takes a file of checkpoints, written one after the other with or without blank lines between, apart into
 * notes, each as it was signed: its text, an empty line, and its signatures. Nothing is checked: what a file
 * ends in without signatures comes out as the last note, and does not verify.
 *
 * @param lines without their line breaks.
 */
export async function* splitCheckpoints(lines: AsyncIterable<string> | Iterable<string>): AsyncGenerator<string> {
  let text: string[] = [];
  let signatures: string[] = [];
  let part: 'text' | 'signatures' = 'text';
  const note = () => `${text.join('\n')}\n\n${signatures.join('\n')}\n`;
  for await (const line of lines) {
    if (part === 'signatures' && line.startsWith('— ')) {
      signatures.push(line);
      continue;
    }
    if (part === 'signatures' && signatures.length > 0) {
      yield note();
      text = [];
      signatures = [];
      part = 'text';
    }
    if (line !== '') text.push(line);
    else if (text.length > 0) part = 'signatures';
  }
  if (text.length > 0) yield note();
}
