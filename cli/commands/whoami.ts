import { getSession } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { EXIT_FAILED } from '@holdfast/terminal/report';
import { facts } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { clientEnvironment, workplace } from '../connection.ts';

export function registerWhoami(program: Command): void {
  program
    .command('whoami')
    .description('who is logged in here, where, and with which role')
    .action(async (_options, command: Command) => {
      const { profilePath } = await import('@holdfast/sdk/node');
      const { client, slug, url } = await workplace();
      const { organizations, user } = await client.call(getSession, {});
      const organization = organizations.find((each) => each.slug === slug || each.id === slug);
      const { readSettings } = await import('@holdfast/settings');
      const byVariable = readSettings(await clientEnvironment(), ['client']).token !== undefined;
      answer(
        command,
        { user, url, organization: organization ?? null, organizations },
        facts([
          ['Name', user.name],
          ['E-mail', user.email],
          [
            'Organization',
            organization === undefined ? `${slug}, of which you are no member` : `${organization.name} (${organization.slug})`,
          ],
          ['Role', organization?.role ?? '–'],
          ['At', url],
          ['Token', byVariable ? 'of HOLDFAST_TOKEN' : `of ${profilePath()}`],
        ]),
      );
      if (organization === undefined) process.exitCode = EXIT_FAILED;
    });
}
