import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { configuredDestinations, formatTemplate, sensitiveOptions, type Template, type TemplatePart } from '@holdfast/configuration';
import type { Connector, Options } from '@holdfast/connector';
import { connectors } from '../../data/connectors.ts';
import type { BoundComponent } from '../../data/use/component/load-component.ts';
import { type PreparedComponent, wantedByComponent } from '../../data/use/component/wanted-component.ts';
import { testContext, testDocument } from '../harness/connector-context.ts';
import { EXAMPLES } from './examples.ts';

/**
 * What a connector says of a value that it was given, wherever in an option the value stands: nothing. The
 * redactor does not find a piece of a value, nor one in other letters or decoded, so that no text may hold
 * one. Here nothing is redacted.
 */

/** Unlike any other word; what is percent-encoded in it comes back decoded. */
const CANARIES = [
  'Xq7Kw9Zv',
  // A number is a port, a year or a count.
  '48159',
  'Xq7K%77%39Zv',
  // What ends a part of a URL or connection string, so that a piece looks like another part.
  'Xq7K/w9Zv',
  '48159/Zv7Xq',
  'Xq7K@w9Zv',
  'Xq7K@48159/w9Zv',
  'Xq7K;BlobEndpoint=https://w9Zv8.example',
  'Xq7K?w9Zv&sr=d',
  "Xq7K' host=w9Zv8",
  'Xq7K\nw9Zv',
];
/** Of each place one is enough: a service is asked. */
const TRIED = new Set(CANARIES.slice(0, 2));
const PIECE_CHARACTERS = 4;

const KEY = Buffer.alloc(64, 7).toString('base64');
const SIGNATURE = `sv=2024-11-04&sr=d&sdd=1&sp=rwlc&st=2020-01-01&se=2020-01-02T00:00Z&sig=${'A'.repeat(43)}%3D`;

/** Further ways to write an option than that of the example. */
const WRITINGS: Readonly<Record<string, (port: number) => readonly string[]>> = {
  'azure-blob': (port) => [
    `http://127.0.0.1:${port}/acme/docs/in?${SIGNATURE}`,
    `https://127.0.0.1:${port}/acme/docs/in?${SIGNATURE.replace('2020-01-02', '2099-01-02')}`,
    `BlobEndpoint=https://acme.blob.core.windows.net/docs;SharedAccessSignature=${SIGNATURE}`,
    `DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=${KEY};EndpointSuffix=core.windows.net`,
    'UseDevelopmentStorage=true;DevelopmentStorageProxyUri=http://127.0.0.1',
  ],
  postgres: (port) => [
    `host=127.0.0.1 port=${port} user=nobody password='a b' dbname=documents sslmode=disable`,
    `postgres://nobody:word@127.0.0.1:${port}/documents?sslmode=disable&application_name=x`,
  ],
  webhook: (port) => [`http://user:word@127.0.0.1:${port}/hooks/key?token=key#part`],
  sftp: () => ['-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl bnNz aA==\n-----END OPENSSH PRIVATE KEY-----\n'],
};

/** The text with the secret in place of each of its words in turn, and behind each. */
function textsWithSecret(text: string): Template[] {
  const words = text.split(/([^A-Za-z0-9%+_-]+)/);
  const secret = { reference: 'CANARY', plural: false };
  return words.flatMap((word, index) => {
    const [before, after] = [words.slice(0, index).join(''), words.slice(index + 1).join('')];
    return [before, before + word].map((start): Template => [start, secret, after].flatMap((part) => partOf(part)));
  });
}

function partOf(part: string | TemplatePart): TemplatePart[] {
  if (typeof part !== 'string') return [part];
  return part === '' ? [] : [{ text: part }];
}

/** Every piece of a canary that is like no other word, and of what is left of it when it is decoded. */
function piecesOf(canary: string): string[] {
  const runs = [canary, decodeURIComponent(canary)].flatMap((text) => text.split(/[^A-Za-z0-9]+/)).filter((run) => /\d/.test(run));
  return runs.flatMap((run) => {
    const starts = Array.from({ length: Math.max(0, run.length - PIECE_CHARACTERS + 1) }, (_, at) => at);
    return starts.map((at) => run.slice(at, at + PIECE_CHARACTERS).toLowerCase());
  });
}

function assertNothingOf(canary: string, said: unknown, where: string): void {
  const error = said as { message?: string; remedy?: string };
  const text = (said instanceof Error ? `${error.message} ${error.remedy} ${JSON.stringify(said)}` : JSON.stringify(said)).toLowerCase();
  for (const piece of piecesOf(canary)) assert.ok(!text.includes(piece), `${where}: ${text}`);
}

let port: number;
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(request.method === 'HEAD' ? 404 : 403, { 'content-type': 'text/plain' }).end('refused');
});
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
after(() => server.close());

