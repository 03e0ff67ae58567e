import { type ConnectorContext, ConnectorError } from '@holdfast/connector';
import { Agent } from 'undici';
import { type DataEvents, NOT_COUNTED } from '../metrics.ts';
import type { AllowLists, NamedOrganization } from './allow-list.ts';
import { createChecker } from './checked.ts';
import { createDialer, type Resolve, resolveWithSystem } from './dialer.ts';
import { createOngoing, type Ongoing } from './exchange.ts';
import { createFetch, createRequest } from './fetch.ts';
import { DEFAULT_LIMITS, type EgressLimits } from './limits.ts';
import type { Redactor } from './redaction.ts';
import { createSockets } from './sockets.ts';
import type { TestNetwork } from './test-network.ts';
import { SLOW_SECONDS, watchTransferRate } from './transfer-rate.ts';

/** How long an answer may take to begin, and how far apart its bytes may come. */
const SILENCE_MILLISECONDS = 60_000;
const CONNECTIONS_PER_ORIGIN = 8;
/** For a request that takes something back: who stops waits no longer than this. */
const TAKING_BACK_MILLISECONDS = 5_000;

/** The ways out, as a connector gets them. */
export type ConnectorEgress = Pick<
  ConnectorContext,
  'fetch' | 'request' | 'fetchDocument' | 'takeBack' | 'connect' | 'startTls' | 'deadlineOn' | 'checked'
>;

/** The ways out of one use. Dispose of it when the use ends: open connections are closed. */
export interface UseEgress extends AsyncDisposable {
  /** @param signal ends requests and connections; what they reject with is its reason. */
  under(signal: AbortSignal): ConnectorEgress;
}

export interface Egress {
  /**
   * The ways out of one use: to these destinations and no other, on connections that no other use shares (8
   * for each origin). What a connector may rely on stands at `ConnectorContext`; beyond that:
   *
   * A request or connection is refused before anything is dialled when its destination is not among those of
   * the use, and when one address of the host is not public and not allowed. The head of an answer comes
   * within 60 seconds, its bytes no further apart than that; from the look-up of the name to the last byte of
   * an answer a request has `limits.requestMilliseconds`, and once more for each 64 MiB of a document.
   * HTTP/1.1 only (RFC 9112).
   *
   * @param destinations as `scheme://host:port`.
   * @param redactor knows the values that are looked for in all that comes back.
   * @param organization whose use it is: what the operator allows it alone counts too.
   */
  open(destinations: readonly string[], redactor: Redactor, organization?: NamedOrganization): UseEgress;
  /** Whether `open` needs the short name of the organization. */
  readonly needsSlugs: boolean;
}

export interface EgressOptions {
  /** {@link DEFAULT_LIMITS} by default. */
  readonly limits?: EgressLimits;
  /** Replaced in tests. */
  readonly resolve?: Resolve;
  /** Replaced in tests: see {@link SLOW_SECONDS}. */
  readonly slowSeconds?: number;
  /** Replaced in tests: the network as it is elsewhere. */
  readonly network?: TestNetwork;
  /** Counts connections, and what was refused. */
  readonly events?: Pick<DataEvents, 'connected' | 'connectionRefused' | 'connectionFailed'>;
}

/**
 * The only thing in Holdfast that dials, one for each process.
 *
 * @throws nothing by itself: what the ways out reject with stands at ConnectorContext. Once a use is disposed
 *   of they reject, and nothing is dialled.
 * @example const egress = createEgress(createAllowList([]));
 * await using use = egress.open(['https://account.blob.core.windows.net:443'], createRedactor());
 * const { status } = await use.under(signal).fetch('https://account.blob.core.windows.net/?comp=list');
 */
export function createEgress(allowed: AllowLists, options: EgressOptions = {}): Egress {
  const { limits = DEFAULT_LIMITS, resolve = resolveWithSystem, slowSeconds = SLOW_SECONDS, network = {}, events = NOT_COUNTED } = options;
  const countFailure = (error: unknown) => {
    if (error instanceof ConnectorError && error.code === 'address_refused') events.connectionRefused(error.code);
    else events.connectionFailed();
  };
  const refuse = (destination: string): never => {
    events.connectionRefused('destination_refused');
    throw new ConnectorError('destination_refused', `The value may not be sent to ${destination}.`);
  };
  return {
    needsSlugs: allowed.namesSlugs,
    open(destinations, redactor, organization) {
      const allow = organization === undefined ? allowed : allowed.of(organization);
      const closing = new AbortController();
      const checker = createChecker(redactor);
      let agent: Agent | undefined;
      let used = false;
      let closed = false;
      // Made for the first request: a use may send none.
      const whileOpen = () => {
        used = true;
        if (closed) closing.abort();
        closing.signal.throwIfAborted();
      };
      const agentOf = () => {
        whileOpen();
        agent ??= new Agent({
          connect: createDialer(allow, resolve, {
            closing: closing.signal,
            network,
            onConnect: (socket, where) => {
              events.connected();
              watchTransferRate(socket, where, limits.bytesPerSecond, slowSeconds);
            },
            onFailure: countFailure,
          }),
          connections: CONNECTIONS_PER_ORIGIN,
          pipelining: 1,
          headersTimeout: SILENCE_MILLISECONDS,
          bodyTimeout: SILENCE_MILLISECONDS,
          // Whatever the service asks for: an idle connection is closed before it could be taken for a slow
          // one.
          keepAliveTimeout: 4_000,
          keepAliveMaxTimeout: 4_000,
        });
        return agent;
      };
      const shared = { destinations, refuse, limits };
      const ongoing: Ongoing[] = [];
      return {
        under(signal) {
          const own = createOngoing(signal);
          ongoing.push(own);
          const http = { ...shared, knownOrigins: new Set<string>(), ongoing: own, agent: agentOf, redactor, checker };
          return {
            request: createRequest(http),
            fetch: createFetch(http, 'redacted'),
            fetchDocument: createFetch(http, 'document'),
            takeBack(input, init) {
              const end = createOngoing(AbortSignal.timeout(TAKING_BACK_MILLISECONDS));
              ongoing.push(end);
              return createFetch({ ...http, ongoing: end }, 'redacted')(input, init);
            },
            ...createSockets({
              ...shared,
              signal() {
                whileOpen();
                return AbortSignal.any([signal, closing.signal]);
              },
              allow,
              resolve,
              network,
              slowSeconds,
              onConnect: events.connected,
              onFailure: countFailure,
            }),
            checked: checker.checked,
          };
        },
        async [Symbol.asyncDispose]() {
          closed = true;
          for (const each of ongoing) each[Symbol.dispose]();
          // An abort makes an error with a stack: a use that has sent nothing needs none.
          if (!used) return;
          closing.abort();
          await agent?.destroy();
        },
      };
    },
  };
}
