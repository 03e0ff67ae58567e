import { type RawBuilder, sql } from 'kysely';

/**
 * One row, whether there is a second one, and pages of 10, 50, 100 and 200 with the row that says whether
 * more follow.
 */
const STEPS = [1, 2, 11, 51, 101, 201] as const;

/**
 * So many rows, or a few more, as a part of the statement's text: a plan that is made once for all values of
 * a parameter reckons with a tenth of all rows, and would not read a page along an index. Few texts come of
 * it, since each that is sent often is kept prepared.
 */
export function limitTo(rows: number): RawBuilder<number> {
  return sql.lit(STEPS.find((step) => step >= rows) ?? rows);
}
