import { HoldfastError } from '@holdfast/api';
import { z } from 'zod';
import { holdsStorableText } from './request-shape.ts';

/**
 * Where a page ends, as the caller carries it to the next: the sort key of the last row in base64url JSON. It
 * is checked like any other input, since the caller can write what it likes.
 */
function writeCursor(key: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** Written as PostgreSQL writes a `timestamptz`; the microseconds count, since rows are ordered by them. */
const TIME = /^(\d{4}-\d\d-\d\d) (?:[01]\d|2[0-3])(?::[0-5]\d){2}(?:\.\d{1,6})?[+-](?:0\d|1[0-4])(?::[0-5]\d)?$/;

/** A time of a cursor, as a row gave it (`::text`): PostgreSQL reads each that it takes. */
export const cursorTime = z.string().refine((text) => {
  const day = TIME.exec(text)?.[1];
  if (day === undefined) return text === 'infinity';
  const read = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(read.getTime()) && !day.startsWith('0000') && read.toISOString().startsWith(day);
});

/** `undefined` for the first page. Throws `invalid_request` for a cursor that no page gave out. */
export function readCursor<Key extends z.ZodType>(schema: Key, cursor: string | undefined): z.output<Key> | undefined {
  if (cursor === undefined || cursor === '') return undefined;
  const sent = parseJson(Buffer.from(cursor, 'base64url').toString('utf8'));
  const parsed = schema.safeParse(sent);
  if (!parsed.success || !holdsStorableText(sent)) {
    throw new HoldfastError('invalid_request', 'The cursor is not one that this list gave out.', {
      field: 'cursor',
      remedy: 'Start again without a cursor.',
    });
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Cuts one page from rows of which one more than `limit` was asked for.
 *
 * @param keyOf - the sort key of a row, as the list's cursor holds it.
 */
export function cutPage<Row>(
  rows: readonly Row[],
  limit: number,
  keyOf: (row: Row) => readonly (string | number)[],
): { page: Row[]; nextCursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { page, nextCursor: rows.length > limit && last !== undefined ? writeCursor(keyOf(last)) : null };
}
