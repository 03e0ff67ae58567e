/**
 * Who may do what. This is the only table of permissions: every endpoint names one of its rows, and a server
 * with an endpoint that names none does not start.
 */

/** A member's role in an organization, strongest first. */
export const ROLES = ['owner', 'admin', 'editor', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

/**
 * What a principal without a role can be given in an organization, thing by thing. None is there yet: it is a
 * kind of {@link Rights} already so that what needs a role asks for one by its type, as `Membership` does.
 */
export const GRANTS = ['secret', 'project', 'bridge'] as const;
export type Grant = (typeof GRANTS)[number];

interface Row {
  readonly roles: readonly Role[];
  /**
   * A principal with a grant of one of these kinds may ask; which thing it is for, the endpoint looks up.
   * None by default.
   */
  readonly grants?: readonly Grant[];
}

export const PERMISSIONS = {
  'organization:read': { roles: ['owner', 'admin', 'editor', 'viewer'] },
  'organization:write': { roles: ['owner'] },
  'organization:delete': { roles: ['owner'] },
  'sealing-key:read': { roles: ['owner', 'admin', 'editor'] },
  'organization-keys:read': { roles: ['owner', 'admin'] },
  'organization-keys:rotate': { roles: ['owner'] },

  'secret-names:read': { roles: ['owner', 'admin', 'editor'] },
  'secrets:read': { roles: ['owner', 'admin'] },
  'secrets:write': { roles: ['owner', 'admin'] },
  'secrets:delete': { roles: ['owner', 'admin'] },

  'secret-requests:read': { roles: ['owner', 'admin', 'editor'] },
  'secret-requests:write': { roles: ['owner', 'admin', 'editor'] },
  'secret-requests:decide': { roles: ['owner', 'admin'] },

  'destinations:read': { roles: ['owner', 'admin'] },
  'destinations:write': { roles: ['owner', 'admin'] },

  'projects:read': { roles: ['owner', 'admin', 'editor', 'viewer'] },
  'projects:write': { roles: ['owner', 'admin', 'editor'] },
  'components:read': { roles: ['owner', 'admin', 'editor'] },
  'components:write': { roles: ['owner', 'admin', 'editor'] },
  'components:test': { roles: ['owner', 'admin', 'editor'] },

  'workflows:read': { roles: ['owner', 'admin', 'editor', 'viewer'] },
  'workflows:write': { roles: ['owner', 'admin', 'editor'] },
  'runs:read': { roles: ['owner', 'admin', 'editor', 'viewer'] },
  /** The bytes of documents of runs. */
  'documents:read': { roles: ['owner', 'admin', 'editor'] },
  'retention:write': { roles: ['owner', 'admin'] },
  'runs:start': { roles: ['owner', 'admin', 'editor'] },

  'audit:read': { roles: ['owner', 'admin'] },
  'nodes:read': { roles: ['owner', 'admin'] },
  'members:read': { roles: ['owner', 'admin'] },
  'members:write': { roles: ['owner', 'admin'] },
} as const satisfies Record<string, Row>;

/** A right inside one organization. */
export type Permission = keyof typeof PERMISSIONS;

/**
 * What a principal holds in one organization: a member's role, or the kinds of the grants that it was given.
 */
export type Rights = Role | readonly Grant[];

/**
 * What an endpoint asks of its caller: a right inside the organization that its path names, a person with a
 * session or token of any kind (`signed-in`), or nothing (`public`).
 */
export type Requirement = Permission | 'signed-in' | 'public';

/** Whether a text names a permission, `signed-in` or `public`. */
export function isRequirement(text: string): text is Requirement {
  return text === 'public' || text === 'signed-in' || Object.hasOwn(PERMISSIONS, text);
}

/** Whether somebody with these rights may do it. Without a fitting role or grant: no. */
export function may(rights: Rights, permission: Permission): boolean {
  const { roles, grants = [] }: Row = PERMISSIONS[permission];
  return typeof rights === 'string' ? roles.includes(rights) : rights.some((grant) => grants.includes(grant));
}

/** Whether who has one role may invite to another: only owners make owners. */
export function mayInvite(inviter: Role, role: Role): boolean {
  return may(inviter, 'members:write') && (role !== 'owner' || inviter === 'owner');
}
