import {
  type Answer,
  type BodyInput,
  type Endpoint,
  ERROR_CODES,
  type HeadersOf,
  organizationOfToken,
  type PathParameters,
  type QueryInput,
} from '@holdfast/api';
import { ANSWERED_BY_ANOTHER, ProblemError, problemErrorOf } from './problem-error.ts';

export interface ClientOptions {
  /** Where the control plane answers, for example `https://holdfast.example.com`. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. Without one, a browser sends its session's cookie. */
  readonly token?: string;
  /** Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch;
}

type ParametersPart<E extends Endpoint> = keyof PathParameters<E> extends never
  ? { readonly params?: Record<string, never> }
  : { readonly params: PathParameters<E> };
type BodyPart<E extends Endpoint> = E['body'] extends 'stream'
  ? { readonly body: BodyInit }
  : BodyInput<E> extends undefined
    ? { readonly body?: undefined }
    : { readonly body: BodyInput<E> };

/** What one call sends. Fields are typed from the endpoint's definition in @holdfast/api. */
export type CallRequest<E extends Endpoint> = ParametersPart<E> &
  BodyPart<E> & {
    readonly query?: QueryInput<E>;
    readonly headers?: Partial<HeadersOf<E>>;
    readonly signal?: AbortSignal | undefined;
  };

export interface Client {
  readonly url: string;
  /**
   * The organization that the token was made for, as it stands in the token itself; `undefined` without one.
   */
  readonly organizationId: string | undefined;
  /**
   * Calls an endpoint and answers its body (`undefined` for an empty one). Throws ProblemError when the
   * server refuses.
   */
  call<E extends Endpoint>(endpoint: E, request: CallRequest<E>): Promise<Answer<E>>;
  /**
   * Calls an endpoint whose answer is a stream, such as the audit export, and answers its bytes as they come.
   */
  stream<E extends Endpoint>(endpoint: E, request: CallRequest<E>): Promise<ReadableStream<Uint8Array>>;
}

/** The token cannot be sent. The message repeats nothing of it. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
  readonly code = 'token_malformed';
  readonly remedy = 'Hand over the token alone, as it was shown when it was made: one line, without spaces and without a note.';
}

/** A part of the address cannot be sent: it is empty, or dots alone. */
export class ParameterError extends TypeError {
  override readonly name = 'ParameterError';
  readonly code = 'parameter_invalid';
  readonly remedy = 'Write out the name or id of what is meant.';

  constructor(parameter: string) {
    super(`The ${parameter} is empty, “.” or “..”, which names nothing.`);
  }
}

/**
 * A client of the control API, for browsers and Node. It holds the token and nothing else.
 *
 * @throws TokenError for a token that holds anything but visible ASCII characters.
 */
export function createClient(options: ClientOptions): Client {
  // A header that is refused later would stand in the error of the platform, with the token in it.
  if (options.token !== undefined && !/^[\x21-\x7e]+$/.test(options.token)) {
    throw new TokenError('The token holds a line break, a space or another character that no token has.');
  }
  const send = async (endpoint: Endpoint, request: LooseRequest): Promise<Response> => {
    const response = await (options.fetch ?? globalThis.fetch)(addressOf(options.url, endpoint, request), {
      method: endpoint.method,
      ...bodyOf(endpoint, request, options.token),
      signal: request.signal ?? null,
      // A token or cookie goes to this server alone.
      redirect: 303 in endpoint.responses ? 'manual' : 'error',
    });
    const elsewhere = response.status === 303 ? response.headers.get('location') : null;
    if (elsewhere !== null) return follow(elsewhere, request);
    if (!response.ok) throw await problemErrorOf(response);
    return response;
  };
  /** The address is what opens it there, and nothing is sent along. */
  const follow = async (address: string, { signal }: Pick<LooseRequest, 'signal'>): Promise<Response> => {
    const response = await (options.fetch ?? globalThis.fetch)(address, { signal: signal ?? null, redirect: 'error', credentials: 'omit' });
    if (!response.ok) throw await problemErrorOf(response);
    return response;
  };
  return {
    url: options.url,
    organizationId: options.token === undefined ? undefined : organizationOfToken(options.token),
    async call<E extends Endpoint>(endpoint: E, request: CallRequest<E>) {
      const response = await send(endpoint, request as LooseRequest);
      const text = await response.text();
      return (text === '' ? undefined : parseAnswer(text, response.status)) as Answer<E>;
    },
    async stream<E extends Endpoint>(endpoint: E, request: CallRequest<E>) {
      const response = await send(endpoint, request as LooseRequest);
      return response.body ?? new ReadableStream({ start: (controller) => controller.close() });
    },
  };
}

/** Of a text that is no JSON nothing is repeated: something else than Holdfast wrote it. */
function parseAnswer(text: string, status: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const code = 'unavailable';
    throw new ProblemError({
      type: 'about:blank',
      title: ERROR_CODES[code].title,
      status,
      code,
      detail: `The server answered with status ${status}, but not with JSON.`,
      remedy: ANSWERED_BY_ANOTHER,
    });
  }
}

/** A request whose types were checked at the call. */
interface LooseRequest {
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

function addressOf(base: string, endpoint: Endpoint, { params = {}, query = {} }: LooseRequest): string {
  const path = endpoint.path.replace(/:([A-Za-z]+)/g, (_, name: string) => {
    const value = params[name];
    // An empty part, or a dot that URL parsers fold away, would make the path that of another endpoint.
    if (value === undefined || value === '' || /^\.{1,2}$/.test(value)) throw new ParameterError(name);
    return encodeURIComponent(value);
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const written = search.toString();
  return `${base.replace(/\/+$/, '')}${path}${written === '' ? '' : `?${written}`}`;
}

function bodyOf(endpoint: Endpoint, request: LooseRequest, token: string | undefined): RequestInit {
  const headers = new Headers({ accept: 'application/json, application/problem+json' });
  for (const [name, value] of Object.entries(request.headers ?? {})) if (value !== undefined) headers.set(name, value);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  if (request.body === undefined) return { headers };
  if (endpoint.body === 'stream') {
    headers.set('content-type', 'application/octet-stream');
    // Node asks for `duplex` when a body is a stream; browsers' types do not know it yet.
    return { headers, body: request.body as BodyInit, ...({ duplex: 'half' } as object) };
  }
  headers.set('content-type', 'application/json');
  return { headers, body: JSON.stringify(request.body) };
}
