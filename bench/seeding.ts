import { uuidv7 } from '@holdfast/envelope';
import type pg from 'pg';

/** Fills a database as a living instance has it. */
export interface Seeding {
  /**
   * Adds secrets of the names SECRET_0000000 and up; uses, bindings and scopes as a living organization has
   * them.
   */
  addSecrets(count: number): Promise<void>;
  /** The same in other organizations, up to 10,000 in each. */
  addForeignSecrets(count: number): Promise<void>;
  /**
   * Appends entries of what people do, by the function that appends all entries: to the log of the
   * organization, or to logs of up to 10,000 of others.
   */
  addEntries(count: number, where: 'own' | 'elsewhere'): Promise<void>;
}

/** @param pool the superuser's, of one connection. */
export function createSeeding(pool: pg.Pool, organizationId: string, keyId: string): Seeding {
  const analyze = 'analyze secret; analyze secret_version; analyze secret_use_day; analyze secret_scope; analyze binding';
  return {
    async addSecrets(count) {
      await pool.query(SEED, [organizationId, keyId, count]);
      await pool.query(analyze);
    },
    async addForeignSecrets(count) {
      for (let left = count; left > 0; left -= AT_ONCE) {
        const elsewhere = uuidv7();
        await pool.query(KEY_ELSEWHERE, [elsewhere, keyId, organizationId]);
        await pool.query(SEED_ELSEWHERE, [elsewhere, keyId, Math.min(left, AT_ONCE)]);
      }
      await pool.query(analyze);
    },
    async addEntries(count, where) {
      const { rows } = await pool.query<{ control: string }>(`select role_prefix || '_control' as control from instance`);
      // The database says by the role of the session who recorded an entry.
      await pool.query(`set session authorization ${rows[0]?.control}`);
      for (let left = count; left > 0; left -= AT_ONCE) {
        await pool.query(APPEND, [where === 'own' ? organizationId : uuidv7(), Math.min(left, AT_ONCE)]);
      }
      await pool.query('reset session authorization');
      await pool.query('vacuum analyze audit_event');
    },
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

/** At once, and in one organization. */
const AT_ONCE = 10_000;

/** Canonical, as the data plane follows them; of five actions and fifty people. */
const APPEND = `
  select append_audit($1, array(
    select '{"action":"' || (array['run.start', 'run.cancel', 'document.upload', 'session.sign-in', 'project.update'])[1 + i % 5]
      || '","actor":{"id":"' || md5((i % 50)::text)::uuid || '","kind":"member","name":"Ada ' || i % 50
      || '"},"context":{"project":"Invoices"},"outcome":"success","target":{"id":"' || md5(i::text)::uuid
      || '","kind":"run","name":"Publish documents ' || i || '"}}'
    from generate_series(1, $2::int) i))`;

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
