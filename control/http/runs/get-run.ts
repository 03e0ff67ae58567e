import { getRun } from '@holdfast/api';
import { readRun } from '../../runs/read-runs.ts';
import { implement } from '../implement.ts';

export const getRunHandler = implement(getRun, async ({ organization, params }, { db, settings }) => {
  return { status: 200, body: await readRun(db, settings.runs, organization.id, params.run) };
});
