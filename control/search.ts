import { type RawBuilder, sql } from 'kysely';

/** The column holds the text, without regard to case. `%`, `_` and `\` in the text stand for themselves. */
export function containsText(column: string, text: string): RawBuilder<boolean> {
  return sql<boolean>`${sql.ref(column)} ilike ${patternOf(text)}`;
}

/** What parts words, as `search_grams` in the database has it. */
const BETWEEN_WORDS = new Set('\u0001\n\r\t !"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~');

/**
 * Whether an index finds the secrets that have the text: it has three characters of one word. Else each
 * secret of the organization is looked at.
 */
export function isIndexed(text: string): boolean {
  let inWord = 0;
  for (const character of text) {
    inWord = BETWEEN_WORDS.has(character) ? 0 : inWord + 1;
    if (inWord === 3) return true;
  }
  return false;
}

/** The name or the description of a secret `s` holds the text, without regard to case. */
export function secretHolds(text: string): RawBuilder<boolean> {
  // Put into lower case once, and not for every row.
  return sql<boolean>`strpos(s.search_text, (select lower(${text}))) > 0`;
}

/** So many are put in order sooner than an order is followed until a page of them is found. */
const FEW = 1_000;

/**
 * Where to look for secrets `s` of an organization that hold a text: in the table, or in what its index for
 * searches finds. The index is asked alone, before any other condition: what it answers does not grow with
 * the organization, as the answer of every other index does.
 *
 * @param total - how many hold it and fulfil the other conditions, where that is known: of a page after the
 * first one.
 */
export function secretsThatMayHold(organizationId: string, text: string | undefined, total: number | undefined): RawBuilder<unknown> {
  if (!text || !isIndexed(text) || (total ?? 0) > FEW) return sql`secret s`;
  return sql`(select s.* from secret s where s.name is not null
    and search_grams(s.organization_id, s.search_text) @> search_grams(${organizationId}, lower(${text})) offset 0) s`;
}

function patternOf(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}
