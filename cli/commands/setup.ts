import { setUp } from '@holdfast/api';
import type { Command } from 'commander';
import { homeAt } from '../../launcher/home.ts';
import { readSetupToken } from '../../launcher/setup-token.ts';
import { clientEnvironment, reach } from '../connection.ts';
import { readSecretText } from '../input.ts';
import { answer, wantsJson } from '../output.ts';
import { CommandError, usageError } from '../report.ts';

interface Options {
  email: string;
  name: string;
  organization?: string;
  organizationName?: string;
}

export function registerSetup(program: Command): void {
  program
    .command('setup')
    .description(
      'make the first account, and the organization that --organization names, of a fresh instance; the password comes from standard input or a prompt',
    )
    .requiredOption('--email <address>', 'of the first account')
    .requiredOption('--name <name>', 'of the person')
    .option('--organization-name <name>', 'its full name; the short one by default')
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
      const { profilePath, profilePins, readProfile, writeProfile } = await import('@holdfast/sdk/node');
      const { addressText, readSettings } = await import('@holdfast/settings');
      const settings = readSettings(await clientEnvironment(), ['launcher', 'control', 'data', 'client']);
      const url = settings.url ?? `http://${addressText(settings.controlListen)}`;
      const setupToken = readSetupToken(homeAt(settings.home).setupToken);
      const password = await readSecretText({
        question: `A password for ${options.email}, of at least 12 characters`,
        lines: 'one',
        otherWay: 'Type it, or pipe in a file that holds it alone.',
      });
      const { organizationName, email, name } = options;
      const made = await createClient({ url, fetch: reach }).call(setUp, {
        body: { setupToken, email, name, password, organization: { name: organizationName ?? slug, slug }, token: true },
      });
      if (made.token === null || made.tokenId === null) throw new CommandError('The server made no token.');
      if (!wantsJson(command)) {
        const path = profilePath();
        writeProfile({ ...readProfile(path), url, organization: slug, token: made.token, tokenId: made.tokenId }, path);
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