for (const [id, connector] of connectors) {
  const { type } = connector;
  describe(`${id}, with a value anywhere in what is sensitive`, { concurrency: false }, () => {
    it('has one sensitive option at the most that names a destination', () => {
      const naming = sensitiveOptions(type).filter((option) => type.schema.properties[option]?.['x-destination'] !== undefined);
      assert.ok(naming.length <= 1, 'data/use/component/named-in-clear.ts counts on that.');
    });

    /** What its options made, by where the value stood. */
    const prepared: { readonly where: string; readonly canary: string; readonly made: PreparedComponent }[] = [];

    it('says nothing of it when its options are read, nor in a destination', () => {
      for (const used of uses(id, connector)) {
        const made = attempted(connector, used);
        const isTried = made !== undefined && used.differs === undefined && TRIED.has(used.canary);
        if (isTried) prepared.push({ where: `${id} ${used.option} ${used.text}`, canary: used.canary, made });
      }
    });

    it('says nothing of it when it is tried and used', async () => {
      const here = prepared.filter(({ made }) => made.destinations.every((destination) => destination.endsWith(`://127.0.0.1:${port}`)));
      assert.ok(here.length > 0, 'Nothing is tried.');
      for (const { where, canary, made } of here)
        for (const said of await whatItSays(connector, made)) assertNothingOf(canary, said, where);
    });
  });
}

interface Used {
  readonly option: string;
  readonly text: string;
  readonly canary: string;
  readonly options: Options;
  /** The other option that is not as it should be. */
  readonly differs: string | undefined;
}

/** Each sensitive option with the secret in each place, beside other options as they should be and as not. */
function* uses(id: string, { type }: Connector): Generator<Used> {
  const { options } = EXAMPLES[id]?.(port) ?? assert.fail(id);
  for (const option of sensitiveOptions(type)) {
    const example = options[option];
    const writings = WRITINGS[id.replace(/-(?:source|publisher|model)$/, '')]?.(port) ?? [];
    for (const writing of [...(typeof example === 'string' ? [example] : ['word-of-nobody']), ...writings]) {
      for (const template of textsWithSecret(writing)) {
        const text = formatTemplate(template);
        for (const canary of CANARIES) {
          const used = { option, text, canary };
          yield { ...used, options, differs: undefined };
          if (canary !== CANARIES[0] || writing !== example) continue;
          for (const other of Object.keys(type.schema.properties)) {
            if (other !== option) yield { ...used, options: { ...options, [other]: 'other' }, differs: other };
          }
        }
      }
    }
  }
}

/** As the data plane does it, without a redactor; `undefined` when it was refused. */
function attempted(connector: Connector, { option, text, canary, options }: Used): PreparedComponent | undefined {
  const sensitive = sensitiveOptions(connector.type);
  const clear = Object.entries(options).filter(([name, value]) => !sensitive.includes(name) && value !== undefined);
  const whole = text === `\${secret.CANARY}`;
  const own = sensitive.filter((name) => name !== option && options[name] !== undefined);
  const binding = { secretName: 'CANARY', secret: undefined };
  const component: BoundComponent = {
    id: 'component',
    name: 'Component',
    type: connector.type.type,
    projectId: 'project',
    projectName: 'Project',
    revision: 1,
    configuration: { ...Object.fromEntries(clear), ...(!whole && { [option]: text }) },
    bindings: [
      { option, reference: whole ? '' : 'CANARY', ...binding },
      ...own.map((name) => ({ option: name, reference: '', ...binding })),
    ],
  };
  const where = `${connector.type.type} ${option} ${JSON.stringify([text, canary])}`;
  const wanted = wantedByComponent(undefined as never, 'organization', component, connector);
  if (wanted.refusal !== undefined) {
    assertNothingOf(canary, wanted.refusal, where);
    return undefined;
  }
  const values = new Map(own.map((name) => [name, String(options[name])]));
  values.set(whole ? option : `${option} CANARY`, canary);
  let prepared: PreparedComponent;
  try {
    prepared = wanted.prepare(values);
  } catch (error) {
    assert.match(String((error as { code?: unknown }).code), /^(?:option_invalid|destination_refused)$/, String((error as Error).stack));
    assertNothingOf(canary, error, where);
    return undefined;
  }
  assertNothingOf(canary, prepared.destinations, where);
  for (const named of configuredDestinations(connector.type, component.configuration)) assertNothingOf(canary, named, where);
  return prepared;
}

/** What is said by each function of a connector at a service that refuses all. */
async function whatItSays(connector: Connector, { options, destinations }: PreparedComponent): Promise<unknown[]> {
  const context = testContext({ destinations });
  const document = testDocument('a.txt', Buffer.from('one'), 'text/plain');
  const attempts: (() => Promise<unknown>)[] = [() => connector.check(options, context)];
  if (connector.role === 'publisher') attempts.push(() => connector.publish(document, options, context));
  if (connector.role === 'model') attempts.push(async () => collected(await connector.transform(document, options, context)));
  if (connector.role === 'connector') {
    attempts.push(
      () => collected(connector.list(options, context)),
      () => connector.read('a.txt', options, context),
    );
  }
  try {
    const said: unknown[] = [];
    for (const attempt of attempts) said.push(await attempt().catch((error: unknown) => error));
    return said;
  } finally {
    await context[Symbol.asyncDispose]();
  }
}

async function collected<T>(found: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of found) all.push(each);
  return all;
}
