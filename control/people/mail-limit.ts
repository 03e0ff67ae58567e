import { createHmac } from 'node:crypto';
import { type Database, transaction } from '@holdfast/db/control';
import { networkOf } from '@holdfast/endpoints';
import type { Kysely } from 'kysely';
import { countUnlessWaiting, type Rule, refusal } from '../accounts/sign-in-limit.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** Of mails that somebody has sent to an account: few to one account, more from one network. */
const MAIL_RULES = {
  account: { free: 3, firstWaitSeconds: MINUTE, longestWaitSeconds: HOUR, halfLifeSeconds: 2 * HOUR },
  network: { free: 30, firstWaitSeconds: MINUTE, longestWaitSeconds: 15 * MINUTE, halfLifeSeconds: HOUR },
} as const satisfies Record<string, Rule>;

export interface MailLimit {
  /**
   * Counts a mail before anything is looked up for it, alike for an address that has an account and for one
   * that has none. Throws `rate_limited` with the seconds to wait.
   *
   * @param asked.account what is written to: an address, or an account's id.
   * @param asked.address from where it was asked for.
   */
  count(asked: { readonly kind: 'reset' | 'email-change'; readonly account: string; readonly address: string }): Promise<void>;
}

/** Counts beside the attempts to sign in, in the same table and by the same rules of naming. */
export function createMailLimit(db: Kysely<Database>, key: string): MailLimit {
  const name = (...parts: string[]) =>
    createHmac('sha256', key)
      .update(JSON.stringify(['mail', ...parts]))
      .digest();
  return {
    async count({ kind, account, address }) {
      const counted = [
        { key: name(kind, 'account', account), rule: MAIL_RULES.account },
        { key: name(kind, 'network', networkOf(address)), rule: MAIL_RULES.network },
      ];
      const wait = await transaction(db, (tx) => countUnlessWaiting(tx, counted));
      if (wait > 0) throw refusal(wait, 'Look for the mails that were sent already, also among unwanted ones, or wait for that time.');
    },
  };
}
