import { CORE_CHARACTERS } from './cores.ts';
import type { Filter } from './filter.ts';
import { ESCAPES } from './readings.ts';
import { SCAN_MODULE } from './scan-module.ts';

/** What scan.wat knows of each byte. */
export interface Classes {
  /** What a core consists of. */
  readonly inCore: Uint8Array;
  /** What an escape may stand for, so that a core is read there. */
  readonly escapedInCore: Uint8Array;
  /** Of a hexadecimal digit; negative of any other byte. */
  readonly hexadecimal: Int8Array;
}

/**
 * Passes over places of a text: answers a place at or behind `at` such that no core begins, and no escape is
 * through which one may be read, between both; or one up to three bytes before it, where a core may begin.
 */
export type Scan = (at: number) => number;

/** Of shorter texts it is not worth its call. */
export const SCANNED_AT_LEAST_BYTES = 2_048;

/** Where scan.wat has what it reads. */
const DIGITS = 256;
const TEXT = 65_536;
const BITS = 196_608;
/** Before the part of the text that is there, and of it, behind the last place that is looked at. */
const BEFORE_BYTES = 16;
const BEHIND_BYTES = 32;
/** Of the text, that is there at a time. */
export const PART_BYTES: number = BITS - TEXT - BEFORE_BYTES;
/** A core may begin so far before a place, and not be read to its end. */
const BEGUN_BYTES = 3;

interface Machine {
  readonly memory: Uint8Array;
  readonly next: (at: number, limit: number, end: number, shift: number) => number;
  /** Whose bits are there, and as of when. */
  filter: Filter | undefined;
  changes: number;
}

/** One for the process: what calls it is not interrupted. */
let machine: Machine | undefined;

/**
 * Begins to pass over a text, by scan.wat. The last 32 bytes are not looked at: a place among them is
 * answered, or up to three bytes before it.
 *
 * All scans of the process share one memory, into which {@link PART_BYTES} of the text are copied at a time:
 * the answered function is good until the next scan begins.
 *
 * @param filter says by its bits which four bytes a core may begin with.
 * @param classes always the same: those of the first call count.
 */
export function startScan(text: Uint8Array, filter: Filter, classes: Classes): Scan {
  machine ??= start(classes);
  const { memory, next } = machine;
  if (machine.filter !== filter || machine.changes !== filter.changes) {
    memory.set(new Uint8Array(filter.bits.buffer), BITS);
    machine.filter = filter;
    machine.changes = filter.changes;
  }
  let from = 0;
  let to = 0;
  return (at) => {
    let place = Math.max(0, at - BEGUN_BYTES);
    while (place + BEHIND_BYTES < text.length) {
      if (place < from || place + BEHIND_BYTES >= to) {
        from = Math.max(0, place - BEGUN_BYTES);
        to = Math.min(text.length, from + PART_BYTES);
        memory.set(text.subarray(from, to), TEXT + BEFORE_BYTES);
      }
      const shifted = TEXT + BEFORE_BYTES - from;
      const limit = to - BEHIND_BYTES;
      place = next(place + shifted, limit + shifted, to + shifted, filter.shift) - shifted;
      if (place < limit) return place;
    }
    return place;
  };
}

function start({ inCore, escapedInCore, hexadecimal }: Classes): Machine {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(SCAN_MODULE, 'base64')));
  const memory = new Uint8Array((exports.memory as WebAssembly.Memory).buffer);
  for (let byte = 0; byte < 256; byte += 1) {
    memory[byte] =
      (ESCAPES[byte] as number) +
      2 * (CORE_CHARACTERS[byte] as number) +
      4 * (inCore[byte] as number) +
      8 * (escapedInCore[byte] as number);
    memory[DIGITS + byte] = hexadecimal[byte] as number;
  }
  return { memory, next: exports.next as Machine['next'], filter: undefined, changes: 0 };
}
