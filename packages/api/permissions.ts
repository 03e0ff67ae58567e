/**
 * Who may do what. This is the only table of permissions: every endpoint names one of its rows, and a server
 * with an endpoint that names none does not start.
 */

/** A member's role in an organization, strongest first. */
export const ROLES = ['owner', 'admin', 'editor', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

export const PERMISSIONS = {
  'organization:read': ['owner', 'admin', 'editor', 'viewer'],
  'organization:write': ['owner'],
  'organization:delete': ['owner'],
  'sealing-key:read': ['owner', 'admin', 'editor'],
  'organization-keys:read': ['owner', 'admin'],
  'organization-keys:rotate': ['owner'],

  'secret-names:read': ['owner', 'admin', 'editor'],
  'secrets:read': ['owner', 'admin'],
  'secrets:write': ['owner', 'admin'],
  'secrets:delete': ['owner', 'admin'],

  'projects:read': ['owner', 'admin', 'editor', 'viewer'],
  'projects:write': ['owner', 'admin', 'editor'],
  'components:read': ['owner', 'admin', 'editor'],
  'components:write': ['owner', 'admin', 'editor'],
  'components:test': ['owner', 'admin', 'editor'],

  'workflows:read': ['owner', 'admin', 'editor', 'viewer'],
  'workflows:write': ['owner', 'admin', 'editor'],
  'runs:read': ['owner', 'admin', 'editor', 'viewer'],
  'runs:start': ['owner', 'admin', 'editor'],

  'audit:read': ['owner', 'admin'],
  'members:read': ['owner', 'admin'],
  'members:write': ['owner', 'admin'],
} as const satisfies Record<string, readonly Role[]>;

/** A right inside one organization. */
export type Permission = keyof typeof PERMISSIONS;

/**
 * What an endpoint asks of its caller: a right inside the organization that its path names, a session or token of
 * any kind (`signed-in`), or nothing (`public`).
 */
export type Requirement = Permission | 'signed-in' | 'public';

export function may(role: Role, permission: Permission): boolean {
  return (PERMISSIONS[permission] as readonly Role[]).includes(role);
}
