import { SPACE, TAB } from './ascii.ts';
import { CORE_BYTES, ENOUGH_BYTES } from './cores.ts';
import { HEXADECIMAL } from './escapes-in-cores.ts';
import type { PatternIndex } from './pattern-index.ts';
import { CHARACTERS, ESCAPES, LONGEST_INDENTATION, LONGEST_READING_BYTES, readings } from './readings.ts';
import { type Branch, stepDown } from './tree.ts';
import { BYTES_FOR_STEP, descend, type EscapeBefore, type Search } from './walk.ts';

const NO_ESCAPES: readonly EscapeBefore[] = [];

/** Where forms may begin that have the same bytes up to the end of their core. */
export interface Candidate {
  readonly start: number;
  /** Where these bytes end, backwards. */
  readonly core: Branch;
}

/** The last of an escape, or of an escaped backslash before its letter. */
const ENDS_ESCAPE = Uint8Array.from({ length: 256 }, (_, byte) =>
  ESCAPES[byte] === 1 || (HEXADECIMAL[byte] as number) >= 0 || ';}'.includes(CHARACTERS[byte] as string) ? 1 : 0,
);

/** A core in the text. */
export interface FoundCore {
  readonly four: number;
  readonly from: number;
}

/** Reads backwards from a core: where what stands before it in the forms that have it begins. */
export function startsOf(search: Search, { before }: PatternIndex['cores'], { four, from }: FoundCore, found: Candidate[]): void {
  search.steps -= 1;
  const core = descend(before, before, 0, backwards(four));
  if (core === undefined) return;
  const lastEscape = lastEscapeBefore(search, from);
  const states: Before[] = [{ place: from, branch: core, length: CORE_BYTES }];
  for (let state = states.pop(); state !== undefined && search.steps >= 0; state = states.pop()) {
    search.steps -= 1 / 4;
    asItStands(search, before, state, { lastEscape, states, found });
  }
}

/** The last place before a core at which an escape begins, as far as it matters; -1 where none is so near. */
function lastEscapeBefore({ text, escapes }: Search, from: number): number {
  const least = Math.max(0, from - ENOUGH_BYTES - LONGEST_READING_BYTES, escapes.lookedUpTo);
  let at = from - 1;
  while (at >= least && ESCAPES[text[at] as number] === 0) at -= 1;
  if (at >= least) escapes.last = at;
  escapes.lookedUpTo = Math.max(escapes.lookedUpTo, from);
  return Math.min(escapes.last, from);
}

function backwards(four: number): string {
  return String.fromCharCode(four >>> 24, (four >>> 16) & 0xff, (four >>> 8) & 0xff, four & 0xff);
}

/** What is to be read on, backwards: so many bytes were read, which lead to this branch, or into it. */
interface Before {
  readonly place: number;
  readonly branch: Branch;
  readonly length: number;
}

interface Reached {
  /** Between this place and the core there is no escape. */
  readonly lastEscape: number;
  readonly states: Before[];
  readonly found: Candidate[];
}

/** Back as far as the text agrees; wherever an escape may end on the way, what stands before that waits. */
function asItStands(search: Search, before: Branch, from: Before, { lastEscape, states, found }: Reached): void {
  const { text } = search;
  let { place: at, branch, length } = from;
  for (; ; at -= 1, length += 1) {
    if (length === branch.end) {
      if (branch.ends > 0) found.push({ start: at, core: branch });
      if (branch.below === undefined) break;
    }
    const reach = Math.max(0, at - reachBefore(text, at));
    if (lastEscape >= reach && reach < at) {
      for (const { begin, bytes } of escapesUpTo(search, reach, at)) {
        const next = descend(before, branch, length, bytes);
        if (next !== undefined) wait(states, { place: begin, branch: next, length: length + bytes.length });
      }
    }
    const byte = text[at - 1];
    if (byte === undefined || ESCAPES[byte] === 1) break;
    const next = stepDown(branch, length, byte);
    if (next === undefined) break;
    branch = next;
  }
  search.steps -= (from.place - at) / BYTES_FOR_STEP;
}

/**
 * Escapes that end at a place and begin at `from` or behind it: all of that part of the text are read once,
 * and kept while cores are found near by.
 */
function escapesUpTo(search: Search, from: number, at: number): readonly EscapeBefore[] {
  const { text, escapes } = search;
  if (from > escapes.to || at < escapes.from) {
    escapes.byEnd.clear();
    escapes.from = from;
    escapes.to = from;
  }
  const readFrom = (low: number, high: number) => {
    for (let begin = low; begin < high; begin += 1) {
      if (ESCAPES[text[begin] as number] === 0) continue;
      for (const { bytes, end } of readings(search, begin)) {
        const known = escapes.byEnd.get(end);
        const found = { begin, bytes: bytes.length > 1 ? reversed(bytes) : bytes };
        if (known === undefined) escapes.byEnd.set(end, [found]);
        else known.push(found);
      }
    }
    search.steps -= (high - low) / BYTES_FOR_STEP;
  };
  if (from < escapes.from) {
    readFrom(from, escapes.from);
    escapes.from = from;
  }
  if (at > escapes.to) {
    readFrom(escapes.to, at);
    escapes.to = at;
  }
  return escapes.byEnd.get(at) ?? NO_ESCAPES;
}

function reversed(bytes: string): string {
  return [...bytes].reverse().join('');
}

function wait(states: Before[], { place, branch, length }: Before): void {
  if (!states.some((known) => known.place === place && known.branch === branch && known.length === length)) {
    states.push({ place, branch, length });
  }
}

/** How far before a place an escape may begin that ends there; 0 when none ends there. */
function reachBefore(text: Uint8Array, at: number): number {
  const last = text[at - 1] ?? 0;
  if (last === SPACE || last === TAB) return LONGEST_READING_BYTES;
  return ENDS_ESCAPE[last] === 1 || ENDS_ESCAPE[text[at - 2] ?? 0] === 1 ? LONGEST_READING_BYTES - LONGEST_INDENTATION : 0;
}
