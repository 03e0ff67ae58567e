import {
  type ConnectorContext,
  ConnectorError,
  type ModelConnector,
  type PublisherConnector,
  type SourceConnector,
} from '@holdfast/connector';
import { type TestInstance, type TestOrganization, testComponent, testInstance, testOrganization } from './instance.ts';

/** What the stand-ins have, make and got; each test begins with nothing. */
export const state = {
  documents: new Map<string, { bytes: Buffer; version: string }>(),
  transformed: [] as string[],
  published: new Map<string, string>(),
  listed: 0,
  /** Called before a model or publisher does its work. */
  before: async (_step: string, _name: string, _signal: AbortSignal, _answerFault: ConnectorContext['answerFault']): Promise<void> =>
    undefined,
};

const schema = { type: 'object', additionalProperties: false, required: [], properties: {} } as const;
const base = { destinations: () => [], check: async () => 'It is there.' };

export const source: SourceConnector = {
  ...base,
  role: 'connector',
  type: { type: 'test-source', role: 'connector', title: 'Source', description: '', schema },
  async *list() {
    state.listed += 1;
    for (const [reference, { version }] of state.documents) {
      yield { reference, name: `in/${reference}`, contentType: 'text/plain', version };
    }
  },
  async read(reference) {
    const document = state.documents.get(reference);
    if (document === undefined) throw new ConnectorError('upstream_not_found', `“${reference}” is gone.`, { documentOnly: true });
    return { size: document.bytes.length, body: pieces(document.bytes) };
  },
};

export async function* pieces(bytes: Buffer) {
  for (let start = 0; start < bytes.length; start += 60_000) yield bytes.subarray(start, start + 60_000);
}

/** Makes a document of each line, in capitals; of the line `key` one of the key that it was given. */
const model: ModelConnector = {
  ...base,
  role: 'model',
  type: {
    type: 'test-model',
    role: 'model',
    title: 'Model',
    description: '',
    schema: { ...schema, properties: { key: { type: 'string', title: 'Key', 'x-secret': true } } },
  },
  async *transform(document, { key }, { signal, answerFault }) {
    await state.before('model', document.name, signal, answerFault);
    state.transformed.push(document.name);
    const text = await textOf(document.read());
    const stem = document.name.replace(/\.[^.]+$/, '');
    for (const [index, line] of text.split('\n').entries()) {
      if (line === '') continue;
      const said = line === 'key' ? `the key is ${key}` : line.toUpperCase();
      yield {
        name: index === 0 ? `${stem}.json` : `line-${index}.json`,
        contentType: 'application/json',
        body: JSON.stringify(said),
      };
    }
  },
};

const publisher: PublisherConnector = {
  ...base,
  role: 'publisher',
  type: { type: 'test-publisher', role: 'publisher', title: 'Publisher', description: '', schema },
  async publish(document, _options, { signal, answerFault }) {
    await state.before('publisher', document.name, signal, answerFault);
    const text = await textOf(document.read());
    const unchanged = state.published.get(document.name) === text;
    state.published.set(document.name, text);
    return { outcome: unchanged ? 'unchanged' : 'published', publishedAs: `test/${document.name}` };
  },
};

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of bytes) all.push(piece);
  return Buffer.concat(all).toString();
}

/** By their types. */
export const standInConnectors = new Map([source, model, publisher].map((each) => [each.type.type, each] as const));

/** Each test begins with nothing but these documents in the source. */
export function fresh(documents: Readonly<Record<string, string | Buffer>> = {}) {
  state.documents = new Map(Object.entries(documents).map(([name, bytes]) => [name, { bytes: Buffer.from(bytes), version: '1' }]));
  state.transformed = [];
  state.published = new Map();
  state.listed = 0;
  state.before = async () => undefined;
}

/** Documents that are uploaded with a run. */
export const upload = (documents: Readonly<Record<string, string>>) =>
  Object.entries(documents).map(([name, text]) => ({ name, bytes: Buffer.from(text), contentType: 'text/plain' }));

/** A data plane with an organization and one component of each stand-in, but two models. */
export interface StandInInstance extends AsyncDisposable {
  readonly instance: TestInstance;
  readonly place: TestOrganization;
  /** Ids of components. */
  readonly reader: string;
  readonly extract: string;
  readonly translate: string;
  readonly store: string;
}

/** Steps that keep what a model makes of a document, and the document itself. */
export function extractAndKeep({ extract, store }: Pick<StandInInstance, 'extract' | 'store'>) {
  return [
    { componentId: extract, name: 'extract' },
    { componentId: store, name: 'keep', input: 'extract' },
    { componentId: store, name: 'archive' },
  ];
}

export async function standInInstance(): Promise<StandInInstance> {
  const instance = await testInstance({}, { connectors: [...standInConnectors.values()] });
  const place = await testOrganization(instance);
  const component = (type: string) => testComponent(instance, place, {}, {}, undefined, type);
  return {
    instance,
    place,
    reader: await component('test-source'),
    extract: await component('test-model'),
    translate: await component('test-model'),
    store: await component('test-publisher'),
    [Symbol.asyncDispose]: () => instance[Symbol.asyncDispose](),
  };
}
