import { randomBytes } from 'node:crypto';
import { startTestServer } from '@holdfast/db/testing';
import { ENCAPSULATION_BYTES, encodeSealed, PADDED_LENGTHS, uuidv7 } from '@holdfast/envelope';
import pg from 'pg';
import { type Account, setUp } from '../tests/harness/account.ts';
import { eventually } from '../tests/harness/eventually.ts';
import { type Instance, startInstance } from '../tests/harness/instance.ts';
import { databaseTimes } from './database-time.ts';
import { createSeeding, type Seeding } from './seeding.ts';

const TAG_BYTES = 16;

/**
 * A running Holdfast on a PostgreSQL that waits for the disk at every commit, with one account whose rates
 * are no limit.
 */
export interface SecretsInstance extends AsyncDisposable, Seeding {
  readonly account: Account;
  readonly instance: Instance;
  /** The owner of the tables, for a floor. */
  readonly databaseUrl: string;
  /** PostgreSQL's processor time for the control plane so far. */
  controlDatabaseTimes(): Promise<Map<string, number>>;
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
  const seeding = createSeeding(pool, account.organization.id, keyId);
  return {
    account,
    instance,
    databaseUrl: server.url,
    ...seeding,
    async addEntries(count, where) {
      await seeding.addEntries(count, where);
      await eventually('the data plane to follow what was appended', async () => (await pool.query(NOT_FOLLOWED)).rowCount === 0, {
        withinMilliseconds: 900_000,
        everyMilliseconds: 1_000,
      });
    },
    controlDatabaseTimes: () => databaseTimes(pool, 'control'),
    async removeCreated() {
      await pool.query(`delete from secret where organization_id = $1 and name like 'CREATED%'`, [account.organization.id]);
    },
    newSecret() {
      const bytes = encodeSealed({
        keyId,
        encapsulation: randomBytes(ENCAPSULATION_BYTES),
        ciphertext: randomBytes((PADDED_LENGTHS[0] ?? 0) + TAG_BYTES),
      });
      const envelope = { secretId: uuidv7(), versionId: uuidv7(), keyId, sealed: Buffer.from(bytes).toString('base64url') };
      return JSON.stringify({ envelope, description: 'What it is for, and where to renew it.', kind: 'api-key' });
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

const NOT_FOLLOWED = `
  select from audit_head h left join record_state s on s.organization_id = h.organization_id
  where s.size is distinct from h.sequence limit 1`;
