import type { Role } from '@holdfast/api';
import { type DatabaseConnection, inNaturalGroups, LATEST_TIME_TEXT, rowsOf } from '@holdfast/db/control';

/**
 * A token's last use is written at most this often, in SQL's words: a write for every request would cost more
 * than the request.
 */
const LAST_USED_PRECISION = '1 minute';
const MAXIMUM_TOGETHER = 100;

/** A token that holds now, with its holder and what the holder is in the token's organization. */
export interface FoundToken {
  readonly hash: Buffer;
  readonly tokenId: string;
  readonly organizationId: string;
  readonly expiresAt: Date;
  readonly useIsToBeWritten: boolean;
  readonly userId: string;
  readonly userName: string;
  readonly email: string;
  readonly memberId: string | null;
  readonly role: Role;
  readonly name: string;
  readonly slug: string;
}

/** @returns `undefined` when no token that holds has this hash. */
export type FindToken = (hash: Buffer) => Promise<FoundToken | undefined>;

/**
 * Looks tokens up in natural groups. A look-up begins after it was asked for, so that what was revoked before
 * is not found. When one fails, those that wait for the next one fail with it: they would be answered too
 * late.
 */
export function createFindToken(db: DatabaseConnection): FindToken {
  return inNaturalGroups(
    async (hashes: readonly Buffer[]) => {
      const names = hashes.map((hash) => hash.toString('hex'));
      const found = await findAll(db, [...new Set(names)]);
      return names.map((name) => found.get(name));
    },
    { maximum: MAXIMUM_TOGETHER, gather: 'microtask', failure: 'all' },
  );
}

/** By their hashes in hexadecimal digits. */
async function findAll(db: DatabaseConnection, hashes: readonly string[]): Promise<Map<string, FoundToken>> {
  const rows = await rowsOf<FoundToken>(db, FIND, [hashes]);
  return new Map(rows.map((row) => [row.hash.toString('hex'), row]));
}

const FIND = `
  select t.token_hash as hash, t.id as "tokenId", t.organization_id as "organizationId", t.expires_at as "expiresAt",
    t.last_used_at is null or t.last_used_at < now() - interval '${LAST_USED_PRECISION}' as "useIsToBeWritten",
    u.id as "userId", u.name as "userName", u.email, m.id as "memberId", m.role, o.name, o.slug
  from access_token t
  join auth."user" u on u.id = t.member_user_id
  left join auth.member m on m."organizationId" = t.organization_id and m."userId" = t.member_user_id
  left join auth.organization o on o.id = m."organizationId"
  where t.token_hash = any (array(select decode(hash, 'hex') from unnest($1::text[]) as hash)) and t.expires_at > ${LATEST_TIME_TEXT}`;
