import { getRunHistory } from '@holdfast/api';
import { readHistory } from '../../runs/read-history.ts';
import { implement } from '../implement.ts';

export const getRunHistoryHandler = implement(getRunHistory, async ({ organization, query }, { db }) => {
  return { status: 200, body: { days: await readHistory(db, organization.id, query) } };
});
