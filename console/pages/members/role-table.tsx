import { ROLES, type Role } from '@holdfast/api';
import { Title } from '@mantine/core';
import classes from './role-table.module.css';

export const ROLE_WORDS: Record<Role, string> = {
  owner: 'Everything, with the organization’s keys, other owners and its deletion.',
  admin: 'Adds, replaces and deletes secrets, invites members, reads the audit; and all that editors do.',
  editor: 'Configures components and workflows, chooses secrets by name, starts runs. Cannot manage secrets.',
  viewer: 'Sees projects, workflows and runs, without names of secrets. Changes nothing.',
};

/** What each role may do, in a line. */
export function RoleTable() {
  return (
    <section>
      <Title order={2} mt="xl" mb="xs">
        What the roles may do
      </Title>
      <dl className={classes.roles}>
        {ROLES.map((role) => (
          <div key={role}>
            <dt>{role}</dt>
            <dd>{ROLE_WORDS[role]}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
