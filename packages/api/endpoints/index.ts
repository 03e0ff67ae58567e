import type { Endpoint } from '../endpoint.ts';
import * as access from './access.ts';
import * as account from './account.ts';
import * as audit from './audit.ts';
import * as keys from './keys.ts';
import * as projects from './projects.ts';
import * as secrets from './secrets.ts';
import * as workflows from './workflows.ts';

export * from './access.ts';
export * from './account.ts';
export * from './audit.ts';
export * from './data-plane.ts';
export * from './keys.ts';
export * from './projects.ts';
export * from './secrets.ts';
export * from './workflows.ts';

/** Every endpoint of the control API. */
export const ENDPOINTS: readonly Endpoint[] = [access, account, keys, secrets, projects, workflows, audit].flatMap((room) =>
  Object.values(room).filter((value): value is Endpoint & typeof value => typeof value === 'object' && 'requires' in value),
);
