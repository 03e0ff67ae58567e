import {
  type ConnectorContext,
  ConnectorError,
  documentBase64,
  documentBody,
  httpFailure,
  type InputDocument,
  invalidOption,
  type Options,
  type ResultDocument,
} from '@holdfast/connector';
import { type AnswerSchema, limitedAnswer, schemaFault } from '@holdfast/model-tasks';
import { type Access, attemptOf, readAccess } from './access.ts';
import { textIn } from './document-content.ts';
import { httpModelType } from './types.ts';

const { send: sendSchema } = httpModelType.schema.properties;
/** How long a service may think before it begins to answer. */
const ANSWER_MILLISECONDS = 300_000;

export interface ModelOptions extends Access {
  readonly send: (typeof sendSchema.enum)[number];
  readonly answerSchema: AnswerSchema | undefined;
  readonly connectionTest: 'reach' | 'send';
}

/** Throws ConnectorError `option_invalid`. */
export function readModelOptions(options: Options): ModelOptions {
  const { send = 'document', answerSchema = '', connectionTest = 'reach' } = options;
  const access = readAccess(options, { option: 'url', title: 'URL' });
  if (send !== 'document' && send !== 'text' && send !== 'base64') throw invalidOption('What is sent', 'is not one of its choices');
  if (connectionTest !== 'reach' && connectionTest !== 'send') throw invalidOption('Connection test', 'is not one of its choices');
  return { ...access, send, answerSchema: schemaOf(answerSchema), connectionTest };
}

function schemaOf(text: unknown): AnswerSchema | undefined {
  if (text === '') return undefined;
  const schema = typeof text === 'string' ? parsed(text) : undefined;
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) {
    throw invalidOption(
      'JSON Schema of the answer',
      'is no JSON object',
      'Write a JSON Schema, such as {"type": "object", "required": ["total"]}.',
    );
  }
  const fault = schemaFault(schema as AnswerSchema);
  if (fault !== undefined) throw invalidOption('JSON Schema of the answer', `cannot be used: ${fault}`, 'Correct the schema.');
  return schema as AnswerSchema;
}

/**
 * What the service answers about one document: `invoice.json` of `invoice.pdf`, `.txt` when it is text and
 * `.bin` when it is something else. An answer that is to fit a schema and does not is asked for once more.
 *
 * @throws ConnectorError with `documentOnly`: `answer_invalid` for an answer of more than 16 MiB or, twice,
 *   one that does not fit the schema; `document_unsupported` for a document without a text to send, or of
 *   more than 16 MiB in base64; `upstream_refused` for one that changed meanwhile. Else by the status of the
 *   answer, as {@link httpFailure} says it, `option_invalid` for a schema that takes too long, or what
 *   `context.fetchDocument` throws. An answer without a schema has any size, and fails where it is read.
 */
export async function transform(document: InputDocument, options: ModelOptions, context: ConnectorContext): Promise<ResultDocument[]> {
  const { answerSchema } = options;
  if (answerSchema === undefined) {
    const response = await ask(document, options, context);
    const contentType = response.headers.get('content-type') ?? 'application/octet-stream';
    return [{ name: resultName(document.name, contentType), contentType, body: response.body ?? '' }];
  }
  const first = await askChecked(document, options, answerSchema, context);
  const answer = 'text' in first ? first : await askChecked(document, options, answerSchema, context);
  if ('text' in answer)
    return [{ name: resultName(document.name, 'application/json'), contentType: 'application/json', body: answer.text }];
  throw new ConnectorError(
    'answer_invalid',
    `What the service made of “${document.name}” does not fit the JSON Schema, twice: ${answer.problem}`,
    {
      remedy: 'Look at what the service answers for this document, or loosen the schema.',
      documentOnly: true,
    },
  );
}

async function askChecked(
  document: InputDocument,
  options: ModelOptions,
  schema: AnswerSchema,
  context: ConnectorContext,
): Promise<{ readonly text: string } | { readonly problem: string }> {
  const text = await textOfAnswer(await ask(document, options, context), document);
  const problem = await context.answerFault(schema, text);
  return problem === undefined ? { text } : { problem };
}

async function textOfAnswer(response: Response, document: InputDocument): Promise<string> {
  const tooLarge = () =>
    new ConnectorError('answer_invalid', `What the service made of “${document.name}” has more than 16 MiB.`, {
      remedy: 'Have the service answer with less, or take the JSON Schema out: only answers without one may be larger.',
      documentOnly: true,
    });
  const pieces: Uint8Array[] = [];
  for await (const piece of limitedAnswer(response, tooLarge).body ?? []) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function ask(document: InputDocument, options: ModelOptions, context: ConnectorContext): Promise<Response> {
  const payload = await payloadOf(document, options, context);
  const response = await context.fetchDocument(options.url, {
    method: 'POST',
    headers: { accept: 'application/json, */*;q=0.5', 'idempotency-key': document.idempotencyKey, ...payload.headers, ...options.headers },
    body: payload.body,
    redirect: 'manual',
    answerMilliseconds: ANSWER_MILLISECONDS,
  });
  if (!response.ok) throw httpFailure(response, attemptOf(options, document.name));
  return response;
}

interface Payload {
  readonly headers: Record<string, string>;
  readonly body: string | AsyncIterable<Uint8Array>;
}

async function payloadOf(document: InputDocument, { send }: ModelOptions, context: ConnectorContext): Promise<Payload> {
  if (send === 'document') {
    return { headers: { 'content-type': document.contentType, 'content-length': String(document.size) }, body: documentBody(document) };
  }
  const { name, contentType } = document;
  const content = send === 'text' ? { text: await textIn(document, context) } : { base64: await documentBase64(document) };
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name, contentType, ...content }) };
}

function resultName(name: string, contentType: string): string {
  const essence = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const isJson = essence === 'application/json' || essence.endsWith('+json');
  const slash = name.lastIndexOf('/') + 1;
  const stem = name.slice(slash).replace(/(?<=.)\.[^.]*$/u, '');
  return `${name.slice(0, slash)}${stem}.${isJson ? 'json' : essence.startsWith('text/') ? 'txt' : 'bin'}`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
