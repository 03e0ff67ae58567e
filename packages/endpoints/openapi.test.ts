import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERROR_CODES, HoldfastError } from '@holdfast/api';
import { openApiDocument } from './openapi.ts';
import { toProblem } from './problem.ts';

interface Schema {
  readonly $ref?: string;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly description?: string;
  readonly additionalProperties?: unknown;
}

interface Response {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, { readonly $ref: string }>>;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface Operation {
  readonly operationId: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly description?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Response>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly responses: Readonly<Record<string, Response>>;
    readonly headers: Readonly<Record<string, { readonly schema: object }>>;
  };
}

// As a client reads it.
const { paths, components } = JSON.parse(
  JSON.stringify(openApiDocument({ version: '1.2.3', url: 'https://holdfast.example' })),
) as Document;
const operations = Object.values(paths).flatMap((methods) => Object.values(methods));

function operation(id: string): Operation {
  return operations.find(({ operationId }) => operationId === id) ?? assert.fail(id);
}

const bodyOf = (id: string) => operation(id).requestBody?.content['application/json']?.schema;
const answerOf = (id: string, status: string) => operation(id).responses[status]?.content?.['application/json']?.schema;

/** A field of a schema, through lists and what may be null. */
function fieldOf(schema: Schema | undefined, path: string): Schema | undefined {
  return path.split('.').reduce<Schema | undefined>((inner, name) => {
    const list = inner?.items ?? inner;
    const filled = list?.anyOf?.find(({ properties }) => properties !== undefined) ?? list;
    return filled?.properties?.[name];
  }, schema);
}

test('a problem has one of the codes of this version, and what is stored of a failure may have another', () => {
  const code = { $ref: '#/components/schemas/ErrorCode' };
  assert.deepEqual(components.schemas.ErrorCode?.enum, Object.keys(ERROR_CODES));
  assert.deepEqual(fieldOf(components.schemas.Problem, 'code'), code);
  for (const field of ['failure.code', 'broken.code']) {
    const schema = fieldOf(answerOf(field.startsWith('failure') ? 'getRun' : 'getWorkflow', '200'), field);
    assert.deepEqual(schema, { anyOf: [code, { type: 'string' }] });
  }
});

test('every field that a problem is sent with is one of the document', () => {
  const { properties = {}, additionalProperties } = components.schemas.Problem ?? assert.fail();
  assert.equal(additionalProperties, false);
  const extra = { errors: [], bindings: [], total: 1, changed: [], retryAfterSeconds: 1 };
  const sent = toProblem(new HoldfastError('rate_limited', undefined, { field: 'name', extra }), 'a request');
  assert.deepEqual(
    Object.keys(sent).filter((name) => !(name in properties)),
    [],
  );
});

test('every operation says where Retry-After is, and those that answer with an ETag say so', () => {
  const withTag = new Set<string>();
  for (const { operationId, responses } of operations) {
    for (const status of ['429', '503']) assert.deepEqual(responses[status], { $ref: '#/components/responses/TryLater' }, operationId);
    for (const status of ['4XX', '5XX']) assert.deepEqual(responses[status], { $ref: '#/components/responses/Problem' }, operationId);
    for (const { headers } of Object.values(responses)) if (headers?.ETag?.$ref === '#/components/headers/ETag') withTag.add(operationId);
  }
  assert.deepEqual([...withTag].sort(), [
    'discardWorkflowDraft',
    'getComponent',
    'getSecret',
    'getWorkflow',
    'publishWorkflow',
    'putSecret',
    'restoreWorkflowVersion',
    'setWorkflowLimits',
    'setWorkflowRetention',
    'updateComponent',
    'updateSecret',
    'updateWorkflow',
  ]);
  assert.deepEqual(components.responses.TryLater?.headers, { 'Retry-After': { $ref: '#/components/headers/Retry-After' } });
  assert.deepEqual(Object.keys(components.headers).sort(), ['ETag', 'Retry-After']);
});

test('every parameter says what it is', () => {
  const parameters = operations.flatMap(({ operationId, parameters }) => parameters.map((parameter) => ({ operationId, ...parameter })));
  assert.ok(parameters.length > 100, 'the parameters were found');
  assert.deepEqual(
    parameters.filter(({ description }) => !description).map(({ operationId, name }) => `${operationId}: ${name}`),
    [],
  );
});

test('fields whose name does not say it all are described', () => {
  const described: Readonly<Record<string, Schema | undefined>> = {
    'a change of a secret: expiresAt': fieldOf(bodyOf('updateSecret'), 'expiresAt'),
    'a change of a secret: destinations': fieldOf(bodyOf('updateSecret'), 'destinations'),
    'a secret: metadataRevision': fieldOf(answerOf('getSecret', '200'), 'metadataRevision'),
    'a secret: usedBy': fieldOf(answerOf('getSecret', '200'), 'usedBy'),
    'a secret: usesPerWeek': fieldOf(answerOf('getSecret', '200'), 'usesPerWeek'),
    'secrets: total': fieldOf(answerOf('listSecrets', '200'), 'total'),
    'secrets: counts': fieldOf(answerOf('listSecrets', '200'), 'counts'),
    'secrets: nextCursor': fieldOf(answerOf('listSecrets', '200'), 'nextCursor'),
    'a component: configuration': fieldOf(bodyOf('createComponent'), 'configuration'),
    'a component: sealedOptions': fieldOf(bodyOf('createComponent'), 'sealedOptions'),
    'a workflow: publish': fieldOf(bodyOf('createWorkflow'), 'publish'),
    'a workflow: revision': fieldOf(answerOf('getWorkflow', '200'), 'revision'),
    'a start: documentIds': fieldOf(bodyOf('startRun'), 'documentIds'),
    'a start: documentsOf': fieldOf(bodyOf('startRun'), 'documentsOf'),
    'another try: items': fieldOf(bodyOf('retryRun'), 'items'),
    'another try: itemIds': fieldOf(bodyOf('retryRun'), 'itemIds'),
    'runs: items.published': fieldOf(answerOf('listRuns', '200'), 'items.items.published'),
    'a run: items.unchanged': fieldOf(answerOf('getRun', '200'), 'items.unchanged'),
    'a run: documentsRemovedAt': fieldOf(answerOf('getRun', '200'), 'documentsRemovedAt'),
    'a run: waitsFor': fieldOf(answerOf('getRun', '200'), 'waitsFor'),
    'a run: failure': fieldOf(answerOf('getRun', '200'), 'failure'),
    ...Object.fromEntries(
      ['detail', 'remedy', 'field', 'errors', 'changed', 'retryAfterSeconds', 'requestId'].map((name) => [
        `a problem: ${name}`,
        fieldOf(components.schemas.Problem, name),
      ]),
    ),
  };
  assert.deepEqual(
    Object.keys(described).filter((field) => !described[field]?.description),
    [],
  );
});
