import { may, type Permission, type Role } from '@holdfast/api';

/**
 * What a person notices of a right, in the words of “can …”. Rights that nobody meets by themselves are left
 * out.
 */
const RIGHTS: readonly [Permission, string][] = [
  ['organization:delete', 'rename or delete the organization, make owners, and rotate its keys'],
  ['members:write', 'invite, remove and change members'],
  ['secrets:write', 'see, add, replace and delete secrets'],
  ['audit:read', 'read the audit record'],
  ['components:write', 'configure components and workflows, and start runs'],
  ['runs:read', 'see projects, workflows and runs'],
];

/** What a person can do with one role and not with another: gained and lost, in words. */
export function changeOfRights(from: Role, to: Role): { gained: string[]; lost: string[] } {
  const only = (has: Role, hasNot: Role) =>
    RIGHTS.filter(([permission]) => may(has, permission) && !may(hasNot, permission)).map(([, words]) => words);
  return { gained: only(to, from), lost: only(from, to) };
}

/** What a person can do with a role. */
export function rightsOf(role: Role): string[] {
  return RIGHTS.filter(([permission]) => may(role, permission)).map(([, words]) => words);
}

/** “an editor”, “a viewer”. */
export function withArticle(role: Role): string {
  return `${/^[aeiou]/.test(role) ? 'an' : 'a'} ${role}`;
}
