import { type RawBuilder, sql } from 'kysely';

/** The column holds the text, without regard to case. `%`, `_` and `\` in the text stand for themselves. */
export function containsText(column: string, text: string): RawBuilder<boolean> {
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`${sql.ref(column)} ilike ${pattern}`;
}
