import { sql } from 'kysely';

/**
 * For so long after a rotation a value that somebody has just sealed for the former key is still taken: it is
 * sealed again under the new one. The former key's private half is destroyed afterwards at the earliest.
 */
export const FORMER_KEY_MINUTES = 10;

/** Whether a row of `organization_key` was retired so long ago that nobody is to seal for it any more. */
export const FORMER_KEY_ENDED = sql<boolean>`retired_at < now() - make_interval(mins => ${sql.lit(FORMER_KEY_MINUTES)})`;
