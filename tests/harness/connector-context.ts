import { createHash } from 'node:crypto';
import { type ConnectorContext, ConnectorError, type Fetch, type InputDocument, type TokensTaken } from '@holdfast/connector';
import { createEgress, type EgressOptions } from '../../data/egress/egress.ts';
import { createRedactor, type Redactor } from '../../data/egress/redaction.ts';
import { createEvaluator } from '../../data/evaluation/evaluator.ts';
import { parseAllowList } from '../../data/testing/allow-list.ts';

/** A connector's context over the real egress, which also counts what is sent and can be made to fail. */
export interface TestContext extends ConnectorContext, AsyncDisposable {
  /** `METHOD /path?comp=…` of each request through `fetch`, `request`, `fetchDocument` and `takeBack`. */
  readonly requests: string[];
  /** `host:port` of each connection that was asked for through `connect`. */
  readonly connections: string[];
  /** What the connector had protected. */
  readonly protected: string[];
  /** What each answer of a model took. */
  readonly tokens: TokensTaken[];
  /** Takes the values out that the context knows. */
  readonly redactor: Redactor;
  /** The next request whose line matches fails as a lost connection would. */
  failNext(pattern: RegExp): void;
}

export interface TestContextOptions {
  /** Of the use; those of the connector's example: `connector.destinations(options)`. */
  readonly destinations: readonly string[];
  /** The values that the use opened, which are looked for in all that comes back. */
  readonly values?: readonly string[];
  /** What the operator allows, as in HOLDFAST_EGRESS_ALLOW. Default: this machine. */
  readonly allow?: string;
  /** Certificates in PEM to trust in place of the public ones. */
  readonly ca?: string;
  /** All that is dialled goes to this port of this machine, whatever name and port it is for. */
  readonly port?: number;
  readonly signal?: AbortSignal;
  readonly egress?: EgressOptions;
}

/** Its threads start with the first evaluation, and keep no process running. */
const evaluator = createEvaluator();

/**
 * For a connector's own tests: `testContext({ destinations: connector.destinations(options), values:
 * [password] })`. Dispose of it to end its connections and hear the connector's good-byes.
 */
export function testContext(options: TestContextOptions): TestContext {
  const { destinations, values = [], allow = '127.0.0.0/8,::1/128', ca, port } = options;
  const network = { ...(ca !== undefined && { ca }), ...(port !== undefined && { portOf: () => port }) };
  const egress = createEgress(parseAllowList(allow), {
    network,
    ...(port !== undefined && { resolve: async () => ['127.0.0.1'] }),
    ...options.egress,
  });
  const redactor = createRedactor();
  for (const value of values) redactor.protect(value);
  const use = egress.open(destinations, redactor);
  const signal = options.signal ?? new AbortController().signal;
  const ways = use.under(signal);
  const requests: string[] = [];
  const connections: string[] = [];
  const protectedParts: string[] = [];
  const tokens: TokensTaken[] = [];
  const endings: (() => void | Promise<void>)[] = [];
  let failing: RegExp | undefined;

  const count = (address: string, method: string) => {
    const url = URL.parse(address);
    const comp = url?.searchParams.get('comp') ?? null;
    const line = `${method} ${url?.pathname}${comp === null ? '' : `?comp=${comp}`}`;
    requests.push(line);
    if (!failing?.test(line)) return;
    failing = undefined;
    throw new ConnectorError('upstream_unreachable', 'The connection was lost.', { retryable: true });
  };
  const counted =
    (fetch: Fetch): Fetch =>
    async (input, init) => {
      const request = input instanceof Request ? input : undefined;
      count(request?.url ?? String(input), init?.method ?? request?.method ?? 'GET');
      return fetch(input, init);
    };

  return {
    ...ways,
    fetch: counted(ways.fetch),
    async request(url, request) {
      count(url, request.method);
      return ways.request(url, request);
    },
    fetchDocument: counted(ways.fetchDocument),
    takeBack: counted(ways.takeBack),
    connect: ((target: Parameters<ConnectorContext['connect']>[0]) => {
      connections.push(`${target.host}:${target.port}`);
      return ways.connect(target);
    }) as ConnectorContext['connect'],
    signal,
    answerFault: (schema, answer) => evaluator.ofOne('').answerFault(schema, answer, signal),
    inTurn: evaluator.ofOne('').inTurn,
    countTokens: (taken) => void tokens.push(taken),
    protect(part) {
      protectedParts.push(part);
      redactor.protect(part);
    },
    onEnd: (work) => void endings.push(work),
    requests,
    connections,
    protected: protectedParts,
    tokens,
    redactor,
    failNext(pattern) {
      failing = pattern;
    },
    async [Symbol.asyncDispose]() {
      for (const work of endings.splice(0)) await work();
      await use[Symbol.asyncDispose]();
    },
  };
}

/** A document of these bytes, handed out in pieces of odd sizes. */
export function testDocument(
  name: string,
  bytes: Uint8Array,
  contentType = 'application/octet-stream',
): InputDocument & { readonly sent: number[] } {
  const sent: number[] = [];
  return {
    name,
    contentType,
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    idempotencyKey: createHash('sha256').update(name).digest('hex'),
    async *read() {
      for (let start = 0; start < bytes.length; start += 700_001) yield bytes.subarray(start, start + 700_001);
    },
    progress: (count) => void sent.push(count),
    sent,
  };
}
