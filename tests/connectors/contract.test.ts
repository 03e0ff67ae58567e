import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, it, test } from 'node:test';
import { checkAgainstSchema, checkPlainOptions, configuredDestinations, sensitiveOptions } from '@holdfast/configuration';
import { type Connector, ConnectorError } from '@holdfast/connector';
import { DESTINATION_PATTERN, destinationOf } from '@holdfast/envelope';
import { COMPONENT_TYPES } from '../../control/components/component-types.ts';
import { connectors } from '../../data/connectors.ts';
import { testContext } from '../harness/connector-context.ts';
import { watchDials } from '../harness/dials.ts';
import { freePort } from '../harness/ports.ts';
import { EXAMPLES } from './examples.ts';

/** Options of such a name hold a secret, as a rule. */
const LOOKS_SECRET = /password|secret|token|credential|connectionString|privateKey|passphrase|^(?:api|account|access)?Key$/i;
/** Of `check`: nobody waits any longer for a connection test. */
const CHECK_MILLISECONDS = 25_000;

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
      for (const required of type.schema.required) assert.ok(Object.hasOwn(type.schema.properties, required), required);
    });

    it('names where it sends to, in an option or by its code', () => {
      const { options } = example(4711);
      assert.deepEqual(checkPlainOptions(type, options), []);
      for (const option of type.schema.required) assert.ok(Object.hasOwn(options, option), option);
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
      for (const required of type.schema.required) {
        for (const wrong of [undefined, 7]) {
          assert.throws(
            () => connector.destinations({ ...options, [required]: wrong }),
            (error) => isPlain(error, 'option_invalid', secrets),
            `${required} = ${wrong}`,
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
  for (const secret of secrets) assert.ok(!`${error.message} ${error.remedy}`.includes(secret));
  return true;
}

async function serve(handle: (socket: Socket) => void): Promise<{ port: number } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    handle(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
