import { STATUS_CODES } from 'node:http';
import { type ConnectorContext, ConnectorError, explainNetworkError, type Fetch, type FetchInit } from '@holdfast/connector';
import { destinationOf } from '@holdfast/envelope';
import type { Agent } from 'undici';
import { ANSWER_MAXIMUM_BYTES, type Answer, answerBody, answerHeaders, answerTooLarge, dropAnswer, wholeAnswer } from './answer.ts';
import type { Checker } from './checked.ts';
import { tookTooLong } from './deadline.ts';
import { Exchange, type Ongoing } from './exchange.ts';
import type { EgressLimits } from './limits.ts';
import type { Redactor } from './redaction.ts';
import { requestBody } from './request-body.ts';

const REDIRECTS_MAXIMUM = 5;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const REFUSED_METHODS = new Set(['CONNECT', 'TRACE', 'TRACK']);

/** Set by the client itself, or not for a connector to decide. */
const OWN_HEADERS = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
  'user-agent',
  'expect',
  'upgrade',
  'keep-alive',
  'te',
  'trailer',
]);

export interface HttpUse {
  readonly destinations: readonly string[];
  /** Of URLs that were found to lead to one of them. */
  readonly knownOrigins: Set<string>;
  /** Counts and throws ConnectorError `destination_refused`. */
  readonly refuse: (destination: string) => never;
  readonly limits: EgressLimits;
  /** Ends with the work that the use is for. */
  readonly ongoing: Ongoing;
  /** Made at the first request. */
  readonly agent: () => Agent;
  readonly redactor: Redactor;
  readonly checker: Checker;
}

/** A request as it is sent, after what fetch's two arguments say. */
interface Wanted {
  readonly url: URL;
  readonly method: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: FetchInit['body'];
  readonly signal: AbortSignal | undefined;
  readonly redirect: 'follow' | 'manual' | 'error';
  readonly answerMilliseconds: number | undefined;
  readonly whole: boolean;
}

/**
 * The fetch of one use; see `fetch` and `fetchDocument` of ConnectorContext.
 *
 * @param answers what the bodies of 2xx answers are. One of a document that holds a value of the use fails
 *   where it is read, with ConnectorError `document_holds_value`; so does one that is redacted and has more
 *   than 16 MiB, with `upstream_refused`.
 * @throws nothing by itself: the fetch rejects with ConnectorError `destination_refused`, `address_refused`,
 *   `upstream_unreachable`, `upstream_refused` (a redirect with `redirect: 'error'`, a status above 599) and
 *   `option_invalid` (an address that is no URL or has a password in it, a header that HTTP does not allow);
 *   with TypeError for CONNECT, TRACE and TRACK, a GET or HEAD with a body, and a body of an unknown kind;
 *   and with the reason of a signal.
 */
export function createFetch(use: HttpUse, answers: 'redacted' | 'document'): Fetch {
  return async (input, init = {}) => {
    const wanted = readArguments(input, init);
    let { url } = wanted;
    for (let redirects = 0; ; redirects += 1) {
      const { answer, target } = await send(use, { ...wanted, url });
      if (target === undefined) return toResponse(use, answer, { answers, url, redirected: redirects > 0 });
      if (wanted.redirect === 'error') {
        await dropAnswer(answer);
        throw new ConnectorError('upstream_refused', `${url.host} answered with a redirect (${answer.status}), which is not followed.`, {
          remedy: 'Use the address that it leads to.',
        });
      }
      const mayFollow = wanted.redirect === 'follow' && (wanted.method === 'GET' || wanted.method === 'HEAD');
      if (!mayFollow || target.origin !== url.origin || redirects === REDIRECTS_MAXIMUM) {
        return toResponse(use, answer, { answers, url, redirected: redirects > 0 });
      }
      await dropAnswer(answer);
      url = target;
    }
  };
}

function readArguments(input: string | URL | Request, init: FetchInit): Wanted {
  const request = input instanceof Request ? input : undefined;
  const body = init.body === undefined ? request?.body : init.body;
  return {
    url: urlOf(request?.url ?? String(input)),
    method: methodOf(init.method ?? request?.method ?? 'GET', body),
    headers: readHeaders(init.headers ?? request?.headers),
    body,
    signal: init.signal ?? request?.signal ?? undefined,
    redirect: init.redirect ?? request?.redirect ?? 'follow',
    answerMilliseconds: init.answerMilliseconds,
    whole: false,
  };
}

/**
 * What `fetch` does for a request whose answer is short, without the objects of WHATWG: see `request` of
 * ConnectorContext.
 *
 * @throws nothing by itself: it rejects as the fetch of {@link createFetch} does, and with ConnectorError
 *   `upstream_refused` for an answer of more than 16 MiB.
 */
export function createRequest(use: HttpUse): ConnectorContext['request'] {
  return async (address, { method, headers, body = null, signal }) => {
    const url = urlOf(address);
    const wanted: Wanted = {
      url,
      method: methodOf(method, body),
      headers: plainHeaders(headers),
      body,
      signal,
      redirect: 'manual',
      answerMilliseconds: undefined,
      whole: true,
    };
    const { answer } = await send(use, wanted);
    refuseUnknownStatus(answer, url);
    const whole = await wholeAnswer(answer, { kind: 'redacted', origin: url.origin, redactor: use.redactor });
    const received: Record<string, string> = Object.create(null);
    for (const [name, value] of answerHeaders(answer, use.redactor)) {
      received[name] = name in received ? `${received[name]}, ${value}` : value;
    }
    return { status: answer.status, headers: received, body: whole };
  };
}

