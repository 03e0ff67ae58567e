import { newToken } from '@holdfast/api';
import { type Database, hashToken } from '@holdfast/db/data';
import { type Kysely, sql } from 'kysely';

/**
 * Makes the token of a link that is to be mailed, now: its hash goes to the database and the token into the
 * mail, nowhere else. An attempt to send that is repeated makes another. `undefined` when the link is used,
 * withdrawn or expired.
 */
export async function makeLinkToken(db: Kysely<Database>, linkId: string): Promise<string | undefined> {
  const token = newToken('account');
  const hash = hashToken(token);
  const { rows } = await sql<{ set: boolean }>`select set_mailed_link(${linkId}, ${hash}) as set`.execute(db);
  return rows[0]?.set === true ? token : undefined;
}
