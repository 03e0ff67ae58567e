import { ROLES, type Role, updateMember } from '@holdfast/api';
import { answer } from '@holdfast/terminal/output';
import { printable } from '@holdfast/terminal/table';
import { Argument, type Command } from 'commander';
import { workplace } from '../../connection.ts';
import { findMember } from '../../find-member.ts';

export function registerMemberRole(member: Command): void {
  member
    .command('role')
    .description('give a member another role, from their next request on')
    .argument('<member>', 'e-mail address, name or id')
    .addArgument(new Argument('<role>').choices(ROLES))
    .action(async (who: string, role: Role, _options, command: Command) => {
      const place = await workplace();
      const found = await findMember(place, who);
      await place.client.call(updateMember, { params: { organization: place.slug, member: found.id }, body: { role } });
      answer(command, { member: { ...found, role } }, `${printable(found.name)} (${found.email}) was ${found.role} and is now ${role}.`);
    });
}
