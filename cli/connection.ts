import type { Client } from '@holdfast/sdk';
import type { Connection } from '@holdfast/sdk/node';
import { reach } from '@holdfast/terminal/reach';

/** What `--url` and `--organization` say, before the environment and the profile are asked. */
interface Chosen {
  readonly url?: string | undefined;
  readonly organization?: string | undefined;
}

let chosen: Chosen = {};

/** Called once, when the command line has been read. */
export function chooseConnection(options: Chosen): void {
  chosen = options;
}

/** The environment as the options change it. */
export async function clientEnvironment(): Promise<NodeJS.ProcessEnv> {
  const { SETTINGS } = await import('@holdfast/settings');
  const environment = { ...process.env };
  for (const [setting, value] of [
    ['url', chosen.url],
    ['organization', chosen.organization],
  ] as const) {
    if (value === undefined) continue;
    const { variable } = SETTINGS[setting];
    environment[variable] = value;
    delete environment[`${variable}_FILE`];
  }
  return environment;
}

export interface ConnectionOptions {
  /** Runs right before each request that changes something, and may refuse it by throwing. */
  readonly beforeChange?: () => Promise<void>;
}

/**
 * Connects as `--url` and `--organization` say, else HOLDFAST_URL, HOLDFAST_TOKEN and HOLDFAST_ORGANIZATION,
 * else as `holdfast login` did.
 */
export async function connection({ beforeChange }: ConnectionOptions = {}): Promise<Connection> {
  const { addressOf, connect } = await import('@holdfast/sdk/node');
  if (chosen.url !== undefined) addressOf(chosen.url, '--url');
  const fetch: typeof reach = async (input, init) => {
    if (init?.method !== 'GET') await beforeChange?.();
    return reach(input, init);
  };
  return connect({ environment: await clientEnvironment(), fetch });
}

/** A connection, and the short name of the organization to work in. */
export interface Workplace extends Connection {
  readonly client: Client;
  readonly slug: string;
}

export async function workplace(options: ConnectionOptions = {}): Promise<Workplace> {
  const connected = await connection(options);
  return { ...connected, slug: await connected.organization() };
}

/** Where the console shows something. */
export function consoleAddress({ url, slug }: Workplace, path: string): string {
  return `${url}/organizations/${slug}/${path}`;
}
