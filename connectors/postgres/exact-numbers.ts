import { randomBytes } from 'node:crypto';
import { setImmediate as yieldToOthers } from 'node:timers/promises';

/**
 * A double holds no number of 20 digits, and forgets the last 0 of 12.50. A reviver of JSON.parse sees what
 * is written, and takes seconds for a MiB of numbers, in which a process does nothing else. So the numbers
 * that would be changed become texts with a mark before JSON.parse sees them.
 */

/** Nobody can write it into a document: it is another one in each process. Short, since there may be many. */
const MARK = randomBytes(12).toString('base64url');
const MARKED = new RegExp(`"${MARK}([^"]*)"`, 'g');
/** RFC 8259, section 6. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const STEPS_IN_A_TURN = 100_000;
const [QUOTE, BACKSLASH, MINUS, ZERO, NINE] = ['"', '\\', '-', '0', '9'].map((character) => character.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
  number,
];
const PART_OF_NUMBER = new Set([...'0123456789+-.eE'].map((character) => character.charCodeAt(0)));

/**
 * JSON, or lines of it, in which each number that a double would change is marked. What is no JSON still is
 * none. Takes a time that grows with the length, and gives way to other work meanwhile.
 */
export async function withExactNumbers(text: string): Promise<string> {
  const pieces: string[] = [];
  let from = 0;
  let steps = 0;
  for (let at = 0; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      let end = at + 1;
      while (PART_OF_NUMBER.has(text.charCodeAt(end))) end += 1;
      const written = text.slice(at, end);
      if (String(Number(written)) !== written && NUMBER.test(written)) {
        pieces.push(text.slice(from, at), `"${MARK}${written}"`);
        from = end;
      }
      at = end;
    } else at += 1;
    steps += 1;
    if (steps % STEPS_IN_A_TURN === 0) await yieldToOthers();
  }
  return pieces.length === 0 ? text : pieces.join('') + text.slice(from);
}

/** The number as it is written there, or the text itself. */
export function exactText(text: string): string {
  return text.startsWith(MARK) ? text.slice(MARK.length) : text;
}

/** JSON with its numbers as they were written. */
export function exactJson(value: unknown): string {
  return JSON.stringify(value).replace(MARKED, '$1');
}

/** Behind the closing quote of a text that begins at `start`; the end, when there is none. */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return text.length;
}
