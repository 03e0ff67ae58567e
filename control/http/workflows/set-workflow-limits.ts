import { setWorkflowLimits } from '@holdfast/api';
import { implement } from '../implement.ts';
import { changeSettings } from './change-settings.ts';

export const setWorkflowLimitsHandler = implement(setWorkflowLimits, (call, control) => changeSettings(call, control, call.body));
