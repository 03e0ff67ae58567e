import { PASSWORD_MINIMUM_LENGTH, setUp } from '@holdfast/api';
import { readSecretText } from '@holdfast/terminal/input';
import { INSECURE_HTTP_OPTION, unencrypted } from '@holdfast/terminal/insecure-http';
import { machineCommand } from '@holdfast/terminal/machine-commands';
import { answer, wantsJson } from '@holdfast/terminal/output';
import { reach } from '@holdfast/terminal/reach';
import { CommandError, usageError } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { withHome } from '../home/choose-home.ts';
import { homeAt } from '../home/home.ts';
import { readSetupToken } from '../home/setup-token.ts';

interface Options {
  email: string;
  name: string;
  organization?: string;
  url?: string;
  organizationName?: string;
  insecureHttp?: true;
}

export function registerSetup(program: Command): void {
  program
    .command('setup')
    .description(machineCommand('setup').description)
    .requiredOption('--email <address>', 'of the first account')
    .requiredOption('--name <name>', 'of the person')
    .option('--organization-name <name>', 'its full name; the short one by default')
    .option(...INSECURE_HTTP_OPTION)
    .addHelpText(
      'after',
      '\nRun it on the machine that Holdfast runs on: it reads the one-time setup token in HOLDFAST_HOME. With --json it prints an admin token and\nkeeps nothing; without, it logs this account of the machine in, as holdfast login does.',
    )
    .action(async (_options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { organization: slug } = options;
      if (slug === undefined) {
        throw usageError('Which organization?', 'Name it with --organization: its short name, of lower-case letters, digits and hyphens.');
      }
      const { createClient, fetchSealingKey, pinOrganization } = await import('@holdfast/sdk');
      const { addressOf, profilePath, profilePins, readProfile, writeProfile } = await import('@holdfast/sdk/node');
      const { hostAndPort } = await import('@holdfast/envelope');
      const { isUnencrypted, readSettings } = await import('@holdfast/settings');
      const settings = readSettings(withHome(process.env), ['launcher', 'control', 'data', 'client']);
      const given = options.url === undefined ? settings.url : addressOf(options.url, '--url');
      if (given !== undefined && options.insecureHttp !== true && isUnencrypted(given)) throw unencrypted(given);
      const url = given ?? `http://${hostAndPort(settings.controlListen)}`;
      const path = profilePath();
      // Before there is an account whose token nobody would have: one that cannot be read is said now.
      const profile = wantsJson(command) ? {} : readProfile(path);
      const setupToken = readSetupToken(homeAt(settings.home).setupToken);
      const password = await readSecretText({
        question: `A password for ${options.email}, of at least ${PASSWORD_MINIMUM_LENGTH} characters`,
        lines: 'one',
        alternative: 'Type it, or pipe in a file that holds it alone.',
      });
      const { organizationName, email, name } = options;
      const made = await createClient({ url, fetch: reach }).call(setUp, {
        body: { setupToken, email, name, password, organization: { name: organizationName ?? slug, slug }, token: true },
      });
      if (made.token === null || made.tokenId === null) throw new CommandError('The server made no token.');
      if (!wantsJson(command)) {
        writeProfile({ ...profile, url, organization: slug, token: made.token, tokenId: made.tokenId }, path);
        const pins = profilePins(path);
        pinOrganization(pins, url, made.organization);
        const key = await fetchSealingKey(createClient({ url, token: made.token, fetch: reach }), slug, pins);
        answer(
          command,
          undefined,
          `${email} is the owner of ${slug}, and is logged in here (${path}).\nSigning key of the data plane: ${key.signingKeyFingerprint}`,
        );
        return;
      }
      answer(command, { url, userId: made.userId, organization: made.organization, token: made.token }, '');
    });
}
