/** Prose is read in narrow columns, to which tests/architecture/line-width.test.ts holds all of it. */
export const PROSE_COLUMNS = 110;

/**
 * One paragraph with its lines ended at spaces: what a program writes into a document is as wide as what
 * people write there.
 *
 * @param indent before each line but the first: two spaces in an item of a list.
 */
export function wrapProse(paragraph: string, indent = ''): string {
  const [first = '', ...words] = paragraph.split(/\s+/);
  const lines = [first];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if ([...longer].length <= PROSE_COLUMNS) lines[lines.length - 1] = longer;
    else lines.push(`${indent}${word}`);
  }
  return lines.join('\n');
}
