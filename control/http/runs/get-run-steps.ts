import { getRunSteps } from '@holdfast/api';
import { readRunSteps } from '../../runs/read-run-steps.ts';
import { implement } from '../implement.ts';

export const getRunStepsHandler = implement(getRunSteps, async ({ organization, params }, { db }) => {
  return { status: 200, body: await readRunSteps(db, { organizationId: organization.id, runId: params.run }) };
});
