import {
  getComponent,
  getOverview,
  getProject,
  getSecret,
  getWorkflow,
  listAudit,
  listComponents,
  listDestinations,
  listProjects,
  listSecretBindings,
  listSecretNames,
  listSecrets,
  listSecretVersions,
  listWorkflows,
} from '@holdfast/api';

/**
 * What is read again when a secret was deleted. What is read of that secret alone is left out: it is not
 * there any more, and the page that shows it is left once these are read.
 */
export const CHANGED_WITH_DELETED_SECRET = [
  ...[listSecrets, listSecretNames, listDestinations, getOverview, listAudit],
  // Whether they are broken.
  ...[listComponents, getComponent, listWorkflows, getWorkflow, listProjects, getProject],
];

/** What is read again when a secret was changed or its value replaced. */
export const CHANGED_WITH_SECRET = [...CHANGED_WITH_DELETED_SECRET, getSecret, listSecretVersions, listSecretBindings];
