import type { Command } from 'commander';
import { registerMemberInvite } from './invite.ts';
import { registerMemberList } from './list.ts';
import { registerMemberRemove } from './remove.ts';
import { registerMemberRole } from './role.ts';

export function registerMember(program: Command): void {
  const member = program.command('member').description('who belongs to the organization, and what each may do');
  for (const register of [registerMemberList, registerMemberInvite, registerMemberRole, registerMemberRemove]) register(member);
}
