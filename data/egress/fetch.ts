import { STATUS_CODES } from 'node:http';
import { ConnectorError, explainNetworkError, type Fetch, type FetchInit } from '@holdfast/connector';
import { destinationOf } from '@holdfast/envelope';
import type { Agent, Dispatcher } from 'undici';
import { type Answer, answerBody, answerHeaders } from './answer.ts';
import type { Checker } from './checked.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import type { EgressLimits } from './limits.ts';
import type { Redactor } from './redaction.ts';
import { requestBody } from './request-body.ts';
import { unlessAborted } from './unless-aborted.ts';

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
  /** Counts and throws ConnectorError `destination_refused`. */
  readonly refuse: (destination: string) => never;
  readonly limits: EgressLimits;
  /** Of the work that the use is for. */
  readonly signal: AbortSignal;
  /** Made at the first request. */
  readonly agent: () => Agent;
  readonly redactor: Redactor;
  readonly checker: Checker;
}

/** A request as it is sent, after what fetch's two arguments say. */
interface Wanted {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: FetchInit['body'];
  readonly signal: AbortSignal | undefined;
  readonly redirect: 'follow' | 'manual' | 'error';
  readonly answerMilliseconds: number | undefined;
}

/**
 * The fetch of one use; see `fetch` and `fetchDocument` of ConnectorContext.
 *
 * @param answers what the bodies of 2xx answers are.
 */
export function createFetch(use: HttpUse, answers: 'redacted' | 'document'): Fetch {
  return async (input, init = {}) => {
    const wanted = readArguments(input, init);
    let { url } = wanted;
    for (let redirects = 0; ; redirects += 1) {
      const { answer, target } = await send(use, { ...wanted, url });
      if (target === undefined) return toResponse(use, answer, { answers, url, redirected: redirects > 0 });
      if (wanted.redirect === 'error') {
        await drop(answer);
        throw new ConnectorError('upstream_refused', `${url.host} answered with a redirect (${answer.status}), which is not followed.`, {
          remedy: 'Use the address that it leads to.',
        });
      }
      const mayFollow = wanted.redirect === 'follow' && (wanted.method === 'GET' || wanted.method === 'HEAD');
      if (!mayFollow || target.origin !== url.origin || redirects === REDIRECTS_MAXIMUM) {
        return toResponse(use, answer, { answers, url, redirected: redirects > 0 });
      }
      await drop(answer);
      url = target;
    }
  };
}

function readArguments(input: string | URL | Request, init: FetchInit): Wanted {
  const request = input instanceof Request ? input : undefined;
  const address = request?.url ?? String(input);
  if (!URL.canParse(address)) throw new ConnectorError('option_invalid', 'The address that a request was to go to is no URL.');
  const url = new URL(address);
  if (url.username !== '' || url.password !== '') {
    throw new ConnectorError('option_invalid', 'The address of a request has a user or password in it.', {
      remedy: 'Use an address without them, and an option for the credentials.',
    });
  }
  const method = (init.method ?? request?.method ?? 'GET').toUpperCase();
  const body = init.body === undefined ? request?.body : init.body;
  if (REFUSED_METHODS.has(method)) throw new TypeError(`${method} is not a method of fetch.`);
  if ((method === 'GET' || method === 'HEAD') && body !== undefined && body !== null) throw new TypeError(`${method} has no body.`);
  return {
    url,
    method,
    headers: readHeaders(init.headers ?? request?.headers),
    body,
    signal: init.signal ?? request?.signal ?? undefined,
    redirect: init.redirect ?? request?.redirect ?? 'follow',
    answerMilliseconds: init.answerMilliseconds,
  };
}

/** Its own error repeats the header. */
function readHeaders(headers: FetchInit['headers']): Headers {
  try {
    return new Headers(headers);
  } catch {
    throw new ConnectorError('option_invalid', 'A header of the request has characters that HTTP does not allow in one.', {
      remedy: 'Look for line breaks, and for characters beyond Latin-1, in the values that are sent as headers.',
    });
  }
}

/** The answer as it came, and where it leads to when it is a redirect. */
async function send(use: HttpUse, wanted: Wanted): Promise<{ answer: Answer; target: URL | undefined }> {
  const { url, method, headers } = wanted;
  const destination = destinationOf(url.href);
  if (destination === undefined || !use.destinations.includes(destination)) use.refuse(destination ?? 'an address with no destination');
  const { body, length, contentType } = requestBody(wanted.body, lengthOf(headers));
  if (contentType !== undefined && !headers.has('content-type')) headers.set('content-type', contentType);
  const deadline = startDeadline(use.limits.requestMilliseconds);
  const signals = [use.signal, deadline.signal, ...(wanted.signal === undefined ? [] : [wanted.signal])];
  const signal = AbortSignal.any(signals);
  const explain = (error: unknown) => explainFailure(error, { use, wanted, deadline });
  try {
    const sending = use.agent().request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: method as Dispatcher.HttpMethod,
      headers: {
        ...ownHeadersRemoved(headers),
        ...(length !== undefined && { 'content-length': String(length) }),
        'accept-encoding': 'identity',
        'user-agent': 'holdfast',
      },
      body,
      // The library else closes the connection after HEAD, in case the service answers it with a body.
      reset: false,
      ...(wanted.answerMilliseconds !== undefined && { headersTimeout: wanted.answerMilliseconds }),
      signal,
    });
    // The library heeds a signal only once there is a connection, and it may never come to one.
    const received = await unlessAborted(sending, signal);
    const answer = { status: received.statusCode, headers: received.headers, body: received.body, method, deadline, explain };
    return { answer, target: REDIRECTS.has(answer.status) ? targetOf(received.headers.location, url) : undefined };
  } catch (error) {
    deadline.end();
    throw explain(error);
  }
}

function targetOf(location: string | string[] | undefined, from: URL): URL | undefined {
  return typeof location === 'string' && URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
}

async function drop({ body, deadline, explain }: Answer): Promise<void> {
  try {
    await body.dump();
  } catch (error) {
    throw explain(error);
  } finally {
    deadline.end();
  }
}

async function toResponse(
  use: HttpUse,
  answer: Answer,
  { answers, url, redirected }: { answers: 'redacted' | 'document'; url: URL; redirected: boolean },
): Promise<Response> {
  const { status } = answer;
  if (status > 599) {
    await drop(answer);
    throw new ConnectorError('upstream_refused', `${url.host} answered with the status ${status}, which HTTP does not have.`);
  }
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

function explainFailure(error: unknown, { use, wanted, deadline }: { use: HttpUse; wanted: Wanted; deadline: Deadline }): unknown {
  const aborted = [use.signal, wanted.signal].find((signal) => signal?.aborted);
  if (aborted !== undefined) return aborted.reason;
  if (deadline.signal.aborted) return tookTooLong(wanted.url.host, use.limits);
  return explainNetworkError(error, wanted.url);
}

function tookTooLong(where: string, { requestMilliseconds }: EgressLimits): ConnectorError {
  return new ConnectorError('upstream_unreachable', `A request to ${where} took more than ${requestMilliseconds / 1000} seconds.`, {
    remedy: 'Look at the service, or at the network between; HOLDFAST_REQUEST_DEADLINE_SECONDS says how long a request may take.',
    retryable: true,
  });
}

function lengthOf(headers: Headers): number | undefined {
  const said = headers.get('content-length');
  return said !== null && /^[0-9]{1,15}$/.test(said) ? Number(said) : undefined;
}

function ownHeadersRemoved(headers: Headers): Record<string, string> {
  return Object.fromEntries([...headers].filter(([name]) => !OWN_HEADERS.has(name)));
}
