/** An entry of a .env file, or a place where there should be one. */
export type ReadLine =
  | { readonly rule: undefined; name: string; value: string; line: number; lastLine: number; escaped: boolean }
  | {
      readonly rule: 'not-an-entry' | 'unterminated-quote' | 'text-after-quote' | 'unquoted-lines';
      readonly line: number;
      readonly name?: string;
    };

interface Line {
  readonly start: number;
  /** Before its line break. */
  readonly end: number;
}

const ASSIGNMENT = /^[ \t]*(?:export[ \t]+)?([^\s=#'"`]+)[ \t]*=/;
const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', '\\': '\\', $: '$' };

/** Of letters and digits in no order, which base64 text is too, no name is made. */
const READABLE_NAME = /^(?:[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*|[a-z][a-z0-9]*(?:[_-][a-z0-9]+)*|[A-Za-z]?[a-z]{2,}(?:[A-Z][a-z]{2,})*)$/;

/**
 * Reads the entries of a .env file one after the other. Of values that run over their line it goes on at the
 * next line.
 */
export function readLines(text: string): ReadLine[] {
  const lines = linesOf(text);
  const found: ReadLine[] = [];
  let keyEnds: KeyEnds | undefined;
  for (let number = 0; number < lines.length; ) {
    const { start, end } = lines[number] as Line;
    const line = text.slice(start, end);
    const [front, name = ''] = ASSIGNMENT.exec(line) ?? [];
    let next = number + 1;
    if (front === undefined) {
      if (!/^[ \t]*(?:#|$)/.test(line)) found.push({ rule: 'not-an-entry', line: number + 1 });
    } else if (/^[ \t]*["'`]/.test(line.slice(front.length))) {
      const read = readQuoted(text, start + line.slice(front.length).search(/["'`]/) + front.length);
      if (typeof read === 'string') found.push({ rule: read, line: number + 1, name });
      else {
        next = lineAt(lines, read.end, number) + 1;
        found.push({ rule: undefined, name, value: read.value, line: number + 1, lastLine: next, escaped: read.escaped });
      }
    } else {
      const value = withoutComment(line.slice(front.length));
      const opensKey = value.startsWith('-----BEGIN ') && !value.includes('-----END ');
      if (opensKey) keyEnds ??= keyEndsOf(text, lines);
      const ends = opensKey ? keyEnds?.[number + 1] : undefined;
      if (ends !== undefined) {
        found.push({ rule: 'unquoted-lines', line: number + 1, name });
        next = ends + 1;
      } else if (/^=+$/.test(value) || (value === '' && (isContinuation(found, number) || !READABLE_NAME.test(name)))) {
        // The last line of a base64 text ends with = and would pass for a name without a value.
        found.push({ rule: 'not-an-entry', line: number + 1 });
      } else found.push({ rule: undefined, name, value, line: number + 1, lastLine: number + 1, escaped: false });
    }
    number = next;
  }
  return found;
}

function linesOf(text: string): Line[] {
  const lines: Line[] = [];
  const breaks = /\r\n|\n|\r|$/g;
  for (let start = text.startsWith('\ufeff') ? 1 : 0; start <= text.length; ) {
    breaks.lastIndex = start;
    const found = breaks.exec(text);
    const end = found?.index ?? text.length;
    lines.push({ start, end });
    start = end + Math.max(1, found?.[0].length ?? 1);
  }
  return lines;
}

/** The value in quotes that opens at an index, and where its line goes on; or what is wrong with it. */
function readQuoted(
  text: string,
  opens: number,
): { value: string; end: number; escaped: boolean } | 'unterminated-quote' | 'text-after-quote' {
  const quote = text[opens];
  const literal = quote !== '"';
  let closes = opens + 1;
  while (closes < text.length && text[closes] !== quote) closes += !literal && text[closes] === '\\' ? 2 : 1;
  if (closes >= text.length) return 'unterminated-quote';
  const [after = ''] = /[^\r\n]*/.exec(text.slice(closes + 1, closes + 2_000)) ?? [];
  if (!/^[ \t]*(?:#.*)?$/.test(after)) return 'text-after-quote';
  const written = text.slice(opens + 1, closes);
  if (literal) return { value: written, end: closes, escaped: false };
  let escaped = false;
  const value = written.replace(/\\([\s\S])/g, (whole, character: string) => {
    const replaced = ESCAPES[character];
    if (replaced !== undefined) escaped = true;
    return replaced ?? whole;
  });
  return { value, end: closes, escaped };
}

/** What is no space of a keyboard stays: a check of the value names it. */
function withoutComment(text: string): string {
  const comment = text.search(/[ \t]#/);
  return (comment < 0 ? text : text.slice(0, comment)).replace(/^[ \t]+|[ \t]+$/g, '');
}

/** Number from 0 of the line that holds an index. */
function lineAt(lines: readonly Line[], index: number, from: number): number {
  let number = from;
  while (number + 1 < lines.length && (lines[number + 1] as Line).start <= index) number += 1;
  return number;
}

/**
 * For each line the number, from 0, of the line that ends a key without quotes which goes over it.
 * `undefined` where an entry comes first.
 */
type KeyEnds = readonly (number | undefined)[];

/** In one walk from the end: a file may open a key in each of its lines and end none. */
function keyEndsOf(text: string, lines: readonly Line[]): KeyEnds {
  const ends: (number | undefined)[] = new Array(lines.length);
  for (let number = lines.length - 1; number >= 0; number -= 1) {
    const { start, end } = lines[number] as Line;
    const line = text.slice(start, end);
    if (line.startsWith('-----END ')) ends[number] = number;
    else if (!/^[ \t]*(?:export[ \t]+)?[A-Za-z_]\w*[ \t]*=[ \t]*[^=\s]/.test(line)) ends[number] = ends[number + 1];
  }
  return ends;
}

function isContinuation(found: readonly ReadLine[], number: number): boolean {
  const last = found.at(-1);
  return last?.rule !== undefined && last.line === number;
}
