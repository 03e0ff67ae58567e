import { hostname } from 'node:os';
import { createToken, getSession, TOKEN_DAYS } from '@holdfast/api';
import { askFor, readSecretText } from '@holdfast/terminal/input';
import { INSECURE_HTTP_OPTION, unencrypted } from '@holdfast/terminal/insecure-http';
import { answer } from '@holdfast/terminal/output';
import { reach } from '@holdfast/terminal/reach';
import { CommandError, usageError } from '@holdfast/terminal/report';
import type { Command } from 'commander';
import { clientEnvironment } from '../connection.ts';

const ALONE = 'Type it, or pipe in a file that holds it alone.';

interface Options {
  email?: string;
  organization?: string;
  token?: true;
  insecureHttp?: true;
}

export function registerLogin(program: Command): void {
  program
    .command('login')
    .description('make a token with your e-mail address and password, and keep it on this machine')
    .argument('[url]', 'where Holdfast is; by default HOLDFAST_URL, else where it was last, else http://127.0.0.1:7400')
    .option('--email <address>', 'of your account; asked for when left out')
    .option('--token', 'read a token that was made in the console from standard input or a prompt, instead of a password')
    .option(...INSECURE_HTTP_OPTION)
    .addHelpText('after', '\nA member of several organizations names one with --organization.')
    .action(async (address: string | undefined, _options, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { createClient, fetchSealingKey, pinOrganization, ProblemError } = await import('@holdfast/sdk');
      const { addressOf, profilePath, profilePins, readProfile, writeProfile } = await import('@holdfast/sdk/node');
      const { isUnencrypted, readSettings } = await import('@holdfast/settings');
      const settings = readSettings(await clientEnvironment(), ['client']);
      const path = profilePath();
      const profile = readProfile(path);
      const url = address === undefined ? (settings.url ?? profile.url ?? 'http://127.0.0.1:7400') : addressOf(address, 'The argument');
      if (options.insecureHttp !== true && isUnencrypted(url)) throw unencrypted(url);
      const wanted = options.organization ?? settings.organization;
      const made = options.token ? await checkToken(url, wanted) : await makeToken(url, options.email, wanted, profile.devices?.[url]);
      const { id: organizationId, slug } = made.organization;
      const client = createClient({ url, token: made.token, fetch: reach });
      // An access token names its own organization; the server cannot pass it off as another's.
      if (client.organizationId !== undefined && client.organizationId !== organizationId) throw tokenOfAnotherOrganization(slug);
      const { pins: trusted } = profile;
      const { token, tokenId, device } = made;
      const devices = device === undefined ? profile.devices : { ...profile.devices, [url]: device };
      writeProfile(
        { ...(trusted && { pins: trusted }), ...(devices && { devices }), url, organization: slug, token, ...(tokenId && { tokenId }) },
        path,
      );
      const pins = profilePins(path);
      // To log in is to say which organization is meant: its id counts from now on.
      pinOrganization(pins, url, made.organization);
      const key = await fetchSealingKey(client, slug, pins, { organizationId }).catch((error: unknown) => {
        // A viewer seals nothing, and so sees no sealing key.
        if (error instanceof ProblemError && error.code === 'forbidden') return undefined;
        throw error;
      });
      answer(
        command,
        { url, organization: slug, profile: path, signingKeyFingerprint: key?.signingKeyFingerprint ?? null },
        [
          `Logged in to ${slug} at ${url}${options.token ? '' : `, for ${TOKEN_DAYS} days`} (${path}).`,
          ...(key === undefined ? [] : [`Signing key of the data plane: ${key.signingKeyFingerprint}`]),
        ].join('\n'),
      );
    });
}

interface Organization {
  readonly id: string;
  readonly slug: string;
}

interface MadeToken {
  readonly organization: Organization;
  readonly token: string;
  readonly tokenId?: string;
  /** The cookie by which the server knows this machine again. */
  readonly device?: string | undefined;
}

/** Signs in for as long as it takes to make a token; the password is kept nowhere. */
async function makeToken(
  url: string,
  givenEmail: string | undefined,
  wanted: string | undefined,
  knownDevice: string | undefined,
): Promise<MadeToken> {
  const { createClient, ProblemError } = await import('@holdfast/sdk');
  const email = givenEmail ?? (await askFor('E-mail address of your account'));
  if (email === undefined)
    throw usageError('The e-mail address of your account is missing.', 'Add --email; the password is read from standard input.');
  const password = await readSecretText({ question: `Password of ${email}`, lines: 'one', alternative: ALONE });
  const origin = new URL(url).origin;
  const signedIn = await reach(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      origin,
      'user-agent': `holdfast login on ${hostname()}`.replace(/[^\x20-\x7e]/g, '?'),
      ...(knownDevice === undefined ? {} : { cookie: knownDevice }),
    },
    body: JSON.stringify({ email, password }),
    redirect: 'error',
  });
  if (!signedIn.ok) {
    const problem = (await signedIn.json().catch(() => ({}))) as { code?: string; detail?: string; remedy?: string };
    throw new CommandError(problem.detail ?? `The server answered with status ${signedIn.status}.`, {
      code: problem.code ?? 'unavailable',
      remedy: problem.remedy ?? 'Check the address.',
    });
  }
  const cookies = signedIn.headers.getSetCookie().map((line) => line.split(';')[0] ?? '');
  const cookie = cookies.join('; ');
  const device = cookies.find((each) => /^[\w-]*holdfast\.device=/.test(each));
  const asSession: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers);
    headers.set('cookie', cookie);
    headers.set('origin', origin);
    return reach(input, { ...init, headers });
  };
  const client = createClient({ url, fetch: asSession });
  try {
    const { organizations } = await client.call(getSession, {});
    const organization = choose(organizations, wanted);
    const { id, token } = await client.call(createToken, {
      params: { organization: organization.id },
      body: { name: `holdfast login on ${hostname()}`.slice(0, 120), expiresInDays: TOKEN_DAYS },
    });
    return { organization, token, tokenId: id, device };
  } catch (error) {
    throw error instanceof ProblemError && error.code === 'unauthenticated' ? new CommandError('The session did not hold.') : error;
  } finally {
    await asSession(`${url}/api/auth/sign-out`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }).catch(
      () => {},
    );
  }
}

async function checkToken(url: string, wanted: string | undefined): Promise<MadeToken> {
  const { createClient } = await import('@holdfast/sdk');
  const token = (await readSecretText({ question: 'Token', lines: 'one', alternative: ALONE })).trim();
  if (token === '') throw usageError('Standard input held no token.');
  const { organizations } = await createClient({ url, token, fetch: reach }).call(getSession, {});
  return { organization: choose(organizations, wanted), token };
}

function choose(organizations: readonly Organization[], wanted: string | undefined): Organization {
  const [only] = organizations;
  if (wanted === undefined && organizations.length === 1 && only !== undefined) return only;
  const found = organizations.find(({ slug }) => slug === wanted);
  if (found !== undefined) return found;
  const names = organizations.map(({ slug }) => slug).join(', ') || '(none)';
  throw usageError(
    wanted === undefined ? 'Which organization?' : `You are not a member of an organization “${wanted}”.`,
    `Name one with --organization: ${names}.`,
  );
}

function tokenOfAnotherOrganization(slug: string): CommandError {
  return new CommandError(`The token was made for another organization than ${slug}.`, {
    code: 'sealing_key_of_another_organization',
    remedy: 'Nothing was kept. Ask the operator: the server says something else than the token.',
  });
}
