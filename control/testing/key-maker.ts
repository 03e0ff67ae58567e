import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseConnection } from '@holdfast/db';
import { uuidv7 } from '@holdfast/envelope';

const POLL_MILLISECONDS = 20;

export interface KeyMaker {
  /** Of an organization; waits until it is made. */
  keyOf(organizationId: string): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Gives each new organization a key of the right form, as a data plane would. Nothing sealed for it can be
 * opened.
 */
export function startKeyMaker(db: DatabaseConnection): KeyMaker {
  const stopping = new AbortController();
  const signingKeyId = uuidv7();
  const keys = new Map<string, string>();

  async function makeMissing(): Promise<void> {
    const without = await db
      .selectFrom('auth.organization as organization')
      .leftJoin('organization_key as key', 'key.organization_id', 'organization.id')
      .select('organization.id')
      .where('key.id', 'is', null)
      .execute();
    for (const organization of without) {
      const id = uuidv7();
      await db
        .insertInto('organization_key')
        .values({
          organization_id: organization.id,
          id,
          generation: 1,
          public_key: randomBytes(1_216),
          signature: randomBytes(64),
          signing_key_id: signingKeyId,
          current: true,
        })
        .execute();
      keys.set(organization.id, id);
    }
  }

  const ended = (async () => {
    await db
      .insertInto('signing_key')
      .values({ id: signingKeyId, public_key: randomBytes(32), current: true })
      .execute();
    while (!stopping.signal.aborted) {
      await makeMissing();
      await sleep(POLL_MILLISECONDS);
    }
  })();

  return {
    async keyOf(organizationId) {
      while (!keys.has(organizationId)) await sleep(POLL_MILLISECONDS);
      return keys.get(organizationId) ?? '';
    },
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
