import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';

const USABLE = readFileSync(join(import.meta.dirname, '..', 'usable.sql'), 'utf8');
const SHA256 = createHash('sha256').update(USABLE).digest('hex');
const VIEWS = [...USABLE.matchAll(/^create view (\w+)/gm)].map(([, name]) => `holdfast.${name}`);
/** The view that says in its comment which file it was made by. */
const MARKED = 'holdfast.secret_in_project';

/**
 * Makes the views of usable.sql, unless they are those of this very file. To be called in a transaction, with
 * all migrations applied.
 */
export async function applyUsable(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ sha256: string | null }>(`select obj_description(to_regclass($1), 'pg_class') as sha256`, [MARKED]);
  if (rows[0]?.sha256 === SHA256) return;
  await dropUsable(client);
  await client.query(USABLE);
  await client.query(`comment on view ${MARKED} is '${SHA256}'`);
}

/** Before a migration, which may change the columns that a view reads. */
export async function dropUsable(client: pg.Client): Promise<void> {
  await client.query(`drop view if exists ${VIEWS.join(', ')}`);
}
