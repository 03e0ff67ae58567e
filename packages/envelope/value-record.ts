import { fromUtf8, joinBytes, lengthPrefixed, sameBytes, unsigned, utf8 } from './byte-layout.ts';
import { DESTINATION_PATTERN } from './destinations.ts';
import { EnvelopeError } from './envelope-error.ts';
import { validateValue } from './value-rules.ts';

/** What is sealed: a value, and where it may be sent. No destination means: to any that is approved. */
export interface PaddedValue {
  readonly value: string;
  /** `scheme://host:port`, each once, in ascending order of their bytes. */
  readonly destinations: string[];
}

/**
 * A record is padded to the next of these lengths, in bytes, so that a sealed value's length tells only its
 * bucket. The last one holds a value of 65,536 bytes with 50 destinations of 300 characters.
 */
export const PADDED_LENGTHS: readonly number[] = [256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 65_536, 81_920];
const DESTINATIONS_MAXIMUM = 50;

/**
 * Value length (4 bytes), value in UTF-8, number of destinations (2), each destination behind its length (2),
 * then zeros up to the bucket. The record has exactly one spelling: destinations are sorted and repeated ones
 * dropped. Throws a RangeError that says what is wrong with a value or destination, without repeating the
 * value.
 */
export function encodeValueRecord(record: { value: string; destinations: readonly string[] }): Uint8Array<ArrayBuffer> {
  const problem = validateValue(record.value);
  if (problem !== undefined) throw new RangeError(problem);
  const destinations = [...new Set(record.destinations)].sort();
  if (destinations.length > DESTINATIONS_MAXIMUM) throw new RangeError(`Name at most ${DESTINATIONS_MAXIMUM} destinations.`);
  const wrong = destinations.find((destination) => !DESTINATION_PATTERN.test(destination));
  if (wrong !== undefined) throw new RangeError(`Write each destination as scheme://host:port in lower case; this one is not: ${wrong}`);

  const value = utf8(record.value);
  const content = joinBytes([
    unsigned(value.length, 4),
    value,
    unsigned(destinations.length, 2),
    lengthPrefixed(destinations.map((destination) => utf8(destination))),
  ]);
  const bucket = PADDED_LENGTHS.find((bytes) => bytes >= content.length);
  if (bucket === undefined) throw new RangeError('The value and its destinations are too long together.');
  const padded = new Uint8Array(bucket);
  padded.set(content);
  value.fill(0);
  content.fill(0);
  return padded;
}

/**
 * Reads a record and refuses any spelling but the one that {@link encodeValueRecord} writes. Throws {@link
 * EnvelopeError}.
 */
export function decodeValueRecord(bytes: Uint8Array): PaddedValue {
  let record: PaddedValue;
  let canonical: Uint8Array;
  try {
    record = readRecord(bytes);
    canonical = encodeValueRecord(record);
  } catch {
    throw new EnvelopeError(); // without the cause: a RangeError of a DataView is harmless, but the rule is simpler than the proof
  }
  const same = sameBytes(canonical, bytes);
  canonical.fill(0);
  if (!same) throw new EnvelopeError();
  return record;
}

function readRecord(bytes: Uint8Array): PaddedValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  const take = (length: number) => {
    if (offset + length > bytes.length) throw new EnvelopeError();
    offset += length;
    return bytes.subarray(offset - length, offset);
  };
  const valueLength = view.getUint32(0);
  offset = 4;
  const value = fromUtf8(take(valueLength));
  const count = view.getUint16(offset);
  offset += 2;
  const destinations: string[] = [];
  for (let number = 0; number < count; number++) {
    const length = view.getUint16(offset);
    offset += 2;
    destinations.push(fromUtf8(take(length)));
  }
  return { value, destinations };
}
