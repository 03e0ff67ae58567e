import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';

const MESSAGE_MAXIMUM_CHARACTERS = 2_000;

export interface RunLog {
  write(level: 'info' | 'warning' | 'error', message: string, itemId?: string): Promise<void>;
}

/** The log that members read. `redact` takes out the values that are in use. */
export function createRunLog(db: Kysely<Database>, organizationId: string, runId: string, redact: (text: string) => string): RunLog {
  return {
    async write(level, message, itemId) {
      await db
        .insertInto('run_log')
        .values({
          organization_id: organizationId,
          run_id: runId,
          level,
          message: redact(message).slice(0, MESSAGE_MAXIMUM_CHARACTERS),
          item_id: itemId ?? null,
        })
        .execute();
    },
  };
}
