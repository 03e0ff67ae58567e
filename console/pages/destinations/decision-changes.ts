import { getComponent, getOverview, listAudit, listComponents, listDestinations } from '@holdfast/api';

/** What is read again after a decision about destinations. */
export const DECISION_CHANGES = [listDestinations, getComponent, listComponents, getOverview, listAudit];
