import { getOrganizationDeletion, getSession, requestOrganizationDeletion } from '@holdfast/api';
import { askFor } from '@holdfast/terminal/input';
import { answer, counted, fullMoment, remark } from '@holdfast/terminal/output';
import { CommandError, usageError } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';

const HELP = `
Nothing stops before the date: runs and uses of secrets go on, every member sees it in the console, and any owner can keep the organization
(holdfast organization cancel-deletion). Then keys, sealed values and everything else are removed for good, the audit record included: export
it first (holdfast audit export). The short name is not given out again.`;

export function registerOrganizationDelete(organization: Command): void {
  organization
    .command('delete')
    .description('have the organization deleted in 7 days, after showing what that removes')
    .option('--confirm <name>', 'the name of the organization, in place of being asked for it')
    .addHelpText('after', HELP)
    .action(async ({ confirm }: { confirm?: string }, command: Command) => {
      const { client, slug } = await workplace();
      const { counts } = await client.call(getOrganizationDeletion, { params: { organization: slug } });
      const { organizations } = await client.call(getSession, {});
      const name = organizations.find((each) => each.slug === slug)?.name ?? slug;
      const removed = [
        counted(counts.secrets, 'secret'),
        counted(counts.components, 'component'),
        counted(counts.workflows, 'workflow'),
        counted(counts.runs, 'run'),
        counted(counts.documents, 'uploaded document'),
        counted(counts.members, 'membership'),
        counted(counts.tokens, 'token'),
        counted(counts.auditEntries, 'entry of the audit record', 'entries of the audit record'),
      ];
      remark(`Deleting “${name}” removes ${removed.slice(0, -1).join(', ')} and ${removed.at(-1)}.`);
      remark('Export the record first if you must keep it: holdfast audit export --output record.ndjson');
      const typed = confirm ?? (await askFor(`Type ${name} to have it deleted in 7 days`));
      if (typed === undefined) {
        throw usageError('Deleting an organization needs its name, and there is no terminal to ask at.', `Add --confirm "${name}".`);
      }
      if (typed.trim() !== name) throw new CommandError('The name does not match. Nothing was done.', { code: 'cancelled' });
      const { deletesAt } = await client.call(requestOrganizationDeletion, { params: { organization: slug }, body: { confirm: typed } });
      answer(
        command,
        { organization: slug, deletesAt, removes: counts },
        `${name} is deleted ${fullMoment(deletesAt)}. To keep it until then: holdfast organization cancel-deletion`,
      );
    });
}
