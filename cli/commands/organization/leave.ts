import { leaveOrganization } from '@holdfast/api';
import { confirm, YES_OPTION } from '@holdfast/terminal/input';
import { answer } from '@holdfast/terminal/output';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';

export function registerOrganizationLeave(organization: Command): void {
  organization
    .command('leave')
    .description('end your own membership, with your tokens in the organization, this one included')
    .option(...YES_OPTION)
    .action(async ({ yes }: { yes?: true }, command: Command) => {
      const { client, slug } = await workplace();
      if (!yes) await confirm(`Leave ${slug}? Your tokens there stop working at once, and an owner or admin has to invite you again.`);
      await client.call(leaveOrganization, { params: { organization: slug }, body: { confirm: slug } });
      answer(command, { organization: slug, left: true }, `You are no member of ${slug} any more.`);
    });
}
