import { setWorkflowRetention } from '@holdfast/api';
import { implement } from '../implement.ts';
import { changeSettings } from '../workflows/change-settings.ts';

export const setWorkflowRetentionHandler = implement(setWorkflowRetention, (call, control) =>
  changeSettings(call, control, { kept: call.body }),
);
