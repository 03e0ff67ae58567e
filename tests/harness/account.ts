import { randomBytes } from 'node:crypto';
import { uuidv7, type ValueKind } from '@holdfast/envelope';
import { type SignedSealingKey, seal, type VerifiedSealingKey, verifySealingKey } from '@holdfast/seal';
import { eventually } from './eventually.ts';
import { type Instance, readSetupToken } from './instance.ts';

export interface ApiAnswer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** The control API as a program sees it, with nothing between it and the wire. */
export interface Api {
  /** Fails unless the answer is 2xx, with what the server said. */
  call<T = unknown>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T>;
  /** Answers whatever status. */
  request<T = unknown>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<ApiAnswer<T>>;
  /** Raw bodies of all answers so far. */
  answers: Buffer[];
}

/** The first account of an instance and its organization. */
export interface Account extends Api {
  url: string;
  email: string;
  password: string;
  token: string;
  organization: { id: string; slug: string; name: string };
  /** `/api/organizations/{slug}` + path. */
  at(path: string): string;
}

export function apiOf(url: string, token?: string): Api {
  const answers: Buffer[] = [];
  const request: Api['request'] = async <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const raw = body instanceof ReadableStream || body instanceof Uint8Array;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': raw ? 'application/octet-stream' : 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: raw ? (body as BodyInit) : JSON.stringify(body), duplex: 'half' }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    answers.push(bytes);
    const isJson = response.headers.get('content-type')?.includes('json') && !response.headers.get('content-type')?.includes('ndjson');
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(bytes.toString()) : bytes.toString()) as T };
  };
  return {
    request,
    answers,
    async call<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>) {
      const answer = await request<T>(method, path, body, headers);
      if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
  };
}

/**
 * Sets a fresh instance up through the API, as the setup page does, and waits for the organization's sealing
 * key.
 */
export async function setUp(instance: Pick<Instance, 'home' | 'controlUrl'>, slug = 'acme'): Promise<Account> {
  const url = instance.controlUrl;
  const password = randomBytes(12).toString('base64url');
  const email = 'ada@example.com';
  const setupToken = await eventually('the setup token', () => readSetupToken(instance.home));
  const made = await apiOf(url).call<{ token: string; organization: Account['organization'] }>('POST', '/api/setup', {
    setupToken,
    name: 'Ada Lovelace',
    email,
    password,
    organization: { name: 'Acme Capital', slug },
    token: true,
  });
  const api = apiOf(url, made.token);
  const at = (path: string) => `/api/organizations/${made.organization.slug}${path}`;
  await eventually('the sealing key', async () => (await api.request('GET', at('/sealing-key'))).status === 200);
  return { ...api, url, email, password, token: made.token, organization: made.organization, at };
}

/** The API for somebody who signs in now, as a browser would call it. */
export async function signIn(url: string, { email, password }: { readonly email: string; readonly password: string }): Promise<Api> {
  const api = apiOf(url);
  const origin = { origin: url };
  const { headers } = await api.request('POST', '/api/auth/sign-in/email', { email, password }, origin);
  const cookie = headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  return {
    answers: api.answers,
    call: (method, path, body, more) => api.call(method, path, body, { ...origin, cookie, ...more }),
    request: (method, path, body, more) => api.request(method, path, body, { ...origin, cookie, ...more }),
  };
}

/** The key of the account's organization, fetched and checked now. */
export async function sealingKeyOf(account: Account): Promise<VerifiedSealingKey> {
  return verifySealingKey(await account.call<SignedSealingKey>('GET', account.at('/sealing-key')), {
    organizationId: account.organization.id,
  });
}

/** Seals a value for the account's organization, with a key that is fetched and checked now by default. */
export async function sealFor(
  account: Account,
  value: string,
  kind: ValueKind = 'secret-value',
  secretId = uuidv7(),
  destinations: readonly string[] = [],
  given?: VerifiedSealingKey,
) {
  const key = given ?? (await sealingKeyOf(account));
  return seal(key, { secretId, kind, value, ...(destinations.length > 0 && { destinations }) });
}
