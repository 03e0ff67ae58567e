import { getRetention } from '@holdfast/api';
import { readRetention } from '../../runs/read-retention.ts';
import { implement } from '../implement.ts';

export const getRetentionHandler = implement(getRetention, async ({ organization }, { db, settings }) => {
  return { status: 200, body: await readRetention(db, settings.runs, organization.id) };
});
