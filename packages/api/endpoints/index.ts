import type { Endpoint } from '../endpoint.ts';
import * as accounts from './accounts.ts';
import * as audit from './audit.ts';
import * as components from './components.ts';
import * as destinations from './destinations.ts';
import * as documents from './documents.ts';
import * as keys from './keys.ts';
import * as organizations from './organizations.ts';
import * as people from './people.ts';
import * as projects from './projects.ts';
import * as retention from './retention.ts';
import * as runs from './runs.ts';
import * as secretRequests from './secret-requests.ts';
import * as secrets from './secrets.ts';
import * as triggers from './triggers.ts';
import * as workflows from './workflows.ts';

export * from './accounts.ts';
export * from './audit.ts';
export * from './components.ts';
export * from './data-plane.ts';
export * from './destinations.ts';
export * from './documents.ts';
export * from './keys.ts';
export * from './organizations.ts';
export * from './people.ts';
export * from './projects.ts';
export * from './retention.ts';
export * from './runs.ts';
export * from './secret-requests.ts';
export * from './secrets.ts';
export * from './triggers.ts';
export * from './workflows.ts';

/** Every endpoint of the control API. */
export const ENDPOINTS: readonly Endpoint[] = [
  accounts,
  organizations,
  people,
  keys,
  secrets,
  secretRequests,
  projects,
  components,
  destinations,
  workflows,
  triggers,
  documents,
  runs,
  retention,
  audit,
].flatMap((room) =>
  Object.values(room).filter((value): value is Endpoint & typeof value => typeof value === 'object' && 'requires' in value),
);
