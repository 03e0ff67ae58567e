import { getRetention, setRetention } from '@holdfast/api';
import { confirm, YES_OPTION } from '@holdfast/terminal/input';
import { answer } from '@holdfast/terminal/output';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { changedDays, type KeptDaysOptions, keptInWords, OLDER_GOES, withKeptDays } from '../kept-days.ts';

export function registerOrganizationRetention(organization: Command): void {
  withKeptDays(
    organization.command('retention').description('how long documents, logs and runs are kept: shown, or changed'),
    'what the operator has set',
  )
    .option(...YES_OPTION)
    .action(async ({ yes, ...options }: KeptDaysOptions & { readonly yes?: true }, command: Command) => {
      const { client, slug } = await workplace();
      const params = { organization: slug };
      const now = await client.call(getRetention, { params });
      const body = changedDays(options, now);
      if (body !== undefined && !yes) await confirm(`Change how long ${slug} keeps what its runs leave behind? ${OLDER_GOES}`);
      const retention = body === undefined ? now : await client.call(setRetention, { params, body });
      answer(command, { retention }, keptInWords(retention, retention.defaults));
    });
}
