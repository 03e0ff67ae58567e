import { type RawBuilder, sql } from 'kysely';

/** The column holds the text, without regard to case. `%`, `_` and `\` in the text stand for themselves. */
export function containsText(column: string, text: string): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} ilike ${patternOf(text)}`;
}

/**
 * The same for a column that holds its text in lower case already: several times as fast. The text is put
 * into lower case once, and not for every row.
 */
export function lowerContainsText(column: string, text: string): RawBuilder<boolean> {
  return sql<boolean>`strpos(${sql.ref(column)}, (select lower(${text}))) > 0`;
}

function patternOf(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
