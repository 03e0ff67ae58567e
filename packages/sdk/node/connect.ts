import { getSession } from '@holdfast/api';
import { ConfigurationError, readVariables } from '@holdfast/settings';
import { type Client, createClient } from '../client.ts';
import type { Pins } from '../pins.ts';
import { profilePath, profilePins, readProfile } from './profile.ts';

const DEFAULT_URL = 'http://127.0.0.1:7400';

export interface Connection {
  readonly client: Client;
  readonly pins: Pins;
  readonly url: string;
  /** The organization's short name: as set, as kept by `holdfast login`, or the only one that the token may see. */
  organization(): Promise<string>;
}

export interface ConnectOptions {
  /** Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Default: where `holdfast login` keeps it. */
  readonly profile?: string;
  /** `HOLDFAST_*` variables that may be set beside ours. */
  readonly otherVariables?: readonly string[];
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

/**
 * Connects as the environment says (`HOLDFAST_URL`, `HOLDFAST_TOKEN`, `HOLDFAST_ORGANIZATION`, each also as `…_FILE`), and where it is
 * silent as `holdfast login` did. A token that was kept for one address is not sent to another.
 *
 * @throws ConfigurationError for a variable that is unknown or set in both forms, an address that is none, or no token.
 * @throws ProfileError for a profile that cannot be read.
 */
export function connect(options: ConnectOptions = {}): Connection {
  const environment = options.environment ?? process.env;
  const variables = readVariables(environment, [
    'HOLDFAST_URL',
    'HOLDFAST_TOKEN',
    'HOLDFAST_ORGANIZATION',
    ...(options.otherVariables ?? []),
  ]);
  const path = options.profile ?? profilePath(environment);
  const profile = readProfile(path);
  const url = addressOf(variables.HOLDFAST_URL ?? profile.url ?? DEFAULT_URL);
  const kept = profile.url === url ? profile : {};
  const token = variables.HOLDFAST_TOKEN ?? kept.token;
  if (token === undefined) {
    throw new ConfigurationError(`Nobody is logged in at ${url}. Run holdfast login, or set HOLDFAST_TOKEN.`);
  }
  const client = createClient({ url, token, ...(options.fetch === undefined ? {} : { fetch: options.fetch }) });
  return {
    client,
    url,
    pins: profilePins(path),
    async organization() {
      const named = variables.HOLDFAST_ORGANIZATION ?? (variables.HOLDFAST_TOKEN === undefined ? kept.organization : undefined);
      if (named !== undefined) return named;
      const { organizations } = await client.call(getSession, {});
      const [only] = organizations;
      if (only !== undefined && organizations.length === 1) return only.slug;
      throw new ConfigurationError(
        `Which organization? Set HOLDFAST_ORGANIZATION to one of: ${organizations.map(({ slug }) => slug).join(', ') || '(none)'}.`,
      );
    },
  };
}

/** Without a slash at the end. A password in an address would end up in logs. */
export function addressOf(text: string, source = 'HOLDFAST_URL'): string {
  const address = URL.canParse(text) ? new URL(text) : undefined;
  if (address === undefined || !/^https?:$/.test(address.protocol) || address.username !== '' || address.password !== '') {
    throw new ConfigurationError(`${source} is not an address such as https://holdfast.example.com. Correct it.`);
  }
  return `${address.origin}${address.pathname.replace(/\/+$/, '')}`;
}
