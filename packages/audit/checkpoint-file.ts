/**
 * Takes a file of checkpoints, written one after the other with or without blank lines between, apart into
 * notes.
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
