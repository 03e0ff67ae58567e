import { cancelOrganizationDeletion } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';

export function registerOrganizationCancelDeletion(organization: Command): void {
  organization
    .command('cancel-deletion')
    .description('keep the organization, whose deletion an owner has asked for')
    .action(async (_options, command: Command) => {
      const { client, slug } = await workplace();
      await client.call(cancelOrganizationDeletion, { params: { organization: slug } });
      answer(command, { organization: slug, kept: true }, `${slug} stays.`);
    });
}
