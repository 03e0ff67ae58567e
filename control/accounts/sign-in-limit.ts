import { createHmac } from 'node:crypto';
import { HoldfastError, isToken } from '@holdfast/api';
import { type Database, hashToken, LATEST_TIME, locking, type Tx, transaction } from '@holdfast/db/control';
import { networkOf } from '@holdfast/endpoints';
import { type Kysely, sql } from 'kysely';

export interface Rule {
  /**
   * Failures that cost no time. Each further one doubles the wait before the next attempt, from one second
   * (or `firstWaitSeconds`) on.
   */
  readonly free: number;
  readonly firstWaitSeconds?: number;
  readonly longestWaitSeconds: number;
  /** After so long without an attempt, half of the failures are forgotten. */
  readonly halfLifeSeconds: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * Who guesses at one account from one place is stopped soonest, and for longest. An account as a whole, and a
 * place as a whole (everybody behind one proxy), wait a minute at most: those limits can be used up by
 * strangers. They do not hold for a known device, which has its own.
 */
export const SIGN_IN_RULES = {
  pair: { free: 5, longestWaitSeconds: 15 * MINUTE, halfLifeSeconds: 6 * HOUR },
  account: { free: 30, longestWaitSeconds: MINUTE, halfLifeSeconds: HOUR },
  network: { free: 100, longestWaitSeconds: MINUTE, halfLifeSeconds: 15 * MINUTE },
  device: { free: 10, longestWaitSeconds: 15 * MINUTE, halfLifeSeconds: 24 * HOUR },
} as const satisfies Record<string, Rule>;

/** Rows that were not touched for so long say nothing any more. */
const FORGOTTEN_AFTER = '2 days';
const SWEPT_AT_ONCE = 10_000;
/** One attempt in so many also sweeps. */
const SWEEP_SHARE = 100;

export interface SignInAttempt {
  readonly address: string;
  readonly email: string;
  /** What the device cookie holds, if there is one. */
  readonly device: string | undefined;
}

/** An attempt that was let through, and counted as failed until it is known to have succeeded. */
export interface CountedAttempt {
  /** Takes the count back. */
  succeeded(): Promise<void>;
}

export interface SignInLimit {
  /**
   * Counts an attempt before the password is looked at, so that attempts side by side, also at other control
   * planes, are counted too. It does the same whether the account exists or not. Throws `rate_limited` with
   * the seconds to wait; what is refused is not counted.
   */
  attempt(attempt: SignInAttempt): Promise<CountedAttempt>;
}

export interface Counted {
  readonly key: Buffer;
  readonly rule: Rule;
}

/**
 * Counts in PostgreSQL.
 *
 * @param key makes the names of counters: who reads their table learns neither addresses nor what was typed
 * as one.
 */
export function createSignInLimit(db: Kysely<Database>, key: string): SignInLimit {
  const counted = (kind: keyof typeof SIGN_IN_RULES, ...parts: string[]): Counted => ({
    key: createHmac('sha256', key)
      .update(JSON.stringify(['sign-in', kind, ...parts]))
      .digest(),
    rule: SIGN_IN_RULES[kind],
  });
  return {
    async attempt({ address, email: typed, device }) {
      if (Math.random() * SWEEP_SHARE < 1) await sweep(db);
      const email = typed.toLowerCase();
      const network = networkOf(address);
      const ordinary = [counted('pair', network, email), counted('account', email), counted('network', network)];
      const own = device === undefined ? undefined : counted('device', device, email);
      return await transaction(db, async (tx) => {
        if (own !== undefined && device !== undefined && (await isKnownDevice(tx, device, email))) {
          if ((await countUnlessWaiting(tx, [own])) === 0) return { succeeded: () => takeBack(db, [own], []) };
          // Its own attempts are used up, as with a stolen cookie: now it is as any other.
        }
        const wait = await countUnlessWaiting(tx, ordinary);
        if (wait > 0) throw refusal(wait);
        const [pair, ...others] = ordinary;
        return { succeeded: () => takeBack(db, pair === undefined ? [] : [pair], others) };
      });
    },
  };
}

async function isKnownDevice(tx: Tx, device: string, email: string): Promise<boolean> {
  if (!isToken('device', device)) return false;
  const known = await tx
    .selectFrom('known_device')
    .innerJoin('auth.user as user', 'user.id', 'known_device.user_id')
    .select('user.id')
    .where('token_hash', '=', hashToken(device))
    .where('user.email', '=', email)
    .where('known_device.expires_at', '>', LATEST_TIME)
    .executeTakeFirst();
  return known !== undefined;
}

/** Adds one to each counter, unless one of them still waits: then none, and the seconds until none does. */
export async function countUnlessWaiting(tx: Tx, counters: readonly Counted[]): Promise<number> {
  // In one order, so that two attempts never wait for each other in a circle; made first, so that the very
  // first ones wait for each other too.
  locking(tx, 'sign-in counters');
  const ordered = [...counters].sort((one, other) => Buffer.compare(one.key, other.key));
  await tx
    .insertInto('sign_in_counter')
    .values(ordered.map(({ key }) => ({ key, failures: 0 })))
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const keys = ordered.map(({ key }) => key);
  const rows = await tx
    .selectFrom('sign_in_counter')
    .select(['key', 'failures', sql<number>`greatest(extract(epoch from clock_timestamp() - counted_at), 0)::float8`.as('elapsed')])
    .where('key', 'in', keys)
    .orderBy('key')
    .forUpdate()
    .execute();
  const now = ordered.map(({ key, rule }) => {
    const row = rows.find((candidate) => candidate.key.equals(key));
    const elapsed = row?.elapsed ?? 0;
    const failures = (row?.failures ?? 0) * 2 ** (-elapsed / rule.halfLifeSeconds);
    return { key, failures, wait: waitAfter(failures, rule) - elapsed };
  });
  const wait = Math.max(...now.map((counter) => counter.wait));
  if (wait > 0) return wait;
  for (const { key, failures } of now) {
    await tx
      .updateTable('sign_in_counter')
      .set({ failures: failures + 1, counted_at: sql`clock_timestamp()` })
      .where('key', '=', key)
      .execute();
  }
  return 0;
}

/** Seconds between an attempt and the next one, with so many failures. */
export function waitAfter(failures: number, { free, firstWaitSeconds = 1, longestWaitSeconds }: Rule): number {
  const over = Math.ceil(failures - free);
  return failures < free - 0.5 ? 0 : Math.min(firstWaitSeconds * 2 ** Math.min(over, 30), longestWaitSeconds);
}

async function takeBack(db: Kysely<Database>, forgotten: readonly Counted[], reduced: readonly Counted[]): Promise<void> {
  await transaction(db, async (tx) => {
    for (const { key } of forgotten) await tx.deleteFrom('sign_in_counter').where('key', '=', key).execute();
    // The time stays: a person who signs in to their own account does not end a wait that others have caused.
    for (const { key } of [...reduced].sort((one, other) => Buffer.compare(one.key, other.key))) {
      await tx.updateTable('sign_in_counter').set({ failures: sql<number>`greatest(failures - 1, 0)` }).where('key', '=', key).execute();
    }
  });
}

async function sweep(db: Kysely<Database>): Promise<void> {
  await sql`delete from sign_in_counter where key in (
    select key from sign_in_counter where counted_at < now() - ${sql.lit(FORGOTTEN_AFTER)}::interval limit ${sql.lit(SWEPT_AT_ONCE)}
  )`.execute(db);
  await sql`delete from known_device where expires_at < ${LATEST_TIME}`.execute(db);
  await sql`delete from account_link where expires_at < ${LATEST_TIME} - interval '1 day'`.execute(db);
}

export function refusal(
  wait: number,
  remedy = 'Wait for the time in the Retry-After header. A browser in which you signed in before does not wait for what others try.',
): HoldfastError {
  const seconds = Math.max(1, Math.ceil(wait));
  const words = seconds > 90 ? `${Math.ceil(seconds / MINUTE)} minutes` : `${seconds} second${seconds === 1 ? '' : 's'}`;
  return new HoldfastError('rate_limited', `There were too many attempts. Try again in ${words}.`, {
    remedy,
    extra: { retryAfterSeconds: seconds },
  });
}
