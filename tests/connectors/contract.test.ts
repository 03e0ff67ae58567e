import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, it, type TestContext, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { ERROR_CODES } from '@holdfast/api';
import {
  type ComponentType,
  checkAgainstSchema,
  checkConfiguration,
  checkPlainOptions,
  configuredDestinations,
  isRequired,
  isShown,
  referenceTo,
  sensitiveOptions,
  withoutHiddenOptions,
} from '@holdfast/configuration';
import { type Connector, ConnectorError } from '@holdfast/connector';
import { DESTINATION_PATTERN, destinationOf } from '@holdfast/envelope';
import { COMPONENT_TYPES } from '../../control/components/component-types.ts';
import { connectors } from '../../data/connectors.ts';
import { AZURE_CERTIFICATE, AZURE_CERTIFICATE_KEY } from '../harness/azure-certificate.ts';
import { type TestContextOptions, testContext, testDocument } from '../harness/connector-context.ts';
import { watchDials } from '../harness/dials.ts';
import { EARLY_CERTIFICATE, EXPIRED_CERTIFICATE, FAULTY_CERTIFICATES_KEY, OTHER_NAME_CERTIFICATE } from '../harness/faulty-certificates.ts';
import { freePort } from '../harness/ports.ts';
import { EXAMPLES, type Example, overTls, withHttps } from './examples.ts';

/** Options of such a name hold a secret, as a rule. */
const LOOKS_SECRET = /password|secret|token|credential|connectionString|privateKey|passphrase|^(?:api|account|access)?Key$/i;
/** Of `check`: nobody waits any longer for a connection test. */
const CHECK_MILLISECONDS = 25_000;

/** Of all else that a service is waited for in silence, by a clock that the test moves. */
const SILENCE_MILLISECONDS = 90_000;
/** In place of the ten minutes of a request. */
const SHORT: NonNullable<TestContextOptions['egress']> = { limits: { requestMilliseconds: 300, bytesPerSecond: 1_024 } };

/** What each role has beside that which all have. */
const FUNCTIONS = { connector: ['list', 'read'], model: ['transform'], publisher: ['publish'] } as const;

test('both planes know the same types', () => {
  const configured = COMPONENT_TYPES.map(({ type }) => type);
  assert.deepEqual(configured.toSorted(), [...connectors.keys()].toSorted());
  assert.equal(new Set(configured).size, configured.length);
  for (const type of COMPONENT_TYPES) assert.equal(connectors.get(type.type)?.type, type);
  assert.deepEqual(Object.keys(EXAMPLES).toSorted(), configured.toSorted());
});