const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/;
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function plainHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const written in headers) {
    const name = written.toLowerCase();
    const value = headers[written] ?? '';
    if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(value)) throw headerInvalid();
    plain[name] = value;
  }
  return plain;
}

/** Its own error repeats the header. */
function readHeaders(headers: FetchInit['headers']): Record<string, string> {
  try {
    return Object.fromEntries(new Headers(headers));
  } catch {
    throw headerInvalid();
  }
}

function headerInvalid(): ConnectorError {
  return new ConnectorError('option_invalid', 'A header of the request has characters that HTTP does not allow in one.', {
    remedy: 'Look for line breaks, and for characters beyond Latin-1, in the values that are sent as headers.',
  });
}

function urlOf(address: string): URL {
  const url = URL.parse(address);
  if (url === null) throw new ConnectorError('option_invalid', 'The address that a request was to go to is no URL.');
  if (url.username !== '' || url.password !== '') {
    throw new ConnectorError('option_invalid', 'The address of a request has a user or password in it.', {
      remedy: 'Use an address without them, and an option for the credentials.',
    });
  }
  return url;
}

function methodOf(written: string, body: FetchInit['body']): string {
  const method = written.toUpperCase();
  if (REFUSED_METHODS.has(method)) throw new TypeError(`${method} is not a method of fetch.`);
  if ((method === 'GET' || method === 'HEAD') && body !== undefined && body !== null) throw new TypeError(`${method} has no body.`);
  return method;
}

/** The answer as it came, and where it leads to when it is a redirect. */
async function send(use: HttpUse, wanted: Wanted): Promise<{ answer: Answer; target: URL | undefined }> {
  const { url, method } = wanted;
  const { origin } = url;
  if (!use.knownOrigins.has(origin)) {
    const destination = destinationOf(url.href);
    if (destination === undefined || !use.destinations.includes(destination)) use.refuse(destination ?? 'an address with no destination');
    use.knownOrigins.add(origin);
  }
  const { body, headers } = outgoing(wanted);
  const exchange = new Exchange(
    {
      origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers,
      body,
      headersTimeout: wanted.answerMilliseconds,
      whole: wanted.whole,
    },
    {
      wholeBytes: ANSWER_MAXIMUM_BYTES,
      tooLarge: () => answerTooLarge(origin),
      milliseconds: use.limits.requestMilliseconds,
      tooLong: (begun) => tookTooLong(`A request to ${url.host}`, use.limits, begun),
      ongoing: use.ongoing,
      // Often the very one that all requests of the use end with.
      signal: wanted.signal === use.ongoing.signal ? undefined : wanted.signal,
    },
  );
  const explain = (error: unknown) =>
    exchange.failure === undefined ? explainNetworkError(error, url, exchange) : exchange.failure.reason;
  try {
    const received = await exchange.send(use.agent);
    const target = REDIRECTS.has(received.status) ? targetOf(received.headers.location, url) : undefined;
    return { answer: { ...received, explain, extend: () => exchange.extend() }, target };
  } catch (error) {
    throw explain(error);
  }
}

/** The body, and the headers with what the client says by itself. */
function outgoing(wanted: Wanted) {
  const said = wanted.headers['content-length'];
  const declaredLength = said !== undefined && /^[0-9]{1,15}$/.test(said) ? Number(said) : undefined;
  const { body, length, contentType } = requestBody(wanted.body, declaredLength);
  const headers: Record<string, string> = {};
  for (const name in wanted.headers) if (!OWN_HEADERS.has(name)) headers[name] = wanted.headers[name] ?? '';
  if (contentType !== undefined) headers['content-type'] ??= contentType;
  if (length !== undefined) headers['content-length'] = String(length);
  headers['accept-encoding'] = 'identity';
  headers['user-agent'] = 'holdfast';
  return { body, headers };
}

function targetOf(location: string | string[] | undefined, from: URL): URL | undefined {
  return typeof location === 'string' && URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
}

function refuseUnknownStatus({ status, body }: Answer, url: URL): void {
  if (status <= 599) return;
  if (body !== null && !Buffer.isBuffer(body)) body.destroy();
  throw new ConnectorError('upstream_refused', `${url.host} answered with the status ${status}, which HTTP does not have.`, {
    remedy: 'Check the address, and a proxy in front of the service: no service of HTTP answers so.',
  });
}

async function toResponse(
  use: HttpUse,
  answer: Answer,
  { answers, url, redirected }: { answers: 'redacted' | 'document'; url: URL; redirected: boolean },
): Promise<Response> {
  const { status } = answer;
  refuseUnknownStatus(answer, url);
  const kind = answers === 'document' && status >= 200 && status < 300 ? 'document' : 'redacted';
  const body = await answerBody(answer, { kind, origin: url.origin, redactor: use.redactor, checker: use.checker });
  const response = new Response(body as BodyInit | null, {
    status,
    statusText: STATUS_CODES[status] ?? '',
    headers: answerHeaders(answer, use.redactor),
  });
  // Known to a response that a platform's own fetch made.
  return Object.defineProperties(response, { url: { value: url.href }, redirected: { value: redirected } });
}
