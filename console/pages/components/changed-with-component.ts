import { getOverview, getProject, listComponents, listDestinations, listWorkflows } from '@holdfast/api';

/** What is read again when a component was made, saved or deleted. */
export const CHANGED_WITH_COMPONENT = [listComponents, getProject, listWorkflows, getOverview, listDestinations];
