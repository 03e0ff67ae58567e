import { getSession } from '@holdfast/api';
import { ConfigurationError, parseSetting, readSettings, SETTINGS } from '@holdfast/settings';
import { type Client, createClient } from '../client.ts';
import type { Pins } from '../pins.ts';
import { profilePath, profilePins, readProfile } from './profile.ts';

const DEFAULT_URL = 'http://127.0.0.1:7400';

export interface Connection {
  readonly client: Client;
  readonly pins: Pins;
  readonly url: string;
  /**
   * The organization's short name: as set, as kept by `holdfast login`, or the only one that the token may
   * see.
   */
  organization(): Promise<string>;
}

export interface ConnectOptions {
  /** Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Default: where `holdfast login` keeps it. */
  readonly profile?: string;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Connects as the environment says (`HOLDFAST_URL`, `HOLDFAST_TOKEN`, `HOLDFAST_ORGANIZATION`, each also as
 * `…_FILE`), and where it is silent as `holdfast login` did. A token that was kept for one address is not
 * sent to another.
 *
 * @throws ConfigurationError for a variable that is unknown or set in both forms, an address that is none, or
 * no token.
 * @throws ProfileError for a profile that cannot be read.
 */
export function connect(options: ConnectOptions = {}): Connection {
  const environment = options.environment ?? process.env;
  const settings = readSettings(environment, ['client']);
  const path = options.profile ?? profilePath(environment);
  const profile = readProfile(path);
  const url = settings.url ?? addressOf(profile.url ?? DEFAULT_URL, 'The address that holdfast login kept');
  const kept = profile.url === url ? profile : {};
  const token = settings.token ?? kept.token;
  if (token === undefined) {
    throw new ConfigurationError(`Nobody is logged in at ${url}.`, `Run holdfast login, or set ${SETTINGS.token.variable}.`);
  }
  const client = createClient({ url, token, ...(options.fetch === undefined ? {} : { fetch: options.fetch }) });
  return {
    client,
    url,
    pins: profilePins(path),
    async organization() {
      const named = settings.organization ?? (settings.token === undefined ? kept.organization : undefined);
      if (named !== undefined) return named;
      const { organizations } = await client.call(getSession, {});
      const [only] = organizations;
      if (only !== undefined && organizations.length === 1) return only.slug;
      throw new ConfigurationError(
        'Which organization?',
        `Set ${SETTINGS.organization.variable} to one of: ${organizations.map(({ slug }) => slug).join(', ') || '(none)'}.`,
      );
    },
  };
}

/**
 * An address in one spelling: without a slash at its end.
 *
 * @param source what the error calls it: an option or an argument.
 * @throws ConfigurationError for what is no http or https address, or holds a password, which would end up in
 * logs.
 */
export function addressOf(text: string, source: string): string {
  return parseSetting('url', text, source);
}
