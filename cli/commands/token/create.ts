import { createToken, TOKEN_DAYS } from '@holdfast/api';
import { answer, fullMoment, remark, wantsJson } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';

export function registerTokenCreate(token: Command): void {
  token
    .command('create')
    .description('make a token and print it, once')
    .argument('<name>', 'what it is for')
    .option('--days <number>', 'how long it is valid, 1 to 365', String(TOKEN_DAYS))
    .addHelpText('after', '\nThe token alone goes to standard output:  HOLDFAST_TOKEN=$(holdfast token create ci)')
    .action(async (name: string, { days }: { days: string }, command: Command) => {
      if (!/^\d{1,3}$/.test(days) || Number(days) < 1 || Number(days) > 365) throw usageError('--days takes a whole number from 1 to 365.');
      const { client, slug } = await workplace();
      const body = { name, expiresInDays: Number(days) };
      const made = await client.call(createToken, { params: { organization: slug }, body });
      answer(command, made, made.token);
      if (wantsJson(command)) return;
      remark(`Token ${printable(made.name)} acts as you in ${slug} and expires ${fullMoment(made.expiresAt)}. It is not shown again.`);
    });
}
