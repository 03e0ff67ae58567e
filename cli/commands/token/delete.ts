import { deleteToken, listTokens } from '@holdfast/api';
import { confirm, YES_OPTION } from '@holdfast/terminal/input';
import { answer, counted } from '@holdfast/terminal/output';
import { CommandError, usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';

export function registerTokenDelete(token: Command): void {
  token
    .command('delete')
    .aliases(['rm', 'revoke'])
    .description('revoke one of your tokens, at once')
    .argument('<token>', 'its name or id')
    .option(...YES_OPTION)
    .action(async (which: string, { yes }: { yes?: true }, command: Command) => {
      const { client, slug } = await workplace();
      const { items } = await client.call(listTokens, { params: { organization: slug } });
      const found = items.filter(({ id, name }) => id === which || name === which);
      const [first] = found;
      if (first === undefined) {
        throw new CommandError(`You have no token “${printable(which)}”.`, {
          code: 'not_found',
          remedy: 'holdfast token list shows them.',
        });
      }
      if (found.length > 1)
        throw usageError(
          `${counted(found.length, 'token')} have this name.`,
          `Name one by its id: ${found.map(({ id }) => id).join(', ')}`,
        );
      if (!yes) await confirm(`Revoke the token ${printable(first.name)}? What uses it stops working at once.`);
      await client.call(deleteToken, { params: { organization: slug, token: first.id } });
      answer(command, { deleted: { id: first.id, name: first.name } }, `Token ${printable(first.name)} is revoked.`);
    });
}
