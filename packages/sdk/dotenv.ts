/** One `NAME=value` of a .env file. */
export interface DotenvEntry {
  name: string;
  value: string;
}

/**
 * Reads the text of a .env file: `NAME=value` a line, `export ` before it, comments, values in single, double (with \n, \",
 * \\ escapes) or no quotes; a quoted value may go over several lines. A later entry of the same name wins.
 */
export function parseDotenv(text: string): DotenvEntry[] {
  const entries = new Map<string, string>();
  const pattern = /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=[ \t]*(?:"((?:\\[\s\S]|[^"\\])*)"|'([^']*)'|([^\r\n]*))/gm;
  for (const match of text.replace(/\r\n?/g, '\n').matchAll(pattern)) {
    const [, name, double, single, bare] = match;
    if (name === undefined) continue;
    const value = double !== undefined ? withoutEscapes(double) : (single ?? (bare ?? '').replace(/[ \t]+#.*$/, '').trim());
    entries.delete(name);
    entries.set(name, value);
  }
  return [...entries].map(([name, value]) => ({ name, value }));
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function withoutEscapes(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, character: string) => ESCAPES[character] ?? character);
}
