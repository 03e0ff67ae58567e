import type { Run } from '@holdfast/api';
import { cutPage, readCursor } from '@holdfast/endpoints';
import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import type { Control } from '../control.ts';
import { readRuns } from './read-runs.ts';

const cursorKey = z.tuple([z.int()]);

/** One page of the runs that fulfil every condition, newest first. */
export async function listRunsBy(
  { db, settings }: Pick<Control, 'db' | 'settings'>,
  organizationId: string,
  conditions: readonly RawBuilder<unknown>[],
  { cursor, limit }: { readonly cursor?: string | undefined; readonly limit: number },
): Promise<{ items: Run[]; nextCursor: string | null }> {
  const after = readCursor(cursorKey, cursor);
  const onPage = after === undefined ? conditions : [...conditions, sql`r.sequence < ${after[0]}`];
  const found = await readRuns(db, settings.runs, organizationId, sql.join([sql`true`, ...onPage], sql` and `), limit + 1);
  const { page, nextCursor } = cutPage(found, limit, ({ sequence }) => [sequence]);
  return { items: page.map(({ sequence: _, ...run }) => run), nextCursor };
}
