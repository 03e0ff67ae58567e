import { toByteString, writtenForms } from './forms.ts';
import { type EscapedText, mayBeEscape, readings } from './readings.ts';

/** What stands in place of a value. */
export const REDACTED = '[redacted]';
/** So much of the beginning of a value is taken out also when the rest does not follow: it was cut off. */
const ENOUGH_BYTES = 64;
/**
 * Places at which escapes are read, for each byte of the text and beside that. No text that is not made to be
 * slow comes near it; of one that does, the rest is withheld.
 */
const STEPS_PER_BYTE = 1;
const STEPS_AT_LEAST = 200_000;

/** Knows the values that are in use and takes them out of what is shown, kept or passed on. */
export interface ValueRedactor {
  /**
   * From now on the value is removed, until what this answers is called. A value that several protect stays
   * protected until the last of them has called. One under 8 characters is not looked for.
   */
  protect(value: string): () => void;
  /** The text with `[redacted]` in place of each value; the very same text when there is none. */
  redact(text: string): string;
  /** Bytes of any encoding that is ASCII or UTF-8 where a value stands; other bytes stay as they are. */
  redactBytes(bytes: Uint8Array): Uint8Array;
}

/**
 * Looks for values as they are, and as base64, hexadecimal, percent (RFC 3986 and looser), form, JSON
 * (ASCII-only too) and HTML write them, in either case, mixed, and up to three inside one another. A text
 * that is made to take long (runs of backslashes, for a value of them) is withheld from where it does.
 */
export function createValueRedactor(): ValueRedactor {
  const live = new Map<string, { readonly forms: readonly string[]; holders: number }>();
  let index = indexOf([]);
  const indexAgain = () => {
    index = indexOf([...new Set([...live.values()].flatMap((entry) => entry.forms))]);
  };

  return {
    protect(value) {
      const known = live.get(value);
      const entry = known ?? { forms: writtenForms(value), holders: 0 };
      if (entry.forms.length === 0) return () => {};
      entry.holders += 1;
      if (known === undefined) {
        live.set(value, entry);
        indexAgain();
      }
      let released = false;
      return () => {
        if (released) return;
        released = true;
        entry.holders -= 1;
        if (entry.holders > 0) return;
        live.delete(value);
        indexAgain();
      };
    },
    redact(text) {
      if (live.size === 0) return text;
      const found = replaceIn(toByteString(text), index);
      return found === undefined ? text : Buffer.from(found, 'latin1').toString('utf8');
    },
    redactBytes(bytes) {
      if (live.size === 0) return bytes;
      const found = replaceIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'), index);
      return found === undefined ? bytes : Buffer.from(found, 'latin1');
    },
  };
}

/** What is looked for, by its first byte; and for each byte, whether a form or an escape may begin there. */
interface Index {
  readonly byFirst: ReadonlyMap<string, readonly string[]>;
  readonly begins: Uint8Array;
}

function indexOf(forms: readonly string[]): Index {
  const begins = new Uint8Array(256);
  for (let byte = 0; byte < begins.length; byte++) begins[byte] = mayBeEscape(String.fromCharCode(byte)) ? 1 : 0;
  for (const form of forms) begins[form.charCodeAt(0)] = 1;
  return { byFirst: Map.groupBy(forms, (form) => form[0] ?? ''), begins };
}

/** `undefined` when nothing was found. */
function replaceIn(text: string, index: Index): string | undefined {
  const pieces: string[] = [];
  const search: Search = { text, known: new Map(), steps: STEPS_AT_LEAST + STEPS_PER_BYTE * text.length };
  let kept = 0;
  for (let at = 0; at < text.length; ) {
    const end = index.begins[text.charCodeAt(at)] === 1 ? longestAt(search, at, index.byFirst) : undefined;
    if (search.steps < 0) return [...pieces, text.slice(kept, at), REDACTED].join('');
    if (end === undefined) {
      at += 1;
      continue;
    }
    pieces.push(text.slice(kept, at), REDACTED);
    at = end;
    kept = end;
  }
  return pieces.length === 0 ? undefined : [...pieces, text.slice(kept)].join('');
}

interface Search extends EscapedText {
  /** What is left of the work that the text is worth. */
  steps: number;
}

/** Where the longest form that begins here ends. */
function longestAt(search: Search, at: number, byFirst: Index['byFirst']): number | undefined {
  const first = search.text[at] ?? '';
  let longest: number | undefined;
  const firsts = mayBeEscape(first) ? new Set(readings(search, at).map(({ bytes }) => bytes[0] ?? '')) : [first];
  for (const character of firsts) {
    for (const form of byFirst.get(character) ?? []) {
      const end = endOf(form, search, at);
      if (end !== undefined && (longest === undefined || end > longest)) longest = end;
    }
  }
  return longest;
}

/** Where a form ends that begins at `at`; `undefined` when it does not, or too little of it. */
function endOf(form: string, search: Search, at: number): number | undefined {
  const { text } = search;
  if (text.startsWith(form, at)) return at + form.length;
  const enough = Math.min(form.length, ENOUGH_BYTES);
  let length = 0;
  while (length < form.length && text[at + length] === form[length] && !mayBeEscape(form[length] ?? '')) length += 1;
  const place = at + length;
  if (length < form.length && mayBeEscape(text[place] ?? '')) return endThroughEscapes(form, search, { length, place }, enough);
  return length >= enough ? place : undefined;
}

/**
 * All readings are followed side by side: `places.get(n)` are the places in the text to which the first n
 * bytes may reach.
 */
function endThroughEscapes(
  form: string,
  search: Search,
  from: { readonly length: number; readonly place: number },
  enough: number,
): number | undefined {
  const { text } = search;
  const places = new Map<number, Set<number>>([[from.length, new Set([from.place])]]);
  const reach = (length: number, place: number) => {
    const known = places.get(length);
    if (known === undefined) places.set(length, new Set([place]));
    else known.add(place);
  };
  let matched = from.length;
  let end = from.place;
  for (let length = from.length; length < form.length && places.size > 0 && search.steps >= 0; length++) {
    const reached = places.get(length);
    if (reached === undefined) continue;
    places.delete(length);
    search.steps -= reached.size;
    matched = length;
    end = Math.max(...reached);
    for (const place of reached) {
      const character = text[place];
      if (character === undefined) continue;
      if (!mayBeEscape(character)) {
        if (character === form[length]) reach(length + 1, place + 1);
        continue;
      }
      for (const reading of readings(search, place)) {
        search.steps -= 1;
        if (form.startsWith(reading.bytes, length)) reach(length + reading.bytes.length, reading.end);
      }
    }
  }
  const whole = places.get(form.length);
  if (whole !== undefined) return Math.max(...whole);
  return matched >= enough ? end : undefined;
}
