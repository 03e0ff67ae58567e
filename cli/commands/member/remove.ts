import { removeMember } from '@holdfast/api';
import { confirm, YES_OPTION } from '@holdfast/terminal/input';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import type { Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findMember } from '../../find-member.ts';

export function registerMemberRemove(member: Command): void {
  member
    .command('remove')
    .alias('rm')
    .description('remove a member, with their sessions and tokens, at once')
    .argument('<member>', 'e-mail address, name or id')
    .option(...YES_OPTION)
    .action(async (who: string, { yes }: { yes?: true }, command: Command) => {
      const place = await workplace();
      const found = await findMember(place, who);
      const label = `${printable(found.name)} (${found.email})`;
      if (!yes) await confirm(`Remove ${label} from ${place.slug}? Their tokens stop working at once.`);
      await place.client.call(removeMember, { params: { organization: place.slug, member: found.id } });
      answer(command, { removed: { id: found.id, email: found.email } }, `${label} is removed.`);
    });
}
