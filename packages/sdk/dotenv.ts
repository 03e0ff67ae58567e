/** One `NAME=value` of a .env file. */
export interface DotenvEntry {
  name: string;
  value: string;
  /** Where it begins, from 1. */
  line: number;
}

export interface Dotenv {
  readonly entries: DotenvEntry[];
  /** Numbers of the lines, from 1, that are neither an entry nor empty nor a comment. */
  readonly unreadLines: number[];
}

/**
 * Reads the text of a .env file: `NAME=value` a line, `export ` before it, comments, values in single, double (with \n, \",
 * \\ escapes) or no quotes; a quoted value may go over several lines. A later entry of the same name wins. Whether a name is
 * good for a secret is not looked at.
 */
export function parseDotenv(text: string): Dotenv {
  const entries = new Map<string, DotenvEntry>();
  const lines = text.replace(/\r\n?/g, '\n');
  const pattern = /^[ \t]*(?:export[ \t]+)?([^\s=#'"]+)[ \t]*=[ \t]*(?:"((?:\\[\s\S]|[^"\\])*)"|'([^']*)'|([^\n]*))/gm;
  // What is left when entries are taken out, with their line breaks in place.
  const left = lines.replace(pattern, (entry, name: string, double?: string, single?: string, bare?: string, offset = 0) => {
    const value = double !== undefined ? withoutEscapes(double) : (single ?? (bare ?? '').replace(/[ \t]+#.*$/, '').trim());
    entries.delete(name);
    entries.set(name, { name, value, line: lines.slice(0, offset).split('\n').length });
    return entry.replace(/[^\n]+/g, '');
  });
  const unreadLines = left.split('\n').flatMap((line, index) => (/^\s*(?:#|$)/.test(line) ? [] : [index + 1]));
  return { entries: [...entries.values()], unreadLines };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function withoutEscapes(text: string): string {
  return text.replace(/\\([\s\S])/g, (_, character: string) => ESCAPES[character] ?? character);
}
