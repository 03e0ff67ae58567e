import type { Command } from 'commander';
import { registerInvitationAccept } from './accept.ts';
import { registerInvitationDecline } from './decline.ts';
import { registerInvitationList } from './list.ts';
import { registerInvitationWithdraw } from './withdraw.ts';

export function registerInvitation(program: Command): void {
  const invitation = program.command('invitation').description('invitations that wait; holdfast member invite makes one');
  const commands = [registerInvitationList, registerInvitationWithdraw, registerInvitationAccept, registerInvitationDecline];
  for (const register of commands) register(invitation);
}