for (const [id, connector] of connectors) {
  describe(id, { concurrency: false }, () => {
    const { type, role } = connector;
    const properties = Object.entries(type.schema.properties);
    const required = properties.map(([name]) => name).filter((name) => isRequired(type, name));
    const example = (port: number) => EXAMPLES[id]?.(port) ?? assert.fail('tests/connectors/examples.ts has no line for it.');

    it('has the functions of its role', () => {
      assert.equal(type.role, role);
      const own = connector as unknown as Record<string, unknown>;
      for (const [each, functions] of Object.entries(FUNCTIONS)) {
        for (const name of functions) assert.equal(typeof own[name], each === role ? 'function' : 'undefined', name);
      }
      assert.match(type.type, /^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/);
    });

    it('describes each option, and marks what is sensitive', () => {
      for (const text of [type.title, type.description]) assert.match(text, /^\p{Lu}.{2,}/u);
      for (const [name, option] of properties) {
        assert.match(option.title, /^\p{Lu}/u, name);
        assert.match(option.description ?? '', /\S/, `${name} has no description.`);
        // One that stands in no part of the form is drawn before all others.
        assert.match(option['x-section'] ?? '', /^\p{Lu}/u, `${name} has no x-section.`);
        for (const value of Object.keys(option['x-enum-words'] ?? {}))
          assert.ok((option.enum as unknown[] | undefined)?.includes(value), `${name} is never ${value}.`);
        if (LOOKS_SECRET.test(name) && option.type === 'string') assert.equal(option['x-secret'], true, `${name} is not marked x-secret.`);
        if (option['x-secret'] === true) {
          assert.equal(option.type, 'string', name);
          assert.equal(option.default, undefined, name);
        }
        if (option.pattern !== undefined) {
          assert.doesNotThrow(() => new RegExp(String(option.pattern), 'u'), name);
          assert.match(String(option['x-pattern-words'] ?? ''), /\S/, `${name} has no words for its pattern.`);
        }
        if (option.default !== undefined) assert.deepEqual(checkAgainstSchema(option, option.default), [], name);
      }
      for (const [name, { showIf = {} }] of properties) {
        for (const [at, values] of Object.entries(showIf)) {
          const looked = type.schema.properties[at];
          const known: readonly unknown[] = looked?.type === 'boolean' ? [true, false] : ((looked?.enum as unknown[] | undefined) ?? []);
          assert.notEqual(looked?.default, undefined, `${name} looks at ${at}, which has no default.`);
          for (const value of values) assert.ok(known.includes(value), `${name} looks for ${value}, which ${at} never is.`);
        }
      }
      for (const name of type.schema.required) {
        assert.ok(Object.hasOwn(type.schema.properties, name), name);
        assert.equal(type.schema.properties[name]?.showIf, undefined, `${name} is required, and not always there.`);
      }
    });

    it('publishes a schema that agrees with what is accepted', () => {
      const { options } = example(4711);
      const reference = referenceTo('KEY');
      const sensitive = new Set(sensitiveOptions(type));
      const filled = (names: readonly string[]) =>
        Object.fromEntries(names.map((name) => [name, sensitive.has(name) ? reference : options[name]]));
      const defaults = Object.fromEntries(properties.flatMap(([name, option]) => ('default' in option ? [[name, option.default]] : [])));
      // What `required` names, without the defaults and with them; and all that is to be filled at times.
      for (const configuration of [
        filled(type.schema.required),
        { ...withoutHiddenOptions(type, defaults), ...filled(type.schema.required) },
        filled(required),
      ]) {
        assert.deepEqual(checkAgainstSchema(type.schema, configuration), [], JSON.stringify(Object.keys(configuration)));
        assert.doesNotThrow(() => checkConfiguration(type, configuration), JSON.stringify(Object.keys(configuration)));
      }
      for (const { if: condition, then } of type.schema.allOf ?? []) {
        for (const choices of combinationsOf(type, Object.keys(condition.properties))) {
          for (const name of then.required) {
            const asked = checkAgainstSchema(type.schema, { ...filled(type.schema.required), ...choices }).some(({ path }) =>
              path.includes(name),
            );
            assert.equal(asked, isShown(type, choices, name), `${name} while ${JSON.stringify(choices)}`);
          }
        }
      }
    });

    it('names where it sends to, in an option or by its code', () => {
      const { options } = example(4711);
      assert.deepEqual(checkPlainOptions(type, options), []);
      for (const option of required) assert.ok(Object.hasOwn(options, option), option);
      const destinations = connector.destinations(options);
      assert.ok(destinations.length > 0);
      for (const destination of destinations) {
        assert.match(destination, DESTINATION_PATTERN);
        assert.equal(destinationOf(destination), destination);
        assert.match(destination, /:\/\/127\.0\.0\.1:4711$/);
      }
      const sensitive = new Set(sensitiveOptions(type));
      const plain = Object.fromEntries(Object.entries(options).filter(([name]) => !sensitive.has(name)));
      for (const named of configuredDestinations(type, plain)) assert.ok(destinations.includes(named), named);
    });

    it('refuses options that it cannot work with, without a value in what it says', () => {
      const { options, secrets } = example(4711);
      for (const option of required) {
        for (const wrong of [undefined, 7]) {
          assert.throws(
            () => connector.destinations({ ...options, [option]: wrong }),
            (error) => isPlain(error, 'option_invalid', secrets),
            `${option} = ${wrong}`,
          );
        }
      }
    });

    it('says that nothing answers, and that trying again may help', async () => {
      const port = await freePort();
      const { error, others } = await checkOf(connector, example(port));
      assert.ok(isPlain(error, 'upstream_unreachable', example(port).secrets));
      assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${port}`));
      assert.equal(error.retryable, true);
      assert.deepEqual(others, []);
    });

    for (const [what, handle] of [
      ['closes each connection', (socket: Socket) => void socket.end()],
      ['resets each connection once it was asked', (socket: Socket) => void socket.once('data', () => socket.resetAndDestroy())],
      ['speaks another protocol', (socket: Socket) => void socket.end('\u0007\u0000\u0000 nothing that anybody speaks\r\n\r\n')],
    ] as const) {
      it(`fails in our words at a service that ${what}`, async () => {
        await using service = await serve(handle);
        const { error, others } = await checkOf(connector, example(service.port));
        assert.ok(error instanceof ConnectorError, String(error));
        assert.ok(isPlain(error, error.code, example(service.port).secrets));
        assert.ok(error.code.startsWith('upstream_'), error.code);
        assert.deepEqual(others, []);
      });
    }

    if (overTls(id) !== 'none') {
      it('names a certificate that nobody trusts, with a remedy that is there, and sends nothing', async () => {
        const received: Buffer[] = [];
        await using service = await serve((socket) => secure(socket, id, received));
        const given = secured(id, example(service.port));
        const { error, others } = await checkOf(connector, given);
        assert.ok(isPlain(error, 'upstream_unreachable', given.secrets));
        assert.match(
          error.message,
          new RegExp(`^127\\.0\\.0\\.1:${service.port} has no certificate that this server trusts \\(DEPTH_ZERO_SELF_SIGNED_CERT\\)`),
        );
        const remedy = overTls(id) === 'postgres' ? /option “Certificate authority”/ : /the operator .* NODE_EXTRA_CA_CERTS/;
        assert.match(error.remedy ?? '', remedy);
        assert.equal(error.retryable, false);
        assert.equal(Buffer.concat(received).toString(), '');
        assert.deepEqual(others, []);
      });
    }

    if (overTls(id) !== 'none') {
      for (const [what, cert, code, remedy] of [
        ['has expired', EXPIRED_CERTIFICATE, 'CERT_HAS_EXPIRED', /^Renew the certificate of the service/],
        ['is not valid yet', EARLY_CERTIFICATE, 'CERT_NOT_YET_VALID', /^Set the clock of the service/],
        ['is for another host', OTHER_NAME_CERTIFICATE, 'ERR_TLS_CERT_ALTNAME_INVALID', /^Its certificate is for another name/],
      ] as const) {
        it(`names a certificate that ${what}, though its authority is trusted, and sends nothing`, async () => {
          const received: Buffer[] = [];
          await using service = await serve((socket) => secure(socket, id, received, { cert, key: FAULTY_CERTIFICATES_KEY }));
          const given = secured(id, example(service.port));
          await using context = contextOf(connector, given, { ca: cert });
          const error = await failureOf((options, ways) => connector.check(options, ways), given, context);
          assert.ok(isPlain(error, 'upstream_unreachable', given.secrets));
          assert.equal(error.message, `127.0.0.1:${service.port} has no certificate that this server trusts (${code}).`);
          assert.match(error.remedy ?? '', remedy);
          assert.equal(error.retryable, false);
          assert.equal(Buffer.concat(received).toString(), '');
        });
      }
    }

    if (overTls(id) === 'https') {
      for (const [status, form, wait, least, most] of [
        [429, 'in seconds', '7', 7_000, 7_000],
        // Longer than a run waits, which is for the run to see.
        [503, 'in seconds', '86400', 86_400_000, 86_400_000],
        [503, 'by a date', new Date(Date.now() + 3_600_000).toUTCString(), 3_000_000, 3_600_000],
      ] as const) {
        it(`says how long a service asks to be left alone that is busy (${status}, ${form}, ${most / 1_000} s)`, async () => {
          const answer = `HTTP/1.1 ${status} Busy\r\nretry-after: ${wait}\r\ncontent-length: 0\r\n\r\n`;
          await using service = await serve((socket) => void socket.on('data', () => socket.write(answer)));
          const { error } = await checkOf(connector, example(service.port));
          assert.ok(isPlain(error, 'upstream_refused', example(service.port).secrets));
          assert.equal(error.retryable, true);
          const { retryAfterMilliseconds: asked = 0 } = error;
          assert.ok(asked >= least && asked <= most, `${asked}`);
        });
      }
    }

    for (const [work, begin] of overTls(id) === 'https' ? worksOf(connector) : []) {
      it(`says what to do at a status that HTTP does not have: ${work}`, async () => {
        const answer = 'HTTP/1.1 699 Unknown\r\ncontent-length: 0\r\n\r\n';
        await using service = await serve((socket) => void socket.on('data', () => socket.write(answer)));
        const given = example(service.port);
        await using context = contextOf(connector, given);
        const error = await failureOf(begin, given, context);
        assert.ok(isPlain(error, 'upstream_refused', given.secrets));
        assert.match(error.message, /answered with the status 699/);
      });
    }

    for (const [work, begin] of worksOf(connector)) {
      const milliseconds = work === 'check' ? CHECK_MILLISECONDS : SILENCE_MILLISECONDS;

      it(`names a service that takes the connection and falls silent: ${work}`, async (t) => {
        await using service = await serve(() => {});
        const given = silentExample(id, example(service.port));
        const failed = async () => {
          await using context = contextOf(connector, given, { egress: SHORT });
          return await failureOf(begin, given, context);
        };
        const error = await (overTls(id) === 'https' ? failed() : failureInSilence(t, service, milliseconds, failed));
        assert.ok(isPlain(error, 'upstream_unreachable', given.secrets));
        assert.match(error.message, overTls(id) === 'https' ? /took more than 0\.3 seconds/ : /did not answer in time/);
        assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${service.port}`));
        assert.equal(error.retryable, true);
      });

      if (work === 'check') continue;
      it(`names a service that resets the connection: ${work}`, async () => {
        await using service = await serve((socket) => void socket.once('data', () => socket.resetAndDestroy()));
        const given = example(service.port);
        await using context = contextOf(connector, given);
        const error = await failureOf(begin, given, context);
        assert.ok(isPlain(error, 'upstream_unreachable', given.secrets));
        assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${service.port}`));
        assert.equal(error.retryable, true);
      });
    }

    it('stops at once when the work is to stop', async () => {
      await using service = await serve(() => {});
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error('stopped')), 300);
      const began = performance.now();
      await checkOf(connector, example(service.port), stop.signal);
      assert.ok(performance.now() - began < 5_000);
    });

    it('sends nothing to a destination that is not of the use', async () => {
      await using service = await serve(() => {});
      const { options, secrets } = example(service.port);
      await using context = testContext({ destinations: ['https://elsewhere.example:443'], values: secrets });
      using watched = watchDials();
      await assert.rejects(connector.check(options, context), (error) => isPlain(error, 'destination_refused', secrets));
      assert.deepEqual(watched.dials, []);
    });
  });
}

/** Left out, and each value that a choice or a yes-or-no may have. */
function combinationsOf(type: ComponentType, [first, ...others]: readonly string[]): Record<string, string | boolean>[] {
  if (first === undefined) return [{}];
  const { enum: values = [true, false] } = type.schema.properties[first] as { readonly enum?: readonly (string | boolean)[] };
  return combinationsOf(type, others).flatMap((rest) => [rest, ...values.map((value) => ({ ...rest, [first]: value }))]);
}

type Begin = (options: Example['options'], context: ReturnType<typeof testContext>) => Promise<unknown>;

/** All that a connector does, by the name of its function. */
function worksOf(connector: Connector): [string, Begin][] {
  const document = testDocument('a.json', Buffer.from('{"number": 1}'), 'application/json');
  const check: [string, Begin] = ['check', (options, context) => connector.check(options, context)];
  switch (connector.role) {
    case 'publisher':
      return [check, ['publish', (options, context) => connector.publish(document, options, context)]];
    case 'model':
      return [check, ['transform', async (options, context) => collected(await connector.transform(document, options, context))]];
    case 'connector':
      return [
        check,
        ['list', (options, context) => collected(connector.list(options, context))],
        ['read', async (options, context) => collected((await connector.read('a.json', options, context)).body)],
      ];
  }
}

/** TLS at once has the deadline of the egress, which runs by a clock that no test moves. */
function silentExample(id: string, given: Example): Example {
  return overTls(id) === 'smtps' ? { ...given, options: { ...given.options, security: 'smtp' } } : given;
}

async function collected<T>(found: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of found) all.push(each);
  return all;
}

function contextOf(connector: Connector, { options, secrets }: Example, more: Partial<TestContextOptions> = {}) {
  return testContext({ destinations: connector.destinations(options), values: secrets, ...more });
}

async function failureOf(begin: Begin, { options }: Example, context: ReturnType<typeof testContext>): Promise<ConnectorError> {
  return begin(options, context).then(
    (made) => assert.fail(`It passed: ${made}`),
    (failed: ConnectorError) => failed,
  );
}

/**
 * How work ends with a service that says nothing, on a clock that runs ahead: a second after every few turns
 * of the event loop, once the service has the connection.
 */
async function failureInSilence(
  t: TestContext,
  service: { readonly connected: Promise<unknown> },
  milliseconds: number,
  work: () => Promise<ConnectorError>,
): Promise<ConnectorError> {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const failing = work();
  let ended = false;
  failing.then(
    () => (ended = true),
    () => (ended = true),
  );
  await service.connected;
  for (let passed = 0; passed <= milliseconds && !ended; passed += 1_000) {
    await turns();
    t.mock.timers.tick(1_000);
  }
  await turns();
  assert.ok(ended, `It is waited for after ${milliseconds / 1_000} seconds.`);
  // What still ends clears timers of this clock, and would clear those of the next one.
  await turns();
  return failing;
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((next) => setImmediate(next));
}

function secured(id: string, given: Example): Example {
  return overTls(id) === 'https' ? withHttps(given) : given;
}

/** TLS with a certificate that signs itself, where the protocol of the type begins it. */
function secure(
  socket: Socket,
  id: string,
  received: Buffer[],
  certificate: { readonly cert: string; readonly key: string } = { cert: AZURE_CERTIFICATE, key: AZURE_CERTIFICATE_KEY },
): void {
  const begin = () => {
    const secured = new TLSSocket(socket, { isServer: true, ...certificate });
    secured.on('error', () => {});
    secured.on('data', (piece) => received.push(piece));
  };
  if (overTls(id) === 'postgres') {
    socket.once('data', () => {
      socket.write('S');
      begin();
    });
  } else begin();
}

/** How the connection test of an example ends, which cannot succeed, and what dialled beside the egress. */
async function checkOf(connector: Connector, { options, secrets }: ReturnType<(typeof EXAMPLES)[string]>, signal?: AbortSignal) {
  await using context = testContext({
    destinations: connector.destinations(options),
    values: secrets,
    ...(signal !== undefined && { signal }),
  });
  using watched = watchDials();
  const late = AbortSignal.timeout(CHECK_MILLISECONDS);
  const over = new Promise<never>((_, reject) => late.addEventListener('abort', () => reject(late.reason)));
  const error = await Promise.race([connector.check(options, context), over]).then(
    (said) => assert.fail(`It passed: ${said}`),
    (failed: ConnectorError) => failed,
  );
  return { error, others: watched.others() };
}

/** A ConnectorError of this code that shows no secret and tells what to do. */
function isPlain(error: unknown, code: ConnectorError['code'], secrets: readonly string[]): boolean {
  assert.ok(error instanceof ConnectorError, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, /^[\p{Lu}“0-9].*\.$/su);
  const remedy = error.remedy ?? ERROR_CODES[error.code].remedy;
  assert.match(remedy, /^[\p{Lu}“].*\.$/su);
  // Nothing of what a service answered is shown: there is nothing to be read below.
  assert.doesNotMatch(remedy, /\bbelow\b/);
  // It stands for refusals of every kind, which no remedy of the code alone fits.
  if (error.code === 'upstream_refused') assert.notEqual(error.remedy, undefined, `“${error.message}” has no remedy of its own.`);
  for (const secret of secrets) assert.ok(!`${error.message} ${remedy}`.includes(secret));
  return true;
}

/** `connected` with the first connection. */
async function serve(handle: (socket: Socket) => void): Promise<{ port: number; connected: Promise<void> } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const { promise: connected, resolve } = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    resolve();
    handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    connected,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
