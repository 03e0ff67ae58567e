import { randomBytes } from 'node:crypto';
import { startTestServer } from '@holdfast/db/testing';
import { ENCAPSULATION_BYTES, encodeSealed, RECORD_BUCKETS, uuidv7 } from '@holdfast/envelope';
import pg from 'pg';
import { type Account, setUp } from '../tests/harness/account.ts';
import { type Instance, startInstance } from '../tests/harness/instance.ts';

const TAG_BYTES = 16;

/**
 * A running Holdfast on a PostgreSQL that waits for the disk at every commit, with one account whose rates
 * are no limit.
 */
export interface SecretsInstance extends AsyncDisposable {
  readonly account: Account;
  readonly instance: Instance;
  /** The owner of the tables, for a floor. */
  readonly databaseUrl: string;
  /**
   * Adds secrets of the names SECRET_0000000 and up; uses, bindings and scopes as a living organization has
   * them.
   */
  addSecrets(count: number): Promise<void>;
  /** The same in other organizations, up to 10,000 in each. */
  addForeignSecrets(count: number): Promise<void>;
  /** Removes what was created with {@link newSecret} since, so that the limit is not reached. */
  removeCreated(): Promise<void>;
  /**
   * The body of a PUT that creates a secret: random bytes in the form of a sealed value, which is all that a
   * control plane can tell.
   */
  newSecret(): string;
}

export async function startSecretsInstance(environment: Readonly<Record<string, string>> = {}): Promise<SecretsInstance> {
  const resources = new AsyncDisposableStack();
  const server = await startTestServer({ settings: { fsync: 'on' } });
  resources.defer(() => server.stop());
  const instance = resources.use(
    await startInstance({
      environment: { DATABASE_URL: server.url, HOLDFAST_READS_PER_SECOND: '100000', HOLDFAST_CHANGES_PER_SECOND: '100000', ...environment },
    }),
  );
  const account = await setUp(instance);
  const pool = new pg.Pool({ connectionString: server.url, max: 1, options: '-c search_path=holdfast' });
  resources.defer(() => pool.end());
  const { rows } = await pool.query<{ id: string }>('select id from organization_key where organization_id = $1 and current', [
    account.organization.id,
  ]);
  const keyId = rows[0]?.id ?? '';
  const analyze = 'analyze secret; analyze secret_version; analyze secret_use_day; analyze secret_scope; analyze binding';
  return {
    account,
    instance,
    databaseUrl: server.url,
    async addSecrets(count) {
      await pool.query(SEED, [account.organization.id, keyId, count]);
      await pool.query(analyze);
    },
    async addForeignSecrets(count) {
      for (let left = count; left > 0; left -= 10_000) {
        const elsewhere = uuidv7();
        await pool.query(KEY_ELSEWHERE, [elsewhere, keyId, account.organization.id]);
        await pool.query(SEED_ELSEWHERE, [elsewhere, keyId, Math.min(left, 10_000)]);
      }
      await pool.query(analyze);
    },
    async removeCreated() {
      await pool.query(`delete from secret where organization_id = $1 and name like 'CREATED%'`, [account.organization.id]);
    },
    newSecret() {
      const bytes = encodeSealed({
        keyId,
        encapsulation: randomBytes(ENCAPSULATION_BYTES),
        ciphertext: randomBytes((RECORD_BUCKETS[0] ?? 0) + TAG_BYTES),
      });
      const envelope = { secretId: uuidv7(), versionId: uuidv7(), keyId, sealed: Buffer.from(bytes).toString('base64url') };
      return JSON.stringify({ envelope, description: 'What it is for, and where to renew it.', kind: 'api-key' });
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const BY = `'{"kind":"member","id":"019c0000-0000-7000-8000-000000000001","name":"Ada Lovelace"}'::jsonb`;

/** Every second secret was used on ten days. */
const SEED = `
  with base as (select count(*) as n from secret where organization_id = $1), added as (
    insert into secret (organization_id, id, name, description, kind, created_by)
    select $1, uuidv7(), 'SECRET_' || lpad((base.n + i)::text, 7, '0'), 'What it is for, and where to renew it.', 'api-key', ${BY}
    from base, generate_series(0, $3::int - 1) i returning id, name
  ), versions as (
    insert into secret_version (organization_id, secret_id, id, key_id, state, created_by)
    select $1, id, uuidv7(), $2, 'current', ${BY} from added
  )
  insert into secret_use_day (organization_id, secret_id, day, uses)
  select $1, id, current_date - d * 5, 7 from added, generate_series(1, 10) d where right(name, 1) in ('0', '2', '4', '6', '8')`;

/** A copy of the account's key, so that the organization has one of its own. */
const KEY_ELSEWHERE = `
  insert into organization_key (organization_id, id, generation, public_key, signature, signing_key_id, current)
  select $1, id, generation, public_key, signature, signing_key_id, true from organization_key where organization_id = $3 and id = $2`;

const SEED_ELSEWHERE = `
  with added as (
    insert into secret (organization_id, id, name, description, kind, created_by)
    select $1, uuidv7(), 'SECRET_' || lpad(i::text, 7, '0'), 'What it is for, and where to renew it.', 'api-key', ${BY}
    from generate_series(0, $3::int - 1) i returning id
  )
  insert into secret_version (organization_id, secret_id, id, key_id, state, created_by)
  select $1, id, uuidv7(), $2, 'current', ${BY} from added`;
