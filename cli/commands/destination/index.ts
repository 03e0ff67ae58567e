import type { Command } from 'commander';
import { registerDestinationDecision } from './decide.ts';
import { registerDestinationList } from './list.ts';
import { registerDestinationMode } from './mode.ts';

export function registerDestination(program: Command): void {
  const destination = program
    .command('destination')
    .description('where values may be sent that name no host themselves (owners and admins)');
  registerDestinationList(destination);
  registerDestinationDecision(destination, 'approve');
  registerDestinationDecision(destination, 'refuse');
  registerDestinationDecision(destination, 'revoke');
  registerDestinationMode(destination);
}
