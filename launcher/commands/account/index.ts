import { machineCommand } from '@holdfast/terminal/machine-commands';
import { answer } from '@holdfast/terminal/output';
import { usageError } from '@holdfast/terminal/report';
import type { Command } from 'commander';

const HELP = `
Run it on the machine that Holdfast runs on, with the HOLDFAST_HOME and HOLDFAST_PUBLIC_URL that it was started with. The link works once, within
24 hours; a person who has it becomes that address, so hand it over by a way that you trust. It is on the record of the organizations concerned.`;

const CHANGE_HELP = `
Run it on the machine that Holdfast runs on, with the HOLDFAST_HOME that it was started with. It is on the record of the person's organizations.`;

/** For the operator; members change nothing about accounts of others. */
export function registerAccount(program: Command): void {
  const account = program.command('account').description(machineCommand('account').description);
  account
    .command('link')
    .description('make a one-time link by which somebody makes the account of an address, or sets its password')
    .argument('<email>', 'the address; you say that whom you hand the link to is its owner')
    .addHelpText('after', HELP)
    .action((email: string, _options, command: Command) => makeLink(command, email, false));
  account
    .command('reset')
    .description('make a one-time link by which somebody who has an account sets a new password; it ends every session')
    .argument('<email>', 'of the account')
    .addHelpText('after', HELP)
    .action((email: string, _options, command: Command) => makeLink(command, email, true));
  account
    .command('change-email')
    .description('give an account another e-mail address; for a Holdfast that sends no mail by which its holder could prove it')
    .argument('<email>', 'of the account now')
    .argument('<new-email>', 'you say that it is an address of the same person')
    .addHelpText('after', CHANGE_HELP)
    .action((email: string, newEmail: string, _options, command: Command) => changeEmail(command, email, newEmail));
}

async function changeEmail(command: Command, given: string, givenNew: string): Promise<void> {
  const [email, newEmail] = [addressIn(given), addressIn(givenNew)];
  const { controlUrl } = await import('../../operator/home.ts');
  const { changeAccountEmail } = await import('../../operator/change-email.ts');
  const { name } = await changeAccountEmail(controlUrl(), email, newEmail);
  answer(command, { name, from: email, to: newEmail }, `${name} signs in as ${newEmail} from now on. Sessions and tokens go on.`);
}

function addressIn(given: string): string {
  const email = given.trim().toLowerCase();
  if (!/^[^\s@]+@[^\s@]+$/.test(email) || email.length > 254) throw usageError(`“${given.slice(0, 80)}” is no e-mail address.`);
  return email;
}

async function makeLink(command: Command, given: string, mustExist: boolean): Promise<void> {
  const email = addressIn(given);
  const { readStartSettings } = await import('../../settings.ts');
  const settings = readStartSettings(process.env);
  const { controlUrl } = await import('../../operator/home.ts');
  const { makeAccountLink } = await import('../../operator/account-link.ts');
  const { token, expiresAt, hasAccount, invitedBy } = await makeAccountLink(controlUrl(), email, mustExist);
  const link = `${settings.publicUrl}/account-link#${token}`;
  answer(
    command,
    { email, link, expiresAt: expiresAt.toISOString(), hasAccount, invitedBy },
    [
      link,
      '',
      hasAccount
        ? `Sets a new password for ${email} and ends every session.`
        : `Makes the account of ${email}: its holder chooses name and password.`,
      ...(invitedBy.length === 0 ? [] : [`Then they can join: ${invitedBy.join(', ')}.`]),
      'It works once, within 24 hours. Hand it over by a way that you trust.',
    ].join('\n'),
  );
}
