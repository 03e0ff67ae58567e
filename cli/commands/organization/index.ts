import { createOrganization, getSession } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { printable, table } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { connection } from '../../connection.ts';
import { registerOrganizationCancelDeletion } from './cancel-deletion.ts';
import { registerOrganizationDelete } from './delete.ts';
import { registerOrganizationLeave } from './leave.ts';
import { registerOrganizationNodes } from './nodes.ts';
import { registerOrganizationRename } from './rename.ts';
import { registerOrganizationRetention } from './retention.ts';

export function registerOrganization(program: Command): void {
  const organization = program.command('organization').description('the organizations that you are a member of');
  organization
    .command('list')
    .alias('ls')
    .description('those that this token shows, with your role in each')
    .action(async (_options, command: Command) => {
      const { client } = await connection();
      const { organizations } = await client.call(getSession, {});
      const rows = organizations.map(({ name, role, slug }) => [slug, name, role]);
      answer(command, { organizations }, organizations.length === 0 ? 'None.' : table(['SHORT NAME', 'NAME', 'ROLE'], rows));
    });
  organization
    .command('create')
    .description('make another organization; you become its owner')
    .argument('<slug>', 'its short name: lower-case letters, digits, hyphens')
    .option('--name <name>', 'its full name; the short one by default')
    .action(async (slug: string, { name }: { name?: string }, command: Command) => {
      const { client } = await connection();
      const made = await client.call(createOrganization, { body: { name: name ?? slug, slug } });
      answer(
        command,
        { organization: made },
        `${printable(made.name)} is created. To work there: holdfast login --organization ${made.slug}`,
      );
    });
  registerOrganizationRename(organization);
  registerOrganizationRetention(organization);
  registerOrganizationNodes(organization);
  registerOrganizationLeave(organization);
  registerOrganizationDelete(organization);
  registerOrganizationCancelDeletion(organization);
}
