import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ENDPOINTS, PERMISSIONS, type Permission, ROLES } from '@holdfast/api';

/** `node tools/roles-guide.ts` writes docs/guides/roles.md from the tables of permissions and endpoints. */
export const ROLES_GUIDE = fileURLToPath(new URL('../docs/guides/roles.md', import.meta.url));

export function rolesGuide(): string {
  return `# Roles and rights

Written by \`node tools/roles-guide.ts\` from \`packages/api/permissions.ts\` and the endpoints that ask for each
right.

A member of an organization has one role. An access token acts as the member who made it, with their role, in
that organization alone. A change of a role, a removal and a revoked token hold from the next request on. What
a role does not allow is answered 403 \`forbidden\`; what belongs to another organization is answered 404, like
what is not there.

- **Owner**: everything, the deletion of the organization and its sealing key included. An organization keeps
  one owner at least, and only owners make or change owners.
- **Admin**: secrets, destinations, members, the record; not the organization itself and its key.
- **Editor**: projects, components, workflows, runs and their documents. Sees names of secrets that a project
  may use, and asks for those that are missing.
- **Viewer**: looks at projects, workflows and runs, without names of secrets and without documents.

| Right | ${ROLES.join(' | ')} | What it allows |
|---|${ROLES.map(() => ':-:').join('|')}|---|
${(Object.keys(PERMISSIONS) as Permission[]).map(rowOf).join('\n')}

Who has signed in may, whatever their role:

${summariesOf('signed-in')
  .map((summary) => `- ${summary}`)
  .join('\n')}
`;
}

function rowOf(permission: Permission): string {
  const { roles } = PERMISSIONS[permission] as { readonly roles: readonly string[] };
  const marks = ROLES.map((role) => (roles.includes(role) ? '✓' : '–'));
  return `| \`${permission}\` | ${marks.join(' | ')} | ${summariesOf(permission).join('; ')} |`;
}

/** What the endpoints do that ask for it, in the words of the API's own description. */
function summariesOf(requirement: Permission | 'signed-in'): string[] {
  return ENDPOINTS.filter(({ requires }) => requires === requirement).map(({ summary }) => summary.replace(/\.$/, ''));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(ROLES_GUIDE, rolesGuide());
