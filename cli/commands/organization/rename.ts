import { updateOrganization } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';

export function registerOrganizationRename(organization: Command): void {
  organization
    .command('rename')
    .description('give the organization another name; its short name stays, since addresses and settings go by it')
    .argument('<name>')
    .action(async (name: string, _options, command: Command) => {
      const { client, slug } = await workplace();
      await client.call(updateOrganization, { params: { organization: slug }, body: { name } });
      answer(command, { organization: slug, name: name.trim() }, `${slug} is called “${printable(name.trim())}” now.`);
    });
}
