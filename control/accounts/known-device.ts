import { DAY_MILLISECONDS, isToken, newToken } from '@holdfast/api';
import type { InstanceClock, Tx } from '@holdfast/db/control';
import { hashToken } from '@holdfast/db/control';
import type { RequestOrigin } from '@holdfast/endpoints';
import { sql } from 'kysely';
import { userAgentKept } from '../audit/record.ts';
import { cookiePrefix } from './accounts.ts';

const KNOWN_DAYS = 180;
/** Of one account; the longest unused goes first. */
const DEVICES_KEPT = 20;

/** The token of the device cookie in a `Cookie` header, if it has the form of one. */
export function deviceIn(cookies: string | undefined, publicUrl: string): string | undefined {
  const name = `${cookiePrefix(publicUrl)}.device=`;
  const value = (cookies ?? '')
    .split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(name))
    ?.slice(name.length);
  return value !== undefined && isToken('device', value) ? value : undefined;
}

/**
 * Remembers that the right password of an account was given here. The token is no session and opens nothing:
 * it only keeps what strangers try from delaying its holder. A browser has one for all its accounts.
 *
 * @param device what its cookie holds already.
 * @returns the `Set-Cookie` line.
 */
export async function rememberDevice(
  tx: Tx,
  {
    userId,
    device,
    origin,
    clock,
    publicUrl,
  }: { userId: string; device: string | undefined; origin: RequestOrigin; clock: InstanceClock; publicUrl: string },
): Promise<string> {
  const token = device ?? newToken('device');
  const place = { address: origin.ip, user_agent: userAgentKept(origin) ?? null };
  const expiresAt = new Date((await clock.now()).getTime() + KNOWN_DAYS * DAY_MILLISECONDS);
  await tx
    .insertInto('known_device')
    .values({ user_id: userId, token_hash: hashToken(token), expires_at: expiresAt, ...place })
    .onConflict((conflict) =>
      conflict.columns(['user_id', 'token_hash']).doUpdateSet({ expires_at: expiresAt, last_used_at: sql`now()`, ...place }),
    )
    .execute();
  await sql`delete from known_device where user_id = ${userId} and token_hash in (
    select token_hash from known_device where user_id = ${userId} order by last_used_at desc offset ${sql.lit(DEVICES_KEPT)}
  )`.execute(tx);
  const secure = publicUrl.startsWith('https:') ? '; Secure' : '';
  return `${cookiePrefix(publicUrl)}.device=${token}; Max-Age=${KNOWN_DAYS * 86_400}; Path=/; HttpOnly; SameSite=Strict${secure}`;
}
